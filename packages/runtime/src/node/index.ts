// The door for Node: transports, servers, middleware, compressions.
export { type Cors, type CorsDecision, type CorsOptions, cors } from "../handler/cors.js";
export { createNodeHttpClient } from "./client/http-client.js";
export type { ConnectionTarget, NodeHttpClientOptions } from "./client/options.js";
export { createNodeTransport, type NodeTransport, type NodeTransportOptions } from "./client/transport.js";
export {
  type BrotliCompressionOptions,
  brotli,
  deflate,
  gzip,
  hasZstd,
  type ZlibCompressionOptions,
  type ZstdCompressionOptions,
  zstd,
} from "./compression.js";
export type { Http2Limits } from "./http2-limits.js";
export type { DrainOptions, DrainResult } from "./server/drain.js";
export {
  type NodeHandler,
  type NodeHandlerOptions,
  type NodeListener,
  type NodeServiceHandler,
  nodeHandler,
} from "./server/node-handler.js";
export { nodeRequest } from "./server/node-request.js";
export type { Fallback, ServeOptions } from "./server/options.js";
export type { Http2Request, NodeRequest } from "./server/request.js";
export { type Server, serve } from "./server/serve.js";
export { writeError } from "./server/write-error.js";
