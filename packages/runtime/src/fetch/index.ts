export { brotli, deflate, gzip, zstd } from "./compression.js";
export { type Cors, type CorsDecision, type CorsOptions, cors } from "./cors.js";
export { errorResponse } from "./error-response.js";
export {
  type FetchHandler,
  type FetchHandlerOptions,
  type FetchServiceHandler,
  fetchHandler,
} from "./handler.js";
export { createFetchHttpClient, type FetchClientOptions } from "./http-client.js";
export { fetchRequest } from "./request-of.js";
export { createFetchRpc, type FetchRpc, type FetchRpcCallOptions, type FetchRpcOptions } from "./rpc.js";
export { createFetchTransport, type FetchTransportOptions } from "./transport.js";
