// A file of its own: tests of servers use it, and those of clients do not load servers.
import type { ServeOptions } from "../../node/server/options.js";
import { NodeServer } from "../../node/server/serve.js";
import type { TestRouter } from "./echo-router.js";

/** `serve()`, with a router of the test in place of services. */
export async function serveRouter(router: TestRouter, options: Partial<ServeOptions> = {}): Promise<NodeServer> {
  const server = new NodeServer({ handlers: [], host: "127.0.0.1", ...options }, router);
  await server.listen();
  return server;
}
