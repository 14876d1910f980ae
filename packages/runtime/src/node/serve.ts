import http from "node:http";
import http2, { type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import https from "node:https";
import net, { type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { createRouter, type Router } from "../handler/router.js";
import { gzip } from "./compression.js";
import { dispatchH1, dispatchH2 } from "./dispatch.js";
import { type DrainOptions, type DrainResult, drainServer } from "./drain.js";
import { FallbackRunner } from "./fallback.js";
import { type ServeLimits, type ServeOptions, serveLimits } from "./serve-options.js";
import { ServerCalls } from "./server-calls.js";
import { ServerSessions } from "./server-sessions.js";
import { ServerSockets } from "./server-sockets.js";
import { sniff } from "./sniff.js";

/** A server that {@link serve} has started. */
export interface Server {
  /** The port; 0 on a Unix socket. */
  readonly port: number;
  /** The address that it listens on, or the path of the Unix socket. */
  readonly address: string;
  /** For clients on this machine: `"http://localhost:8080"`. */
  readonly url: string;
  /** The Node server that listens, for what has no option here. */
  readonly http: http.Server;
  /** Ends at once: calls that run are broken off. Resolves when the port is free. */
  close(): Promise<void>;
  /** Ends gracefully: takes no new connections, and waits for the calls that run. */
  drain(options?: DrainOptions): Promise<DrainResult>;
}

/**
 * Serves RPCs on one port: HTTP/1.1 and HTTP/2 without TLS (h2c), told apart by their first bytes; with `tls` both, by ALPN.
 *
 * @example
 * const server = await serve({ handlers: [elizaHandler], port: 8080 });
 *
 * @throws Error (as a rejection) of Node when it cannot listen
 */
export function serve(options: ServeOptions): Promise<Server> {
  return new NodeServer(
    options,
    createRouter(options.handlers, { ...options, compressions: options.compressions ?? [gzip()] }),
  ).listen();
}

/** @internal What {@link drainServer} works on. */
export class NodeServer implements Server {
  readonly options: ServeOptions;
  readonly router: Router;
  readonly limits: ServeLimits;
  readonly calls: ServerCalls;
  readonly sessions: ServerSessions;
  readonly sockets: ServerSockets;
  readonly fallback: FallbackRunner;
  readonly http: http.Server;
  readonly http2: http2.Http2Server;
  stopped: Promise<void> | undefined;

  constructor(options: ServeOptions, router: Router) {
    this.options = options;
    this.router = router;
    this.limits = serveLimits(options);
    this.calls = new ServerCalls(this.limits.stalledWriterTimeoutMs);
    this.sessions = new ServerSessions(this.limits);
    this.sockets = new ServerSockets();
    this.fallback = new FallbackRunner(options);
    this.stopped = undefined;
    this.http2 = this.createHttp2();
    this.http = this.createHttp();
  }

  get port(): number {
    const address = this.http.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  get address(): string {
    const address = this.http.address();
    return typeof address === "object" ? (address?.address ?? "") : address;
  }

  get url(): string {
    const { host } = this.options;
    const name =
      host === undefined || net.isIP(host) === 0 ? (host ?? "localhost") : host.includes(":") ? `[${host}]` : host;
    return `${this.options.tls === undefined ? "http" : "https"}://${name}:${this.port}`;
  }

  listen(): Promise<Server> {
    const { port, host, socketPath } = this.options;
    return new Promise((resolve, reject) => {
      this.http.once("error", reject);
      this.http.listen(socketPath === undefined ? { port: port ?? 0, host } : { path: socketPath }, () => {
        this.http.removeListener("error", reject);
        resolve(this);
      });
    });
  }

  /** Stops listening. `http.Server.close` would also cut connections that are idle just now, with requests on the way. */
  stop(): Promise<void> {
    this.stopped ??= new Promise((resolve) => {
      net.Server.prototype.close.call(this.http, () => resolve());
    });
    return this.stopped;
  }

  async close(): Promise<void> {
    const stopped = this.stop();
    this.sessions.destroy();
    this.sockets.destroy();
    this.http.close();
    await stopped;
  }

  drain(options?: DrainOptions): Promise<DrainResult> {
    return drainServer(this, options);
  }

  createHttp2(): http2.Http2Server {
    const { limits } = this;
    const server = http2.createServer({
      maxHeaderListPairs: limits.maxHeaderPairs,
      // Node's default of 10 MB refuses streams when a few large responses are on their way.
      maxSessionMemory: Math.ceil(limits.maxConnectionBytes / 1_000_000),
      maxSessionInvalidFrames: 100,
      maxSessionRejectedStreams: 100,
      unknownProtocolTimeout: limits.headersTimeoutMs,
      settings: {
        initialWindowSize: limits.streamWindowBytes,
        maxConcurrentStreams: limits.maxConcurrentStreams,
        maxFrameSize: 65_536,
        maxHeaderListSize: limits.maxHeaderBytes,
      },
    });
    server.on("session", (session) => this.sessions.add(session));
    server.on("stream", (stream, headers, _flags, raw?: readonly string[]) => this.onStream(stream, headers, raw));
    return server;
  }

  createHttp(): http.Server {
    const { limits, options } = this;
    const settings: http.ServerOptions = {
      maxHeaderSize: limits.maxHeaderBytes,
      headersTimeout: limits.headersTimeoutMs,
      // It is for the whole request, and a client's stream may last for hours.
      requestTimeout: 0,
      keepAliveTimeout: limits.idleTimeoutMs,
      connectionsCheckingInterval: Math.max(20, Math.min(limits.headersTimeoutMs / 4, 10_000)),
      noDelay: true,
    };
    const secure = options.tls !== undefined;
    const server = secure
      ? https.createServer({
          handshakeTimeout: limits.headersTimeoutMs,
          ...options.tls,
          ...settings,
          ALPNProtocols: ["h2", "http/1.1"],
        })
      : http.createServer(settings);
    // One more than may be: Node drops without a word what is above.
    server.maxHeadersCount = limits.maxHeaderPairs + 1;
    server.on("request", (request, response) => this.onRequest(request, response));
    // Node's own listener, which makes an HTTP/1.1 connection of a socket.
    const event = secure ? "secureConnection" : "connection";
    const [http1] = server.listeners(event) as ((this: http.Server, socket: Socket) => void)[];
    server.removeAllListeners(event);
    if (secure) {
      server.on("connection", (socket: Socket) => this.sockets.add(socket));
      server.on("secureConnection", (socket: TLSSocket) => {
        this.sockets.addSecure(socket);
        this.adopt(socket, socket.alpnProtocol === "h2", http1);
      });
    } else {
      server.on("connection", (socket: Socket) => {
        this.sockets.add(socket);
        sniff(socket, limits.headersTimeoutMs, (isHttp2) => this.adopt(socket, isHttp2, http1));
      });
    }
    return server;
  }

  adopt(socket: Socket, isHttp2: boolean, http1: ((this: http.Server, socket: Socket) => void) | undefined): void {
    if (isHttp2) {
      // HTTP/1.1 servers keep connections whose client has ended its side; an HTTP/2 session would never learn of it.
      socket.allowHalfOpen = false;
      this.sockets.setHttp2(socket);
      this.http2.emit("connection", socket);
    } else {
      http1?.call(this.http, socket);
    }
  }

  onStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, raw: readonly string[] | undefined): void {
    if (!this.sessions.streamOpened(stream, raw)) return;
    const path = headers[":path"] ?? "";
    const ours = !this.fallback.takesHttp2 || this.isOurs(path);
    if (dispatchH2(this.router, this.calls, stream, headers, raw, path, ours)) return;
    this.fallback.runHttp2(stream, headers, raw);
  }

  onRequest(request: http.IncomingMessage, response: http.ServerResponse): void {
    if (request.rawHeaders.length / 2 > this.limits.maxHeaderPairs) {
      response.writeHead(431, { connection: "close" }).end();
      return;
    }
    const path = request.url ?? "";
    const ours = !this.fallback.takesHttp1 || this.isOurs(path);
    if (dispatchH1(this.router, this.calls, request, response, path, ours)) return;
    if (this.calls.draining) response.setHeader("connection", "close");
    this.fallback.runHttp1(request, response);
  }

  isOurs(path: string): boolean {
    return this.router.paths.some((prefix) => path.startsWith(prefix));
  }
}
