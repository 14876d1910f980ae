// h3 2, which Nitro and Nuxt build on: there a route file exports such a handler by default.
import { fetchHandler } from "@connect-ts/runtime/fetch";
import { H3, serve } from "h3";
import { elizaHandler } from "../../eliza/src/service.js";
import { pages, type Running } from "./running.js";

export function start(): Promise<Running> {
  // #region use
  const [path, rpcs] = fetchHandler(elizaHandler);
  const app = new H3();
  app.all(`${path}**`, ({ req }) => rpcs(req));
  const below = fetchHandler([elizaHandler], { pathPrefix: "/api", cors: pages });
  app.all("/api/**", ({ req }) => below(req));
  app.get("/", () => "page");
  // #endregion
  return listen(app);
}

/** A middleware reads the request first. */
export function startMiswired(): Promise<Running> {
  const rpcs = fetchHandler([elizaHandler]);
  const app = new H3();
  app.use(async ({ req }, next) => {
    await req.text();
    return next();
  });
  app.all("/**", ({ req }) => rpcs(req));
  return listen(app);
}

async function listen(app: H3): Promise<Running> {
  const server = serve(app, { port: 0, hostname: "127.0.0.1", silent: true, gracefulShutdown: false });
  await server.ready();
  return { url: (server.url as string).replace(/\/$/, ""), close: () => server.close(true) };
}
