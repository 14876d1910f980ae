// Hono, here on Node; `export default app` runs it on Bun, Deno and workerd.
import { fetchHandler } from "@connect-ts/runtime/fetch";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { elizaHandler } from "../../eliza/src/service.js";
import { pages, type Running, running } from "./running.js";

export function start(): Promise<Running> {
  // #region use
  const app = new Hono();
  app.mount(...fetchHandler(elizaHandler));
  app.mount("/api", fetchHandler([elizaHandler], { cors: pages }));
  app.get("/", (context) => context.text("page"));
  // #endregion
  return running(serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }) as never);
}

/** A middleware reads the request first. */
export function startMiswired(): Promise<Running> {
  const handler = fetchHandler([elizaHandler]);
  const app = new Hono();
  app.use(async (context, next) => {
    await context.req.raw.text();
    await next();
  });
  app.all("*", (context) => handler(context.req.raw));
  return running(serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }) as never);
}
