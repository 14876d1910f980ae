export { createInProcessHttpClient } from "./http-client.js";
export { createInProcessTransport, type InProcessTransportOptions } from "./transport.js";
