import type { ClientSessionOptions, SecureClientSessionOptions } from "node:http2";
import { checkBaseUrl, checkOptions, milliseconds } from "../check-options.js";
import type { HeaderMap } from "../http/header-map.js";
import type { HttpClient, HttpClientStream, HttpRequestHead, HttpResponseSink } from "../http/http-client.js";
import { FailedClientStream } from "../node/client/failed-stream.js";
import { statusHint } from "../node/failure.js";
import { NodeHttp2Session, type SessionConfig } from "./session.js";
import { NodeHttp2Stream } from "./stream.js";

/** Options of {@link createNodeHttp2Client}. Times are in milliseconds, up to 2147483647. */
export interface NodeHttp2ClientOptions {
  /** Scheme, host and port of the server: `"https://api.example.com"`. A path is ignored here. */
  readonly baseUrl: string;
  /** Options of `http2.connect` of Node: `ca`, `cert`, `settings`, `createConnection` ... */
  readonly session?: ClientSessionOptions | SecureClientSessionOptions | undefined;
  /** How long a connection may take, TLS included; at least 1. @default 20000 */
  readonly connectTimeoutMs?: number | undefined;
  /** How long a connection without calls stays open, at least 1; `Infinity` means forever. @default 300000 */
  readonly idleTimeoutMs?: number | undefined;
  /** Ping a server that has been silent for so long while there are calls, at least 1; `Infinity` is never. @default 300000 */
  readonly pingIntervalMs?: number | undefined;
  /** How long a ping's answer may take; after that the connection counts as lost. At least 1. @default 20000 */
  readonly pingTimeoutMs?: number | undefined;
}

/**
 * A plain HTTP client on `node:http2`, for one origin, in place of the engine that `createNodeTransport` has: one connection
 * for all calls, another one when it is closing. What is special about connections there (a pool, backoff) is not here.
 *
 * The header fields of a response may have 65,535 bytes, counted as RFC 9113 section 6.5.2 does, or what
 * `session.settings.maxHeaderListSize` says; those of a request what the server takes, and what Node sends
 * (`session.maxSendHeaderBlockLength`). A call with more fails with `resource_exhausted`.
 *
 * @example
 * const transport = createTransport({ baseUrl, http: createNodeHttp2Client({ baseUrl }), protocol: grpc() });
 *
 * @throws TypeError when `baseUrl` is not an `http:` or `https:` URL
 * @throws TypeError or RangeError for an unknown option or a bad value
 */
export function createNodeHttp2Client(options: NodeHttp2ClientOptions): HttpClient {
  checkOptions("createNodeHttp2Client", options, {
    baseUrl: "string",
    session: "object",
    connectTimeoutMs: milliseconds(1),
    idleTimeoutMs: milliseconds(1, Number.POSITIVE_INFINITY),
    pingIntervalMs: milliseconds(1, Number.POSITIVE_INFINITY),
    pingTimeoutMs: milliseconds(1),
  });
  return new NodeHttp2Client({
    origin: checkBaseUrl(options.baseUrl).origin,
    session: options.session ?? {},
    connectTimeoutMs: options.connectTimeoutMs ?? 20_000,
    idleTimeoutMs: options.idleTimeoutMs ?? 300_000,
    pingIntervalMs: options.pingIntervalMs ?? 300_000,
    pingTimeoutMs: options.pingTimeoutMs ?? 20_000,
  });
}

class NodeHttp2Client implements HttpClient {
  readonly origin: string;
  readonly config: SessionConfig;
  current: NodeHttp2Session | undefined;
  closed: boolean;

  constructor(config: SessionConfig) {
    this.origin = config.origin;
    this.config = config;
    this.current = undefined;
    this.closed = false;
  }

  request(head: HttpRequestHead, sink: HttpResponseSink): HttpClientStream {
    if (this.closed)
      return new FailedClientStream(sink, { reason: "lost", unprocessed: true, message: "the client was closed" });
    if (this.current?.usable !== true) this.current = new NodeHttp2Session(this.config);
    return new NodeHttp2Stream(this.current, head, sink);
  }

  hint(status: number, requestHeaders: HeaderMap): string | undefined {
    return statusHint(status, requestHeaders);
  }

  close(): void {
    this.closed = true;
    this.current?.retire();
  }
}
