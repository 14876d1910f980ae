// Koa 3.
import { type NodeHandler, nodeHandler } from "@connect-ts/runtime/node";
import Koa from "koa";
import mount from "koa-mount";
import { elizaHandler } from "../../eliza/src/service.js";
import { pages, type Running, running } from "./running.js";

export function start(): Promise<Running> {
  // #region use
  const rpcs =
    (handler: NodeHandler): Koa.Middleware =>
    (context) => {
      context.respond = false; // the handler answers by itself
      handler(context.req, context.res);
    };
  const [path, handler] = nodeHandler(elizaHandler);
  const [, across] = nodeHandler(elizaHandler, { cors: pages });
  const app = new Koa();
  // Without a slash at the end, or koa-mount takes the slash of the method's path too.
  app.use(mount(path.slice(0, -1), rpcs(handler)));
  app.use(mount(`/api${path.slice(0, -1)}`, rpcs(across)));
  app.use((context) => {
    context.body = "page";
  });
  // #endregion
  return running(app.listen(0, "127.0.0.1"));
}

/** A middleware reads the request first. */
export function startMiswired(): Promise<Running> {
  const handler = nodeHandler([elizaHandler]);
  const app = new Koa();
  app.use(async (context, next) => {
    for await (const _chunk of context.req);
    await next();
  });
  app.use((context) => {
    context.respond = false;
    handler(context.req, context.res);
  });
  return running(app.listen(0, "127.0.0.1"));
}
