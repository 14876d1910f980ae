import { NodeServer } from "../../node/serve.js";
import type { ServeOptions } from "../../node/serve-options.js";
import type { TestRouter } from "./echo-router.js";

/** `serve()`, with a router of the test in place of services. */
export async function serveRouter(router: TestRouter, options: Partial<ServeOptions> = {}): Promise<NodeServer> {
  const server = new NodeServer({ handlers: [], host: "127.0.0.1", ...options }, router);
  await server.listen();
  return server;
}
