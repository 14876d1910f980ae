// #region load
// src/routes/+page.ts runs on the server for the first page, and in the browser for the next ones.
import { createFetchTransport } from "@connect-ts/runtime/fetch";
import { createElizaServiceClient } from "../../../eliza/src/gen/connectrpc/eliza/v1/eliza_connect.js";

export async function load({ fetch }: { readonly fetch: typeof globalThis.fetch }): Promise<{ sentence: string }> {
  const eliza = createElizaServiceClient(createFetchTransport({ baseUrl: "/api", fetch }));
  const { sentence } = await eliza.say({ sentence: "Hello" });
  return { sentence };
}
// #endregion
