import { checkOptions, oneOf, type RulesFor, wordsOf } from "../check-options.js";
import type { HttpClient, HttpClientStream, HttpRequestHead, HttpResponseSink } from "../http/http-client.js";
import { type StreamBodies, streamBodies } from "../http/streamed-exchange.js";
import { noPage, noPageText, pageUrl, resolveBaseUrl } from "./base-url.js";
import { FetchClientStream, type FetchSetup } from "./client-stream.js";

/** Options of clients over `fetch`. */
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

/** @internal */
export const fetchRules: RulesFor<FetchClientOptions> = {
  fetch: "function",
  credentials: oneOf("omit", "same-origin", "include"),
  mode: oneOf("cors", "same-origin"),
  redirect: oneOf("manual", "follow", "error"),
  duplex: oneOf("half", "full"),
};

/** What `fetch` sets itself, and some platforms refuse to be given (Fetch, "forbidden request-header"). */
const setByPlatform: ReadonlySet<string> = wordsOf("connection content-length host keep-alive te transfer-encoding");

/** Firefox and Safari would send it, and ask the server in a preflight for leave, which few servers give. */
const withheldInPages: ReadonlySet<string> = new Set([...setByPlatform, "user-agent"]);

/**
 * An HTTP stack for a transport, over any `fetch`.
 *
 * Request streams need a platform that can send them: Chromium over HTTP/2, Node, Bun, Deno, workerd. HTTP trailers,
 * so gRPC, are out of reach of `fetch`.
 *
 * @param options - `baseUrl` gives the origin; its path is the transport's matter
 * @throws TypeError when `baseUrl` is neither an http or https URL nor a path
 * @throws TypeError for an unknown option or a bad value
 */
export function createFetchHttpClient(options: FetchClientOptions & { readonly baseUrl: string }): HttpClient {
  checkOptions("createFetchHttpClient", options, { ...fetchRules, baseUrl: "string" });
  return makeFetchHttpClient(options, streamBodies);
}

/**
 * @internal {@link createFetchHttpClient} of options that are checked.
 *
 * @param streams - what streams bodies where the head of a request does not bring it
 */
export function makeFetchHttpClient(
  options: FetchClientOptions & { readonly baseUrl: string },
  streams?: StreamBodies,
): HttpClient {
  const { origin } = resolveBaseUrl(options.baseUrl);
  const custom = options.fetch;
  const pageless = origin === noPage;
  const setup: FetchSetup = {
    origin: pageless ? "" : origin,
    // Looked up at each call: tools that watch or mock `fetch` replace the global one.
    fetch: (url, init) => (custom ?? globalThis.fetch)(url, init),
    init: requestInit(options),
    withheld: pageUrl() === undefined ? setByPlatform : withheldInPages,
    streams: custom === undefined ? undefined : true,
  };
  let closed = false;
  return {
    origin,
    request(head: HttpRequestHead, sink: HttpResponseSink): HttpClientStream {
      const stream = new FetchClientStream(setup, head, sink, head.streamBodies ?? streams);
      // Not "connect": a call with `waitForReady` would wait for it for ever.
      if (closed) stream.refuse({ reason: "lost", message: "the transport is closed" });
      else if (pageless && custom === undefined) stream.refuse({ reason: "unsupported", message: noPageText });
      else if (head.needsTrailers) {
        stream.refuse({
          reason: "unsupported",
          message: "fetch gives no HTTP trailers, which this protocol needs: use connect() or grpcWeb()",
        });
      } else if (head.needsFullDuplex && options.duplex !== "full") stream.streamed?.needsFullDuplex();
      return stream;
    },
    close() {
      closed = true;
    },
  };
}

/** Only what was asked for: workerd refuses fields that it does not know, and has no "error" for redirects. */
function requestInit(options: FetchClientOptions): RequestInit {
  const init: RequestInit = { redirect: options.redirect ?? "manual" };
  if (options.credentials !== undefined) init.credentials = options.credentials;
  if (options.mode !== undefined) init.mode = options.mode;
  return init;
}
