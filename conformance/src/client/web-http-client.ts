// A file of its own: browsers take it in place of http-client.ts, which has what Node can call over.
import { createFetchHttpClient } from "@connect-ts/runtime/fetch";
import type { HttpClient } from "@connect-ts/runtime/transport";

export function httpClientOf(_request: unknown, baseUrl: string): HttpClient {
  return createFetchHttpClient({ baseUrl });
}
