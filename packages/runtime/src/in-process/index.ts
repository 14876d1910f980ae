// The door for clients and handlers in one process.
export { type FakeMethods, fakeClient, fakeService } from "./fake.js";
export { createInProcessHttpClient } from "./http-client.js";
export { createInProcessTransport, type InProcessTransportOptions } from "./transport.js";
