import { createTransport, type TransportOptions } from "../client/protocol-transport.js";
import type { Transport } from "../client/transport.js";
import { createFetchHttpClient, type FetchClientOptions, resolveBaseUrl } from "./http-client.js";

/** What {@link createFetchTransport} can be given. */
export interface FetchTransportOptions extends TransportOptions, FetchClientOptions {}

/**
 * Makes a transport over `fetch`: for browsers, and wherever else `fetch` is what there is. On Node
 * `createNodeTransport` does more (gRPC, HTTP/2) at a fraction of the cost.
 *
 * `baseUrl` may be a path in a browser: `"/"` is the page's own server. No compression is asked for by default: `fetch`
 * inflates whole bodies itself, and `acceptCompression` costs a header that a server in another origin must allow.
 *
 * @throws TypeError when `baseUrl` is no http or https URL
 */
export function createFetchTransport(options: FetchTransportOptions): Transport {
  const baseUrl = resolveBaseUrl(options.baseUrl).href;
  return createTransport({ ...options, baseUrl, http: createFetchHttpClient({ ...options, baseUrl }) });
}
