// A file of its own: it stands in the documentation.
import { explorer } from "@connect-ts/explorer";
import { serve } from "@connect-ts/runtime/node";
import { elizaHandler } from "./eliza.js";

// #region serve
const server = await serve({ handlers: [elizaHandler, explorer()] });
console.log("  open /explorer in a browser");
// #endregion

const response = await fetch(`${server.url}/explorer/session`);
const { services } = (await response.json()) as { readonly services: readonly string[] };
console.log(`  ${services.join(", ")}`);
await server.close();
