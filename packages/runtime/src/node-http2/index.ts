// The door to the platform's own HTTP/2, for clients that are to do without the engine.
export { createNodeHttp2Client, type NodeHttp2ClientOptions } from "./http-client.js";
