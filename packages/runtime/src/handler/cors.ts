import { checkOptions, listOf, whole } from "../check-options.js";
import type { Awaitable } from "../http/awaitable.js";

/** Options of {@link cors}. */
export interface CorsOptions {
  /**
   * The origins whose pages may call: exact ones (`"https://app.example.com"`, no path, no wildcard), or a function that
   * decides: any result but `true` refuses, and so does a throw. The origin `null` (sandboxed frames, files) is never allowed, because every page can have it.
   */
  readonly origin: string | readonly string[] | ((origin: string) => boolean);
  /** Methods that your clients use beside GET and POST, for routes: `"PUT"`. */
  readonly methods?: readonly string[] | undefined;
  /** Whether calls may carry cookies and HTTP authentication. @default false */
  readonly credentials?: boolean | undefined;
  /** Headers that your clients send, beside those of the protocols: `"authorization"`. */
  readonly requestHeaders?: readonly string[] | undefined;
  /** Response headers that your clients read, beside those of the protocols. */
  readonly responseHeaders?: readonly string[] | undefined;
  /** Trailers that your clients read: Connect's unary calls carry them as headers with the prefix `trailer-`. */
  readonly responseTrailers?: readonly string[] | undefined;
  /** How long a browser may keep the answer to a preflight, in seconds from 0 to 2147483647. Chromium takes at most 7200. @default 7200 */
  readonly maxAgeSeconds?: number | undefined;
}

/** What to do about one request. */
export interface CorsDecision {
  /** Answer with this status and {@link CorsDecision.headers} at once: 204 to a preflight, 403 to a request to be refused. Absent: serve the request. */
  readonly status: 204 | 403 | undefined;
  /** Headers to add to the response. `vary` is to be appended. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** A CORS policy: for the option `cors` of servers, and its parts as plain data for the middleware of your framework. */
export interface Cors {
  /** For `Access-Control-Allow-Methods`. */
  readonly methods: readonly string[];
  /** For `Access-Control-Allow-Headers`. */
  readonly requestHeaders: readonly string[];
  /** For `Access-Control-Expose-Headers`. */
  readonly responseHeaders: readonly string[];
  /**
   * Decides on a request, for adapters of any kind.
   *
   * @param header - gives a header's value by its lower-case name
   * @param host - what the request was sent to. @default the header `host`
   */
  decide(method: string, header: (name: string) => string | null | undefined, host?: string): CorsDecision;
  /** Puts the policy before a handler of your own, whatever it serves. */
  wrap<Platform extends readonly unknown[]>(
    handler: (request: Request, ...platform: Platform) => Awaitable<Response>,
  ): (request: Request, ...platform: Platform) => Promise<Response>;
}

/** What clients of the three protocols send that is not on the Fetch standard's safe list. */
const protocolRequestHeaders = [
  "content-type",
  "content-encoding",
  "connect-protocol-version",
  "connect-timeout-ms",
  "connect-content-encoding",
  "connect-accept-encoding",
  "grpc-timeout",
  "grpc-encoding",
  "grpc-accept-encoding",
  "x-grpc-web",
  "x-user-agent",
  // Firefox and Safari send the one that a client sets, and ask for it.
  "user-agent",
];

/** What clients of the three protocols must be able to read. */
const protocolResponseHeaders = [
  "content-encoding",
  "connect-content-encoding",
  "grpc-encoding",
  "grpc-status",
  "grpc-message",
  "grpc-status-details-bin",
];

/**
 * A CORS policy for RPCs: which pages of other origins may call, and read the answer.
 *
 * It also keeps other origins from calling without a preflight (CSRF), as forms and "simple requests" do, with the cookies
 * of whoever is logged in: a request that may have effects (not GET) and comes from a page of an origin that is neither
 * the server's own nor allowed is answered with 403, whatever its content type.
 *
 * @throws TypeError when an origin is not a scheme and a host
 *
 * @example
 * await serve({ handlers: elizaHandler, cors: cors({ origin: "https://app.example.com", requestHeaders: ["authorization"] }) });
 */
export function cors(options: CorsOptions): Cors {
  const names = listOf("names", (name) => typeof name === "string");
  checkOptions("cors", options, {
    origin: undefined,
    credentials: "boolean",
    methods: names,
    requestHeaders: names,
    responseHeaders: names,
    responseTrailers: names,
    maxAgeSeconds: whole("number of seconds", 0, 0x7fff_ffff),
  });
  const allows = originRule(options.origin);
  const methods = ["GET", "POST", ...(options.methods ?? [])];
  const requestHeaders = [...protocolRequestHeaders, ...lowerCase(options.requestHeaders)];
  const responseHeaders = [
    ...protocolResponseHeaders,
    ...lowerCase(options.responseHeaders),
    ...lowerCase(options.responseTrailers).map((name) => `trailer-${name}`),
  ];
  const vary: Header = ["vary", "Origin"];
  const credentials: Header[] = options.credentials === true ? [["access-control-allow-credentials", "true"]] : [];
  const preflight: readonly Header[] = [
    ["access-control-allow-methods", methods.join(", ")],
    ["access-control-allow-headers", requestHeaders.join(", ")],
    ["access-control-max-age", String(options.maxAgeSeconds ?? 7200)],
  ];
  const exposed: Header = ["access-control-expose-headers", responseHeaders.join(", ")];

  const decide: Cors["decide"] = (method, header, host) => {
    const origin = header("origin") ?? undefined;
    const asks = method === "OPTIONS" && origin !== undefined && header("access-control-request-method") != null;
    if (origin !== undefined && origin !== "null" && allows(origin)) {
      const allowed: readonly Header[] = [vary, ["access-control-allow-origin", origin], ...credentials];
      return asks
        ? { status: 204, headers: [...allowed, ...preflight] }
        : { status: undefined, headers: [...allowed, exposed] };
    }
    const refused = asks || (!isSafe(method) && isForeign(origin, header("sec-fetch-site"), host ?? header("host")));
    return { status: refused ? 403 : undefined, headers: [vary] };
  };

  return {
    methods,
    requestHeaders,
    responseHeaders,
    decide,
    wrap(handler) {
      return async (request, ...platform) => {
        const { status, headers } = decide(request.method, (name) => request.headers.get(name), hostOf(request));
        if (status === undefined) return withHeaders(await handler(request, ...platform), headers);
        return withHeaders(new Response(status === 403 ? `${refusal}\n` : null, { status }), headers);
      };
    },
  };
}

/** What a page that may not call is told. */
export const refusal = "this origin may not call from other sites";

type Header = readonly [name: string, value: string];

function lowerCase(names: readonly string[] = []): string[] {
  return names.map((name) => name.toLowerCase());
}

function originRule(rule: CorsOptions["origin"]): (origin: string) => boolean {
  if (typeof rule === "function") {
    return (origin) => {
      try {
        // Not the promise of an async function, which would allow everybody.
        return rule(origin) === true;
      } catch {
        return false;
      }
    };
  }
  const origins = new Set(typeof rule === "string" ? [rule] : rule);
  for (const origin of origins) {
    if (!isOrigin(origin)) {
      throw new TypeError(
        `an allowed origin must be a scheme and a host such as "https://app.example.com", not ${JSON.stringify(origin)}: give a function to allow others`,
      );
    }
  }
  return (origin) => origins.has(origin);
}

function isOrigin(text: string): boolean {
  try {
    return new URL(text).origin === text && !text.includes("*");
  } catch {
    return false;
  }
}

/** Methods without effects (RFC 9110 section 9.2.1). Connect's GET is only for RPCs that have none. */
function isSafe(method: string): boolean {
  return method === "GET" || method === "HEAD" || method === "OPTIONS";
}

/** Whether a browser sent the request for a page of another origin. Other clients send neither header. */
function isForeign(
  origin: string | undefined,
  site: string | null | undefined,
  host: string | null | undefined,
): boolean {
  // Fetch Metadata Request Headers, section 2.3. "none" is a person, typing.
  if (site != null) return site !== "same-origin" && site !== "none";
  if (origin === undefined) return false;
  // Older browsers: the host must be equal. The scheme of the server is not known behind a proxy.
  return host == null || origin.slice(origin.indexOf("//") + 2) !== host;
}

function hostOf(request: Request): string {
  return request.headers.get("host") ?? new URL(request.url).host;
}

function withHeaders(response: Response, headers: readonly Header[]): Response {
  try {
    return addHeaders(response, headers);
  } catch {
    // Headers of a response that came from fetch are immutable: a fallback may have passed one on.
    return addHeaders(new Response(response.body, response), headers);
  }
}

function addHeaders(response: Response, headers: readonly Header[]): Response {
  for (const [name, value] of headers) {
    if (name === "vary") response.headers.append(name, value);
    else response.headers.set(name, value);
  }
  return response;
}
