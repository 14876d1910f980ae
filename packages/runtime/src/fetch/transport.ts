// A file of its own: the HTTP client beside it is useful without a transport.
import { checkOptions } from "../check-options.js";
import {
  makeTransport,
  optionsOfClients,
  type TransportOptions,
  transportRules,
} from "../client/protocol-transport.js";
import type { Transport } from "../client/transport.js";
import { resolveBaseUrl } from "./base-url.js";
import { type FetchClientOptions, fetchRules, makeFetchHttpClient } from "./http-client.js";

/** Options of {@link createFetchTransport}. */
export interface FetchTransportOptions extends TransportOptions, FetchClientOptions {}

/**
 * Makes a transport over `fetch`: for browsers and other platforms with `fetch`. On Node
 * `createNodeTransport` does more (gRPC, HTTP/2) and costs much less.
 *
 * `baseUrl` may be a path: `"/"` is the server of the page or the worker. Where there is neither, as where a page is rendered
 * on a server, the option `fetch` is given the path, and without that option calls fail with `unimplemented`. No compression is asked for by default: `fetch`
 * inflates whole bodies itself, and `acceptCompression` costs a header that a server in another origin must allow.
 *
 * @throws TypeError when `baseUrl` is neither an http or https URL nor a path
 * @throws TypeError or RangeError for an unknown option or a bad value
 */
export function createFetchTransport(options: FetchTransportOptions): Transport {
  const rules = { ...transportRules, ...fetchRules };
  const given = checkOptions("createFetchTransport", options, rules, optionsOfClients);
  const resolved = { ...given, baseUrl: resolveBaseUrl(given.baseUrl).href };
  return makeTransport(resolved, makeFetchHttpClient(resolved));
}
