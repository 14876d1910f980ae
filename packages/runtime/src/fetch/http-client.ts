import type { HttpClient, HttpClientStream, HttpRequestHead, HttpResponseSink } from "../http/http-client.js";
import { FetchClientExchange, type FetchSetup } from "./client-exchange.js";
import { canStreamRequests } from "./request-streams.js";

/** What a client over `fetch` can be given. */
export interface FetchClientOptions {
  /** The function to fetch with: one that adds to each request (`cache`, `keepalive`, `dispatcher`), or a fake. @default `globalThis.fetch` */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
  /** Whether cookies and the like go with requests. @default the platform's: `"same-origin"` in browsers */
  readonly credentials?: "omit" | "same-origin" | "include" | undefined;
  /** @default the platform's: `"cors"` in browsers */
  readonly mode?: "cors" | "same-origin" | undefined;
  /**
   * What to do about a redirect. Following one sends the headers of the call to whatever server it names, and turns
   * POST into GET for 301 and 302; so a call whose request is redirected fails unless you allow it.
   *
   * @default "manual"
   */
  readonly redirect?: "manual" | "follow" | "error" | undefined;
  /**
   * Whether the platform gives the response while the request is still being sent. The Fetch standard says it does not,
   * and browsers do not; the `fetch` of Node, Bun, Deno and workerd does.
   *
   * @default "half": a bidirectional call fails with `unimplemented`
   */
  readonly duplex?: "half" | "full" | undefined;
}

/** What `fetch` sets itself, and some platforms refuse to be given (Fetch, "forbidden request-header"). */
const setByPlatform: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "host",
  "keep-alive",
  "te",
  "transfer-encoding",
]);

/** Firefox and Safari would send it, and ask the server in a preflight for leave, which few servers give. */
const withheldInPages: ReadonlySet<string> = new Set([...setByPlatform, "user-agent"]);

/**
 * An HTTP stack for a transport, over any `fetch`.
 *
 * Request streams need a platform that can send them: Chromium over HTTP/2, Node, Bun, Deno, workerd. HTTP trailers,
 * so gRPC, are out of reach of `fetch`.
 *
 * @param options - `baseUrl` gives the origin; its path is the transport's matter
 * @throws TypeError when `baseUrl` is no URL, or relative where there is no page that it could be relative to
 */
export function createFetchHttpClient(options: FetchClientOptions & { readonly baseUrl: string }): HttpClient {
  const { origin } = resolveBaseUrl(options.baseUrl);
  const custom = options.fetch;
  let streams: boolean | undefined;
  const setup: FetchSetup = {
    origin,
    // Looked up at each call: tools that watch or mock `fetch` replace the global one.
    fetch: custom === undefined ? (url, init) => globalThis.fetch(url, init) : (url, init) => custom(url, init),
    init: requestInit(options),
    withheld: pageUrl() === undefined ? setByPlatform : withheldInPages,
    canStreamRequests() {
      streams ??= custom !== undefined || canStreamRequests();
      return streams;
    },
  };
  let closed = false;
  return {
    origin,
    request(head: HttpRequestHead, sink: HttpResponseSink): HttpClientStream {
      const exchange = new FetchClientExchange(setup, head, sink);
      if (closed) exchange.refuse({ reason: "connect", message: "the transport is closed" });
      else if (head.needsTrailers) {
        exchange.refuse({
          reason: "unsupported",
          message: "fetch gives no HTTP trailers, which this protocol needs: use connect() or grpcWeb()",
        });
      } else if (head.needsFullDuplex && options.duplex !== "full") {
        exchange.refuse({
          reason: "unsupported",
          message:
            'fetch gives no response while the request is being sent, which a bidirectional call needs; where the platform does (Node, Bun, Deno, workerd), set duplex: "full"',
        });
      }
      return exchange;
    },
    close() {
      closed = true;
    },
  };
}

/** An absolute URL; in a browser a path such as `"/api"` means one of the page's own server. */
export function resolveBaseUrl(baseUrl: string): URL {
  try {
    return new URL(baseUrl, pageUrl());
  } catch {
    throw new TypeError(
      `baseUrl must be a URL such as "https://api.example.com", and ${JSON.stringify(baseUrl)} is not`,
    );
  }
}

/** The address of the page or the worker that this runs in. */
function pageUrl(): string | undefined {
  return (globalThis as { readonly location?: { readonly href: string } | undefined }).location?.href;
}

/** Only what was asked for: workerd refuses fields that it does not know, and has no "error" for redirects. */
function requestInit(options: FetchClientOptions): RequestInit {
  const init: RequestInit = { redirect: options.redirect ?? "manual" };
  if (options.credentials !== undefined) init.credentials = options.credentials;
  if (options.mode !== undefined) init.mode = options.mode;
  return init;
}
