import type { Agent } from "node:http";
import type { LookupFunction, Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import {
  checkBaseUrl,
  has,
  listOf,
  milliseconds,
  oneOf,
  type Rule,
  type RulesFor,
  whole,
} from "../../check-options.js";
import { defaultHeaderLimits } from "../../http/http-client.js";
import { checkHttp2Limits, type Http2Limits } from "../http2-limits.js";
import { type ProxyServer, parseProxy } from "./proxy.js";

/** Where a connection is to go. */
export interface ConnectionTarget {
  readonly host: string;
  readonly port: number;
}

/** Options of {@link createNodeHttpClient}. Sizes are in bytes, times in milliseconds: up to 2147483647, which is 24.8 days. */
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
  /**
   * TLS options of Node: `ca`, `cert`, `key`, `servername`, `rejectUnauthorized` ... For `https:` only. A function is asked for
   * each new connection, so that certificates can be read again; TLS sessions are resumed while it gives the same object.
   */
  readonly tls?: ConnectionOptions | (() => ConnectionOptions | Promise<ConnectionOptions>) | undefined;
  /**
   * An agent for HTTP/1.1, in place of our own: it makes all connections, options for them do not apply, and `http: "auto"` means
   * `"1.1"`. As with our own, kept connections that have ended are taken from it before one is used.
   */
  readonly agent?: Agent | undefined;
  /** Makes the sockets, in place of our own; TLS goes over them when `baseUrl` begins with `https:`. It may give one that is still connecting. */
  readonly createConnection?: ((target: ConnectionTarget) => Socket | Promise<Socket>) | undefined;
  /** Looks names up, as `dns.lookup` of Node does with `all: true`. @default `dns.lookup` */
  readonly lookup?: LookupFunction | undefined;
  /** When a name has several addresses: after how long the next one is tried beside those that do not answer yet (RFC 8305). From 10. @default 250 */
  readonly connectionAttemptDelayMs?: number | undefined;
  /** A proxy to go through: `"http://user:password@proxy.example:3128"` (CONNECT), the same with `https:`, or `"socks5://localhost:1080"`. It looks names up itself. @default none: variables of the environment are not heeded */
  readonly proxy?: string | undefined;
  /** Hosts that are reached without the proxy: `"internal.example"` with all names below it, `".example"` for those below alone, an address, each with a port or without; a range of addresses as in `"10.0.0.0/8"`; `"*"` is all. @default none */
  readonly noProxy?: readonly string[] | undefined;
  /** TLS options of Node for a proxy with `https:`: `ca`, `cert`, `key` ... @default Node's own */
  readonly proxyTls?: ConnectionOptions | undefined;
  /** Connect to a Unix socket; `baseUrl` still gives scheme and authority. */
  readonly socketPath?: string | undefined;
  /** How long a connection may take, TLS included; at least 1. @default 20000 */
  readonly connectTimeoutMs?: number | undefined;
  /** How long a connection without calls stays open, at least 1; `Infinity` means forever. @default 300000 */
  readonly idleTimeoutMs?: number | undefined;
  /** HTTP/2: ping the server this often while there are calls. Servers may refuse clients that ping more often than they allow: many gRPC servers want 300000. At least 1; `Infinity` is never. @default no pings */
  readonly pingIntervalMs?: number | undefined;
  /** HTTP/2: how long a ping's answer may take; after that the connection counts as lost. At least 1. @default 20000 */
  readonly pingTimeoutMs?: number | undefined;
  /** HTTP/2: after this age a connection gets no new calls, and closes when its last one is over. At least 1; `Infinity` is none. @default none */
  readonly maxConnectionAgeMs?: number | undefined;
  /** HTTP/2: how many connections to open when the server's limit of concurrent streams is reached; then calls wait. From 1 to 65535. @default 16 */
  readonly maxConnections?: number | undefined;
  /** HTTP/2: how many bytes the server may send on a stream before they are read, from 1 to 2147483647. @default 2097152 */
  readonly streamWindowBytes?: number | undefined;
  /** HTTP/2: how many bytes the server may send on a connection before they are read, from 65535 to 2147483647. @default 8388608 */
  readonly connectionWindowBytes?: number | undefined;
  /**
   * HTTP/2: what a server may do before its connection is ended, in place of the defaults: `{ resets: { burst: 100, perSecond: 10 } }`.
   * The page on security lists all limits.
   *
   * @default those of the engine
   */
  readonly http2Limits?: Http2Limits | undefined;
  /** The largest response head, and the largest trailers; from 1 to 2147483647. @default 16384 */
  readonly maxHeaderBytes?: number | undefined;
  /** The most header fields of a response, and the most trailers; from 4 to 65535. @default 128 */
  readonly maxHeaderPairs?: number | undefined;
}

/** @internal TLS options may be given by a function. */
export function tlsRule(options: { readonly tls?: unknown } | undefined): Rule {
  return typeof options?.tls === "function" ? "function" : "object";
}

/** @internal What {@link createNodeTransport} takes beside what all transports do. */
export const nodeClientRules: RulesFor<Omit<NodeHttpClientOptions, "baseUrl">> = {
  http: oneOf("1.1", "2", "auto"),
  // One of two types: tlsRule().
  tls: undefined,
  createConnection: "function",
  lookup: "function",
  connectionAttemptDelayMs: milliseconds(10),
  proxy: "string",
  noProxy: listOf("host names", (item) => typeof item === "string"),
  proxyTls: "object",
  agent: ["object", "an http.Agent", has("addRequest")],
  socketPath: "string",
  connectTimeoutMs: milliseconds(1),
  idleTimeoutMs: milliseconds(1, Number.POSITIVE_INFINITY),
  pingIntervalMs: milliseconds(1, Number.POSITIVE_INFINITY),
  pingTimeoutMs: milliseconds(1),
  maxConnectionAgeMs: milliseconds(1, Number.POSITIVE_INFINITY),
  maxConnections: whole("number of connections", 1, 65_535),
  streamWindowBytes: whole("number of bytes", 1, 0x7fff_ffff),
  connectionWindowBytes: whole("number of bytes", 65_535, 0x7fff_ffff),
  maxHeaderBytes: whole("number of bytes", 1, 0x7fff_ffff),
  maxHeaderPairs: whole("number of header fields", 4, 65_535),
  http2Limits: "object",
};

/** Where the requests of a client go, with every default filled in. */
export interface ClientConfig {
  readonly origin: string;
  readonly secure: boolean;
  readonly authority: string;
  readonly host: string;
  readonly port: number;
  readonly socketPath: string | undefined;
  readonly tls: NonNullable<NodeHttpClientOptions["tls"]> | undefined;
  readonly agent: Agent | undefined;
  readonly createConnection: NodeHttpClientOptions["createConnection"];
  readonly lookup: LookupFunction | undefined;
  readonly connectionAttemptDelayMs: number;
  readonly proxy: ProxyServer | undefined;
  readonly noProxy: readonly string[];
  readonly proxyTls: ConnectionOptions | undefined;
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
  readonly http2Limits: Http2Limits | undefined;
}

/** Each of them says all about where connections come from. */
const ways = ["agent", "createConnection", "proxy", "socketPath"] as const;

/** @throws TypeError when `baseUrl` is not an `http:` or `https:` URL, and for options that exclude each other */
export function clientConfig(options: NodeHttpClientOptions): ClientConfig {
  const [way, other] = ways.filter((name) => options[name] !== undefined);
  if (other !== undefined) throw new TypeError(`${way} and ${other} exclude each other`);
  if (options.agent !== undefined && options.http === "2") {
    throw new TypeError(
      "agent is for HTTP/1.1, and these connections are of HTTP/2: use proxy, createConnection or lookup in its place",
    );
  }
  const url = new URL(checkBaseUrl(options.baseUrl).origin);
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
    createConnection: options.createConnection,
    lookup: options.lookup,
    connectionAttemptDelayMs: options.connectionAttemptDelayMs ?? 250,
    proxy: options.proxy === undefined ? undefined : parseProxy(options.proxy),
    noProxy: options.noProxy ?? [],
    proxyTls: options.proxyTls,
    connectTimeoutMs: options.connectTimeoutMs ?? 20_000,
    idleTimeoutMs: options.idleTimeoutMs ?? 300_000,
    pingIntervalMs: finite(options.pingIntervalMs),
    pingTimeoutMs: options.pingTimeoutMs ?? 20_000,
    maxConnectionAgeMs: finite(options.maxConnectionAgeMs),
    maxConnections: options.maxConnections ?? 16,
    streamWindowBytes: options.streamWindowBytes ?? 2 * 1024 * 1024,
    connectionWindowBytes: options.connectionWindowBytes ?? 8 * 1024 * 1024,
    maxHeaderBytes: options.maxHeaderBytes ?? defaultHeaderLimits.maxHeaderBytes,
    maxHeaderPairs: options.maxHeaderPairs ?? defaultHeaderLimits.maxHeaderPairs,
    http2Limits: checkHttp2Limits(options.http2Limits),
  };
}

function finite(ms: number | undefined): number | undefined {
  return ms === Number.POSITIVE_INFINITY ? undefined : ms;
}
