// #region server
import { serve } from "@connect-ts/runtime/node";
import { elizaHandler } from "./service.js";

const server = await serve({ handlers: elizaHandler, port: Number(process.env.PORT ?? 8080) });
console.log(`Eliza listens on ${server.url}`);

process.once("SIGTERM", async () => {
  const { finished, cut } = await server.drain({ graceMs: 5_000 });
  console.log(`Eliza goes home: ${finished} calls ended well, ${cut} were cut short`);
});
// #endregion
