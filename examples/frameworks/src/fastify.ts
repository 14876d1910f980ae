// Fastify 5. A route takes the request before Fastify reads its body.
import { nodeHandler } from "@connect-ts/runtime/node";
import createFastify from "fastify";
import { elizaHandler } from "../../eliza/src/service.js";
import { pages, type Running } from "./running.js";

export async function start(): Promise<Running> {
  // #region use
  const app = createFastify({ forceCloseConnections: true });
  for (const pathPrefix of ["", "/api"]) {
    const [path, handler] = nodeHandler(elizaHandler, pathPrefix === "" ? {} : { pathPrefix, cors: pages });
    app.route({
      method: ["GET", "POST", "OPTIONS"], // OPTIONS for cors
      url: `${path}*`,
      onRequest(request, reply) {
        reply.hijack();
        handler(request.raw, reply.raw);
      },
      handler: () => undefined,
    });
  }
  app.get("/", () => "page");
  // #endregion
  return { url: await app.listen({ port: 0, host: "127.0.0.1" }), close: () => app.close() };
}

/** The handler of a route runs after the body was parsed, and Fastify refuses types that it does not know. */
export async function startMiswired(): Promise<Running> {
  const app = createFastify({ forceCloseConnections: true });
  const [path, handler] = nodeHandler(elizaHandler);
  app.post(`${path}*`, (request, reply) => {
    reply.hijack();
    handler(request.raw, reply.raw);
  });
  return { url: await app.listen({ port: 0, host: "127.0.0.1" }), close: () => app.close() };
}
