// A file of its own: DNS beside it is useful with other transports too.
import { isIP } from "node:net";
import type { Transport } from "@connect-ts/runtime";
import { createNodeTransport, type NodeTransportOptions } from "@connect-ts/runtime/node";
import type { Address } from "../addresses.js";

/**
 * Makes transports on Node's own HTTP for `connect` of `balance()`. The name in a URL stays the name for TLS and the
 * authority where an address has an `ip`.
 *
 * @example
 * const transport = balance({ addresses: dnsAddresses("http://shop.internal:8080"), connect: nodeConnector({ protocol: grpc() }) });
 */
export function nodeConnector(options: Omit<NodeTransportOptions, "baseUrl"> = {}): (address: Address) => Transport {
  return ({ url, ip }) => {
    if (ip === undefined) return createNodeTransport({ ...options, baseUrl: url });
    const family = isIP(ip);
    return createNodeTransport({
      ...options,
      baseUrl: url,
      lookup: (_host, { all }, answer) => {
        if (all === true) answer(null, [{ address: ip, family }]);
        else answer(null, ip, family);
      },
    });
  };
}
