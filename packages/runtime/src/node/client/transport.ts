// A file of its own: the HTTP client beside it is useful without a transport.
import { dispose } from "../../call/dispose.js";
import { checkOptions } from "../../check-options.js";
import {
  makeTransport,
  optionsOfClients,
  type TransportOptions,
  transportRules,
} from "../../client/protocol-transport.js";
import type { Transport } from "../../client/transport.js";
import { useFastBinary } from "../../message/fast-binary.js";
import { useJsonReflection } from "../../message/json-reflection.js";
import { orGzip } from "../compression.js";
import { makeNodeHttpClient } from "./http-client.js";
import { type NodeHttpClientOptions, nodeClientRules, tlsRule } from "./options.js";

/** Options of {@link createNodeTransport}. */
export interface NodeTransportOptions extends TransportOptions, Omit<NodeHttpClientOptions, "baseUrl"> {}

/** A transport that {@link createNodeTransport} has made. */
export interface NodeTransport extends Transport {
  /** Closes connections as soon as no call uses them, and takes no more calls. A transport that is not closed keeps no process alive. */
  close(): void;
  /** As `close()`: `using transport = createNodeTransport(...)`. */
  [Symbol.dispose](): void;
}

/**
 * A transport on Node's own HTTP.
 *
 * The HTTP version is `"2"` for gRPC, `"auto"` otherwise: over `https:` HTTP/2 when the server offers it, over `http:` HTTP/1.1.
 *
 * @example
 * const transport = createNodeTransport({ baseUrl: "http://localhost:8080", protocol: grpc() });
 * const eliza = createElizaServiceClient(transport);
 *
 * @throws TypeError when `baseUrl` is not an `http:` or `https:` URL
 * @throws TypeError or RangeError for an unknown option or a bad value
 */
export function createNodeTransport(options: NodeTransportOptions): NodeTransport {
  const given = checkOptions(
    "createNodeTransport",
    options,
    { ...transportRules, ...nodeClientRules, tls: tlsRule(options) },
    optionsOfClients,
    ["fetch credentials mode redirect duplex", "it is one of createFetchTransport"],
  );
  useFastBinary();
  useJsonReflection();
  const http = given.http ?? (given.protocol?.needsTrailers ? "2" : "auto");
  const acceptCompression = orGzip(given.acceptCompression);
  const transport = makeTransport({ ...given, acceptCompression }, makeNodeHttpClient({ ...given, http }));
  return { ...transport, [dispose]: transport.close };
}
