// A file of its own: the transport, its HTTP client and the RPC as a function all resolve what they are given.
import { type BaseUrl, checkBaseUrl } from "../check-options.js";
import { memberOf } from "../error/connect-error.js";

interface Page {
  readonly location?: { readonly href: string } | undefined;
  readonly origin?: unknown;
}

/**
 * Stands for the page where there is none: frameworks run the components of pages on their servers as well, and a client
 * that a component makes there must not fail before it calls. A `fetch` that was given may know what a path means.
 */
export const noPage = "http://page.invalid";
export const noPageText =
  "baseUrl is a path, and there is no page here whose server it could mean: on a server give a URL or the option fetch, or call in process";

/**
 * An absolute URL. Where there is a page or a worker, a path such as `"/api"` means one of its own server.
 *
 * @throws TypeError when it is neither an http or https URL nor a path
 */
export function resolveBaseUrl(baseUrl: string): BaseUrl {
  const page = pageUrl() ?? (String(baseUrl)[0] === "/" ? noPage : undefined);
  return checkBaseUrl(baseUrl, ', or a path such as "/api"', page);
}

/** The address of the page or the worker that this runs in. */
export function pageUrl(): string | undefined {
  const { location, origin } = globalThis as Page;
  const href = location?.href;
  // Workers made of a blob and frames without an address of their own have the origin of the page that made them.
  if (href !== undefined && !/^https?:/.test(href) && typeof origin === "string" && /^https?:/.test(origin))
    return origin;
  return href;
}

/**
 * Why a request to another origin may have failed. A browser hides from a page whether that server is down or does not allow the
 * page, and rejects `fetch` with a TypeError in both cases (Fetch, "network error" and "CORS check").
 */
export function crossOriginHint(error: unknown, url: string | undefined): string {
  const [to, page] = [url, pageUrl()].map((address) => /^https?:..[^/]+/.exec(address ?? "")?.[0]);
  return !to || !page || to === page || memberOf(error, "name") !== "TypeError"
    ? ""
    : ` (the page is of ${page}: ${to} is down, or does not allow that origin by CORS; the browser's console says which)`;
}
