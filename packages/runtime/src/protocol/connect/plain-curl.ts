// A file of its own: a rule about what pages of other origins can do, to be judged by itself.
import type { HeaderMap } from "../../http/header-map.js";
import type { Codec } from "../../message/codec.js";

/**
 * The codec of a request as `curl --data '{...}'` makes it: JSON under the content type of HTML forms.
 *
 * A browser can be made to send a form to another origin without asking it first, with the user's
 * cookies. So this is for clients that are none: browsers send `Origin` or `Sec-Fetch-Site` with each
 * such request (Fetch standard, "Origin header"; Fetch Metadata, section 2).
 */
export function codecOfPlainCurl(
  contentType: string | undefined,
  headers: HeaderMap,
  codecs: readonly Codec[],
): Codec | undefined {
  if (contentType !== "application/x-www-form-urlencoded") return undefined;
  if (headers.has("origin") || headers.has("sec-fetch-site") || headers.has("cookie")) return undefined;
  return codecs.find(({ name }) => name === "json");
}
