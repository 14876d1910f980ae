// A file of its own: it stands in the documentation.
import { openApiRoute } from "@connect-ts/rest/openapi";
import { serve } from "@connect-ts/runtime/node";
import { elizaHandler } from "./eliza.js";

// #region serve
const server = await serve({
  handlers: [elizaHandler, await openApiRoute(elizaHandler, { title: "Eliza", connect: true })],
});
// #endregion

const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as { readonly paths: object };
for (const path of Object.keys(document.paths)) console.log(`  ${path}`);

await server.close();
