// The door for everything with fetch: transports, handlers, middleware, compressions.
export { type Cors, type CorsDecision, type CorsOptions, cors } from "../handler/cors.js";
export { brotli, deflate, gzip, zstd } from "./compression.js";
export { errorResponse } from "./error-response.js";
export {
  type FetchHandler,
  type FetchHandlerOptions,
  type FetchServiceHandler,
  fetchHandler,
} from "./handler.js";
export { createFetchHttpClient, type FetchClientOptions } from "./http-client.js";
export { createFetchRpc, type FetchRpc, type FetchRpcCallOptions, type FetchRpcOptions } from "./rpc.js";
export { fetchRequest } from "./server-request.js";
export { createFetchTransport, type FetchTransportOptions } from "./transport.js";
