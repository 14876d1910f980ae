import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { TlsOptions } from "node:tls";
import type { RouterOptions } from "../handler/router.js";
import type { ServiceHandler } from "../handler/types.js";

/** A request listener for what is no RPC. On HTTP/2 it gets Node's compatibility objects. */
export type Fallback = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A fallback that takes HTTP/2's compatibility objects too. Express 4 and 5 do not: they throw on them. */
export interface Http2Fallback {
  readonly fallback: (
    request: IncomingMessage | Http2ServerRequest,
    response: ServerResponse | Http2ServerResponse,
  ) => unknown;
  readonly http2: true;
}

/** Options of {@link serve}. Sizes are in bytes, times in milliseconds. */
export interface ServeOptions extends RouterOptions {
  /** The services. */
  readonly handlers: ServiceHandler | readonly ServiceHandler[];
  /** @default any free port */
  readonly port?: number | undefined;
  /** The address to listen on. @default all of them */
  readonly host?: string | undefined;
  /** Listen on a Unix socket instead. */
  readonly socketPath?: string | undefined;
  /** TLS options of Node: `key` and `cert`; with `ca`, `requestCert` and `rejectUnauthorized` clients prove who they are. */
  readonly tls?: TlsOptions | undefined;
  /** Gets the requests whose path is none of the services': a listener, as `http.createServer` takes. For HTTP/1.1 only, unless it is given as `{ fallback, http2: true }`. */
  readonly fallback?: Fallback | Http2Fallback | undefined;
  /** Is told what a fallback throws. @default prints to `console.error` */
  readonly onFallbackError?: ((error: unknown) => void) | undefined;
  /** How long a client may take for a request's headers, and for its TLS handshake. @default 30000 */
  readonly headersTimeoutMs?: number | undefined;
  /** HTTP/2: how long a client may take for its first SETTINGS. @default 10000 */
  readonly settingsTimeoutMs?: number | undefined;
  /** How long a connection without calls stays open. @default 300000 */
  readonly idleTimeoutMs?: number | undefined;
  /** How long a client may take nothing of a response before the call is broken off. @default 60000 */
  readonly stalledWriterTimeoutMs?: number | undefined;
  /** The largest request head. @default 16384 */
  readonly maxHeaderBytes?: number | undefined;
  /** The most header fields of a request. @default 128 */
  readonly maxHeaderPairs?: number | undefined;
  /** HTTP/2: how many calls a connection may have at a time. @default 1024 */
  readonly maxConcurrentStreams?: number | undefined;
  /** HTTP/2: how much a client may send on a stream before it is read. @default 262144 */
  readonly streamWindowBytes?: number | undefined;
  /**
   * HTTP/2: how much a client may send on a connection in a round trip. Before Node 26 a connection does not read while it
   * cannot write: with more than the system's socket buffers hold, a client on Node that sends and receives much at the
   * same time and this server can end up waiting for each other.
   *
   * @default 8388608; 65535 before Node 26
   */
  readonly connectionWindowBytes?: number | undefined;
  /**
   * HTTP/2: how much a connection may hold in memory, mostly responses that its client does not take. Beyond it new calls
   * are refused with ENHANCE_YOUR_CALM, which clients see as `resource_exhausted`.
   *
   * @default 268435456
   */
  readonly maxConnectionBytes?: number | undefined;
}

/** {@link ServeOptions} with the defaults filled in. */
export interface ServeLimits {
  readonly headersTimeoutMs: number;
  readonly settingsTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly stalledWriterTimeoutMs: number;
  readonly maxHeaderBytes: number;
  readonly maxHeaderPairs: number;
  readonly maxConcurrentStreams: number;
  readonly streamWindowBytes: number;
  readonly connectionWindowBytes: number;
  readonly maxConnectionBytes: number;
}

/**
 * Before Node 26 an HTTP/2 session stops reading while a write of it is in progress. When both ends do so, and each has more
 * on its way than the socket buffers hold, neither goes on. HTTP/2's default of 64 KiB in one direction is always safe.
 */
const readsWhileWriting = Number.parseInt(process.versions.node, 10) >= 26;

export function serveLimits(options: ServeOptions): ServeLimits {
  return {
    headersTimeoutMs: options.headersTimeoutMs ?? 30_000,
    settingsTimeoutMs: options.settingsTimeoutMs ?? 10_000,
    idleTimeoutMs: options.idleTimeoutMs ?? 300_000,
    stalledWriterTimeoutMs: options.stalledWriterTimeoutMs ?? 60_000,
    maxHeaderBytes: options.maxHeaderBytes ?? 16_384,
    maxHeaderPairs: options.maxHeaderPairs ?? 128,
    maxConcurrentStreams: options.maxConcurrentStreams ?? 1024,
    streamWindowBytes: options.streamWindowBytes ?? 256 * 1024,
    connectionWindowBytes: options.connectionWindowBytes ?? (readsWhileWriting ? 8 * 1024 * 1024 : 65_535),
    maxConnectionBytes: options.maxConnectionBytes ?? 256 * 1024 * 1024,
  };
}
