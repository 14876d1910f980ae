import type { IncomingMessage, ServerResponse } from "node:http";
import type { TlsOptions } from "node:tls";
import { milliseconds, type RulesFor, whole } from "../../check-options.js";
import type { Route } from "../../handler/route/route.js";
import { type RouterOptions, routerRules } from "../../handler/router.js";
import type { ServiceHandler } from "../../handler/types.js";
import { checkHttp2Limits, type Http2Limits } from "../http2-limits.js";

/** A request listener for all paths that are not those of services, as `http.createServer` takes one. */
export type Fallback = (request: IncomingMessage, response: ServerResponse) => unknown;

/** Options of {@link serve}. Sizes are in bytes, times in milliseconds from 1 to 2147483647, which is 24.8 days. */
export interface ServeOptions extends RouterOptions {
  /** The services, and routes for other paths. */
  readonly handlers: ServiceHandler | Route | readonly (ServiceHandler | Route)[];
  /** From 0 to 65535. @default 0, which is any free port */
  readonly port?: number | undefined;
  /** The address to listen on. @default all of them */
  readonly host?: string | undefined;
  /** Listen on a Unix socket instead. */
  readonly socketPath?: string | undefined;
  /**
   * Several processes listen on one port, and the system spreads connections over them (SO_REUSEPORT). An error where
   * the platform cannot: it needs Linux and Node 22.12. Without it the workers of `node:cluster` share a port.
   *
   * @default false
   */
  readonly reusePort?: boolean | undefined;
  /** TLS options of Node: `key` and `cert`; with `ca`, `requestCert` and `rejectUnauthorized` clients prove who they are. */
  readonly tls?: TlsOptions | undefined;
  /**
   * `false` serves HTTP/1.1 alone, by Node's own server: gRPC and bidirectional calls need HTTP/2. With TLS no `h2` is offered by ALPN.
   *
   * @default true
   */
  readonly http2?: boolean | undefined;
  /** Gets the requests that no service and no route handles: a listener, as `http.createServer` takes one, Express and the like. Requests over HTTP/2 reach it as HTTP/1.1. @default 404 */
  readonly fallback?: Fallback | undefined;
  /** Called with what a fallback throws. @default prints to `console.error` */
  readonly onFallbackError?: ((error: unknown) => void) | undefined;
  /** How long a client may take to send a request's headers, and for its TLS handshake. @default 30000 */
  readonly headersTimeoutMs?: number | undefined;
  /** HTTP/2: how long a client may take to send its first SETTINGS. @default 10000 */
  readonly settingsTimeoutMs?: number | undefined;
  /** How long a connection without calls stays open; `Infinity` means forever. @default 300000 */
  readonly idleTimeoutMs?: number | undefined;
  /**
   * How long a client may send nothing of a request that it has begun: of a single message until it is complete, of a stream until its
   * first bytes. Time in which the server does not read, or the client may not send, does not count. The call ends with
   * `invalid_argument`; `Infinity` waits forever.
   *
   * @default 60000
   */
  readonly requestIdleTimeoutMs?: number | undefined;
  /**
   * How slowly a client may send a request that is a single message, in bytes a second from 0 to 2147483647, on average and
   * from the sixth second on. Time in which the server does not read, or the client may not send, does not count. The call ends with
   * `invalid_argument`; 0 is as slowly as `requestIdleTimeoutMs` lets it.
   *
   * @default 0
   */
  readonly requestMinBytesPerSecond?: number | undefined;
  /**
   * How long a client with open calls may be silent until it is asked whether it is still there: over HTTP/2 by a PING, over HTTP/1.1 by
   * TCP keepalive. `Infinity` never asks.
   *
   * @default 60000
   */
  readonly keepaliveIntervalMs?: number | undefined;
  /** HTTP/2: how long the answer to such a PING may take before the connection, with its calls, is given up. @default 20000 */
  readonly keepaliveTimeoutMs?: number | undefined;
  /**
   * How old a connection may become, so that clients come to new servers; each gets up to a tenth more or less. Then HTTP/2 clients are
   * told to go (GOAWAY), those of HTTP/1.1 with their next response. `Infinity` is any age.
   *
   * @default Infinity
   */
  readonly maxConnectionAgeMs?: number | undefined;
  /** How long calls may go on when their connection is too old; then it is closed. `Infinity` is as long as they like. @default Infinity */
  readonly maxConnectionAgeGraceMs?: number | undefined;
  /** How long a client may read no response bytes before the call is ended. @default 60000 */
  readonly stalledWriterTimeoutMs?: number | undefined;
  /** The largest request head, from 1 to 2147483647. @default 16384 */
  readonly maxHeaderBytes?: number | undefined;
  /** The most header fields of a request, from 4 to 65535. @default 128 */
  readonly maxHeaderPairs?: number | undefined;
  /** HTTP/2: how many calls a connection may have at a time, from 1 to 2147483647. @default 1024 */
  readonly maxConcurrentStreams?: number | undefined;
  /** HTTP/2: how many bytes a client may send on a stream before the server reads any of them, from 1 to 2147483647. @default 65536 */
  readonly streamWindowBytes?: number | undefined;
  /**
   * HTTP/2: how many bytes all streams of a connection may send beyond that and keep in memory: messages that are not
   * complete, and what is not read. The oldest stream is served first, and can always send one whole message. From 65535 to 2147483647.
   *
   * @default 16777216
   */
  readonly connectionWindowBytes?: number | undefined;
  /**
   * HTTP/2: how many bytes a connection may hold in memory, mostly responses that its client does not read. Beyond it new calls
   * are refused with ENHANCE_YOUR_CALM, which clients see as `resource_exhausted`. From 1 to 4294967295.
   *
   * @default 268435456
   */
  readonly maxConnectionBytes?: number | undefined;
  /**
   * HTTP/2: what a client may do before its connection is ended, in place of the defaults: `{ resets: { burst: 100, perSecond: 10 } }`.
   * The page on security lists all limits.
   *
   * @default those of the engine
   */
  readonly http2Limits?: Http2Limits | undefined;
}

/** @internal */
export const serveRules: RulesFor<ServeOptions> = {
  // listHandlers() checks it.
  handlers: undefined,
  port: whole("number", 0, 65_535),
  host: "string",
  socketPath: "string",
  reusePort: "boolean",
  tls: "object",
  http2: "boolean",
  fallback: "function",
  onFallbackError: "function",
  headersTimeoutMs: milliseconds(1),
  settingsTimeoutMs: milliseconds(1),
  idleTimeoutMs: milliseconds(1, Number.POSITIVE_INFINITY),
  stalledWriterTimeoutMs: milliseconds(1),
  requestIdleTimeoutMs: milliseconds(1, Number.POSITIVE_INFINITY),
  requestMinBytesPerSecond: whole("number of bytes a second", 0, 0x7fff_ffff),
  keepaliveIntervalMs: milliseconds(1, Number.POSITIVE_INFINITY),
  keepaliveTimeoutMs: milliseconds(1),
  maxConnectionAgeMs: milliseconds(1, Number.POSITIVE_INFINITY),
  maxConnectionAgeGraceMs: milliseconds(0, Number.POSITIVE_INFINITY),
  maxHeaderBytes: whole("number of bytes", 1, 0x7fff_ffff),
  maxHeaderPairs: whole("number of header fields", 4, 65_535),
  maxConcurrentStreams: whole("number of calls", 1, 0x7fff_ffff),
  streamWindowBytes: whole("number of bytes", 1, 0x7fff_ffff),
  connectionWindowBytes: whole("number of bytes", 65_535, 0x7fff_ffff),
  maxConnectionBytes: whole("number of bytes", 1, 0xffff_ffff),
  http2Limits: "object",
  ...routerRules,
};

/** {@link ServeOptions} with the defaults filled in. */
export interface ServeLimits {
  readonly headersTimeoutMs: number;
  readonly settingsTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly stalledWriterTimeoutMs: number;
  readonly requestIdleTimeoutMs: number;
  readonly requestMinBytesPerSecond: number;
  readonly keepaliveIntervalMs: number;
  readonly keepaliveTimeoutMs: number;
  readonly maxConnectionAgeMs: number;
  readonly maxConnectionAgeGraceMs: number;
  readonly maxHeaderBytes: number;
  readonly maxHeaderPairs: number;
  readonly maxConcurrentStreams: number;
  readonly streamWindowBytes: number;
  readonly connectionWindowBytes: number;
  readonly maxConnectionBytes: number;
  readonly http2Limits: Http2Limits | undefined;
}

export function serveLimits(options: ServeOptions): ServeLimits {
  return {
    // Node takes whole numbers only.
    headersTimeoutMs: Math.ceil(options.headersTimeoutMs ?? 30_000),
    settingsTimeoutMs: options.settingsTimeoutMs ?? 10_000,
    idleTimeoutMs: Math.ceil(options.idleTimeoutMs ?? 300_000),
    stalledWriterTimeoutMs: options.stalledWriterTimeoutMs ?? 60_000,
    requestIdleTimeoutMs: options.requestIdleTimeoutMs ?? 60_000,
    requestMinBytesPerSecond: options.requestMinBytesPerSecond ?? 0,
    keepaliveIntervalMs: options.keepaliveIntervalMs ?? 60_000,
    keepaliveTimeoutMs: options.keepaliveTimeoutMs ?? 20_000,
    maxConnectionAgeMs: options.maxConnectionAgeMs ?? Number.POSITIVE_INFINITY,
    maxConnectionAgeGraceMs: options.maxConnectionAgeGraceMs ?? Number.POSITIVE_INFINITY,
    maxHeaderBytes: options.maxHeaderBytes ?? 16_384,
    maxHeaderPairs: options.maxHeaderPairs ?? 128,
    maxConcurrentStreams: options.maxConcurrentStreams ?? 1024,
    streamWindowBytes: options.streamWindowBytes ?? 65_536,
    connectionWindowBytes: options.connectionWindowBytes ?? 16 * 1024 * 1024,
    maxConnectionBytes: options.maxConnectionBytes ?? 256 * 1024 * 1024,
    http2Limits: checkHttp2Limits(options.http2Limits),
  };
}
