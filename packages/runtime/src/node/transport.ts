import { createTransport, type TransportOptions } from "../client/protocol-transport.js";
import type { Transport } from "../client/transport.js";
import { useFastBinary } from "../message/fast-binary.js";
import { createNodeHttpClient } from "./client.js";
import type { NodeHttpClientOptions } from "./client-options.js";
import { gzip } from "./compression.js";

/** Options of {@link createNodeTransport}. */
export interface NodeTransportOptions extends TransportOptions, Omit<NodeHttpClientOptions, "baseUrl"> {}

/**
 * A transport on Node's own HTTP.
 *
 * The HTTP version is `"2"` for gRPC, `"auto"` otherwise: over `https:` HTTP/2 when the server offers it, over `http:` HTTP/1.1.
 *
 * @example
 * const transport = createNodeTransport({ baseUrl: "http://localhost:8080", protocol: grpc() });
 * const eliza = createElizaServiceClient(transport);
 *
 * @throws TypeError when `baseUrl` is no `http:` or `https:` URL
 */
export function createNodeTransport(options: NodeTransportOptions): Transport {
  useFastBinary();
  const http = createNodeHttpClient({
    ...options,
    http: options.http ?? (options.protocol?.needsTrailers ? "2" : "auto"),
  });
  return createTransport({ ...options, acceptCompression: options.acceptCompression ?? [gzip()], http });
}
