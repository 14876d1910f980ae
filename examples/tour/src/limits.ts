// A stop of the tour: main.ts runs them all.
import { ConnectError } from "@connect-ts/runtime";
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import { createElizaServiceClient, elizaHandler } from "./eliza.js";

// #region server
const server = await serve({
  handlers: elizaHandler,
  readMaxBytes: 1024, // of each request message, decompressed
  maxTimeoutMs: 30_000, // no call takes longer, whatever its client asks for
  perMethod: (spec) => (spec.kind === "unary" ? {} : { maxTimeoutMs: 3_600_000 }),
});
// #endregion

const eliza = createElizaServiceClient(createNodeTransport({ baseUrl: server.url }));
// #region client
try {
  await eliza.say({ sentence: "blah ".repeat(1000) });
} catch (error) {
  const { code } = ConnectError.from(error);
  console.log(`  ${code}`); // resource_exhausted
}
// #endregion
await server.close();
