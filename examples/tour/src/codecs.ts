// A stop of the tour: main.ts runs them all.
import { createRegistry } from "@bufbuild/protobuf";
import { json } from "@connect-ts/runtime";
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import { createElizaServiceClient, elizaHandler, SayRequestSchema } from "./eliza.js";

const server = await serve({ handlers: elizaHandler });

// #region json
const transport = createNodeTransport({
  baseUrl: server.url,
  // The registry has the types that google.protobuf.Any may hold.
  codec: json({ registry: createRegistry(SayRequestSchema) }),
});
// #endregion
console.log(`  ${(await createElizaServiceClient(transport).say({ sentence: "Hello" })).sentence}`);
await server.close();
