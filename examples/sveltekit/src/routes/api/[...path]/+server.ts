// #region route
// src/routes/api/[...path]/+server.ts: a short file, as SvelteKit wants it.
import { fetchHandler } from "@connect-ts/runtime/fetch";
import { elizaHandler } from "../../../../../eliza/src/service.js";

const handler = fetchHandler([elizaHandler], { pathPrefix: "/api" });

export const fallback = ({ request }: { readonly request: Request }): Promise<Response> => handler(request);
// #endregion
