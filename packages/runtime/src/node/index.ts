export { createNodeHttpClient } from "./client.js";
export type { NodeHttpClientOptions } from "./client-options.js";
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
export type { DrainOptions, DrainResult } from "./drain.js";
export {
  type NodeHandler,
  type NodeHandlerOptions,
  type NodeListener,
  type NodeServiceHandler,
  nodeHandler,
} from "./node-handler.js";
export { nodeRequest } from "./node-request.js";
export { type Server, serve } from "./serve.js";
export type { Fallback, Http2Fallback, ServeOptions } from "./serve-options.js";
export type { NodeRequest } from "./server-request.js";
export { createNodeTransport, type NodeTransportOptions } from "./transport.js";
export { writeError } from "./write-error.js";
