// Vite's dev server: the page and the RPCs on one port, so that no CORS is needed.
import { nodeHandler } from "@connect-ts/runtime/node";
import { createServer, type Plugin } from "vite";
import { elizaHandler } from "../../eliza/src/service.js";
import { pages, type Running, running } from "./running.js";

// #region use
const rpcs: Plugin = {
  name: "rpcs",
  config: () => ({ server: { cors: false } }), // for pages of other origins: or Vite answers what browsers ask first
  configureServer(server) {
    server.middlewares.use(...nodeHandler(elizaHandler));
    server.middlewares.use("/api", nodeHandler([elizaHandler], { cors: pages }));
  },
};
// #endregion

const page: Plugin = {
  name: "page",
  configureServer(server) {
    server.middlewares.use((_request, response) => response.end("page"));
  },
};

export function start(): Promise<Running> {
  return run([rpcs, page]);
}

/** Another plugin reads the request first. */
export function startMiswired(): Promise<Running> {
  const reader: Plugin = {
    name: "reader",
    configureServer(server) {
      server.middlewares.use((request, _response, next) => request.resume().on("end", next));
    },
  };
  return run([reader, rpcs, page]);
}

async function run(plugins: readonly Plugin[]): Promise<Running> {
  const vite = await createServer({
    configFile: false,
    logLevel: "silent",
    appType: "custom",
    optimizeDeps: { noDiscovery: true },
    plugins: [...plugins],
    server: { port: 0, host: "127.0.0.1", ws: false, watch: null },
  });
  await vite.listen(0);
  const server = await running(vite.httpServer as never);
  return { url: server.url, close: () => vite.close() };
}
