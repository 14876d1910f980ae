import type { Agent } from "node:http";
import type { ConnectionOptions } from "node:tls";
import { parseBaseUrl } from "../client/protocol-transport.js";

/** Options of {@link createNodeHttpClient}. Sizes are in bytes, times in milliseconds. */
export interface NodeHttpClientOptions {
  /** Scheme, host and port of the server: `"https://api.example.com"`. A path is ignored here. */
  readonly baseUrl: string;
  /**
   * The HTTP version. `"2"` over `http:` begins with HTTP/2 without asking (h2c). `"auto"` over `https:` takes HTTP/2 when the
   * server offers it; over `http:` it means `"1.1"`.
   *
   * @default "auto"; {@link createNodeTransport} means "2" for gRPC
   */
  readonly http?: "1.1" | "2" | "auto" | undefined;
  /** TLS options of Node: `ca`, `cert`, `key`, `servername`, `rejectUnauthorized` ... For `https:` only. */
  readonly tls?: ConnectionOptions | undefined;
  /** An agent for HTTP/1.1, in place of our own: for proxies. Options for connections do not apply to it. */
  readonly agent?: Agent | undefined;
  /** Connect to a Unix socket; `baseUrl` still gives scheme and authority. */
  readonly socketPath?: string | undefined;
  /** How long a connection may take, TLS included. @default 20000 */
  readonly connectTimeoutMs?: number | undefined;
  /** How long a connection without calls stays open. @default 300000 */
  readonly idleTimeoutMs?: number | undefined;
  /** HTTP/2: ping the server this often while there are calls. Servers may refuse clients that ping more often than they allow: many gRPC servers want 300000. @default no pings */
  readonly pingIntervalMs?: number | undefined;
  /** HTTP/2: how long a ping's answer may take; after that the connection counts as lost. @default 20000 */
  readonly pingTimeoutMs?: number | undefined;
  /** HTTP/2: after this age a connection gets no new calls, and closes when its last one is over. @default none */
  readonly maxConnectionAgeMs?: number | undefined;
  /** HTTP/2: how many connections to open when the server's limit of concurrent streams is reached; then calls wait. @default 16 */
  readonly maxConnections?: number | undefined;
  /** HTTP/2: how much the server may send on a stream before it is read. @default 2097152 */
  readonly streamWindowBytes?: number | undefined;
  /** HTTP/2: how much the server may send on a connection before it is read. @default 8388608 */
  readonly connectionWindowBytes?: number | undefined;
  /** The largest response head, and the largest trailers. @default 16384 */
  readonly maxHeaderBytes?: number | undefined;
  /** The most header fields of a response, and the most trailers. @default 128 */
  readonly maxHeaderPairs?: number | undefined;
}

/** Where the requests of a client go, with every default filled in. */
export interface ClientConfig {
  readonly origin: string;
  readonly secure: boolean;
  readonly authority: string;
  readonly host: string;
  readonly port: number;
  readonly socketPath: string | undefined;
  readonly tls: ConnectionOptions | undefined;
  readonly agent: Agent | undefined;
  readonly connectTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly pingIntervalMs: number | undefined;
  readonly pingTimeoutMs: number;
  readonly maxConnectionAgeMs: number | undefined;
  readonly maxConnections: number;
  readonly streamWindowBytes: number;
  readonly connectionWindowBytes: number;
  readonly maxHeaderBytes: number;
  readonly maxHeaderPairs: number;
}

/** @throws TypeError when `baseUrl` is no `http:` or `https:` URL */
export function clientConfig(options: NodeHttpClientOptions): ClientConfig {
  const url = new URL(parseBaseUrl(options.baseUrl).origin);
  const secure = url.protocol === "https:";
  return {
    origin: url.origin,
    secure,
    authority: url.host,
    host: url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname,
    port: url.port === "" ? (secure ? 443 : 80) : Number(url.port),
    socketPath: options.socketPath,
    tls: secure ? (options.tls ?? {}) : undefined,
    agent: options.agent,
    connectTimeoutMs: options.connectTimeoutMs ?? 20_000,
    idleTimeoutMs: options.idleTimeoutMs ?? 300_000,
    pingIntervalMs: options.pingIntervalMs,
    pingTimeoutMs: options.pingTimeoutMs ?? 20_000,
    maxConnectionAgeMs: options.maxConnectionAgeMs,
    maxConnections: options.maxConnections ?? 16,
    streamWindowBytes: options.streamWindowBytes ?? 2 * 1024 * 1024,
    connectionWindowBytes: options.connectionWindowBytes ?? 8 * 1024 * 1024,
    maxHeaderBytes: options.maxHeaderBytes ?? 16 * 1024,
    maxHeaderPairs: options.maxHeaderPairs ?? 128,
  };
}
