// #region route
// src/pages/api/[...path].ts: a short file, as Astro wants it.
import { fetchHandler } from "@connect-ts/runtime/fetch";
import { elizaHandler } from "../../../../eliza/src/service.js";

const handler = fetchHandler([elizaHandler], { pathPrefix: "/api" });

export const ALL = ({ request }: { readonly request: Request }): Promise<Response> => handler(request);
// #endregion
