// A part of the tour: one line for each call.
import { log } from "@connect-ts/log";
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import { createElizaServiceClient, elizaHandler } from "./eliza.js";

/** Times and ports differ from run to run. */
const print = (line: string): void => console.log(`  ${line.replace(/[\d.]+ms/, "3.2ms").replace(/ to http.*/, '"')}`);
const logger = { debug: print, info: print, warn: print, error: print };

// #region serve
const server = await serve({
  handlers: elizaHandler,
  interceptors: [log({ logger, exclude: ["grpc.health.v1.Health"] })],
});
// #endregion

const transport = createNodeTransport({ baseUrl: server.url });
// #region client
const quiet = log({ logger, errors: true, level: ({ code }) => (code === "ok" ? undefined : "warn") });
const eliza = createElizaServiceClient(transport, { interceptors: [quiet] });
// #endregion
await eliza.say({ sentence: "Hello" });
await server.drain();
await eliza.say({ sentence: "Hello" }).catch(() => undefined);
transport.close?.();
