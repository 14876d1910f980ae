import type { Server as HttpServer, IncomingMessage, ServerResponse } from "node:http";
import net, { type Server as NetServer, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { asyncDispose } from "../../call/dispose.js";
import { checkOptions } from "../../check-options.js";
import { targetPath } from "../../handler/mount.js";
import { connectOnly, notAService, serviceOnly } from "../../handler/option-rules.js";
import { makeRouter, type Router } from "../../handler/router.js";
import { HeaderMap } from "../../http/header-map.js";
import { ErrorCode } from "../../http2/index.js";
import { builtin } from "../builtin.js";
import { orGzip } from "../compression.js";
import { watchTimeouts } from "../platform/http-server.js";
import { ServerCalls } from "./calls.js";
import { reportHttp1 } from "./diagnostics.js";
import { dispatchH1 } from "./dispatch.js";
import { type Drainable, type DrainOptions, type DrainResult, drainServer } from "./drain.js";
import { FallbackRunner } from "./fallback.js";
import { Http1Passage, http1Head, isPassage } from "./http1-passage.js";
import { type Http2ConnectionOwner, Http2Connections, Http2ServerConnection } from "./http2-connection.js";
import type { Http2ServerStream } from "./http2-stream.js";
import { type ServeLimits, type ServeOptions, serveLimits, serveRules } from "./options.js";
import { admit } from "./pipeline.js";
import { headExcess, refuseBytes, refuseHead } from "./request-head.js";
import { checkReusePort } from "./reuse-port.js";
import { sniff } from "./sniff.js";
import { ServerSockets } from "./sockets.js";
import { isStale } from "./stale-socket.js";

/** A server that {@link serve} has started. */
export interface Server {
  /** The port; 0 on a Unix socket. */
  readonly port: number;
  /** The address that it listens on, or the path of the Unix socket. */
  readonly address: string;
  /** For clients on this machine: `"http://localhost:8080"`; on a Unix socket its path, `"unix:/run/eliza.sock"`. */
  readonly url: string;
  /** The server that listens, for what has no option here: a `tls.Server` with `tls`. */
  readonly listener: NetServer;
  /** Node's HTTP/1.1 server, which does not listen itself: it gets the connections of HTTP/1.1. For `upgrade` events and the like. */
  readonly http: HttpServer;
  /** Ends at once: calls that run are broken off. Resolves when the port is free. */
  close(): Promise<void>;
  /** Ends gracefully: takes no new connections, and waits for the calls that run. */
  drain(options?: DrainOptions): Promise<DrainResult>;
  /** As `close()`: `await using server = await serve(...)`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Serves RPCs on one port: HTTP/1.1 and HTTP/2 without TLS (h2c), told apart by their first bytes; with `tls` both, by ALPN.
 * With `http2: false` HTTP/1.1 alone.
 *
 * @example
 * const server = await serve({ handlers: [elizaHandler], port: 8080 });
 *
 * @throws Error (as a rejection) of Node when it cannot listen, or for `reusePort` where the platform has no such thing
 * @throws TypeError or RangeError (as a rejection) for an unknown option or a bad value
 */
export async function serve(options: ServeOptions): Promise<Server> {
  const given = checkOptions("serve", options, serveRules, notAService, serviceOnly, connectOnly);
  const router = makeRouter(given.handlers, { ...given, compressions: orGzip(given.compressions) });
  return new NodeServer(given, router).listen();
}

/** @internal */
export class NodeServer implements Server, Drainable, Http2ConnectionOwner {
  static {
    Object.defineProperty(NodeServer.prototype, asyncDispose, { value: NodeServer.prototype.close });
  }

  declare [Symbol.asyncDispose]: () => Promise<void>;
  readonly options: ServeOptions;
  readonly router: Router;
  readonly limits: ServeLimits;
  readonly calls: ServerCalls;
  readonly connections: Http2Connections;
  readonly sockets: ServerSockets;
  readonly fallback: FallbackRunner;
  readonly listener: NetServer;
  madeHttp: HttpServer | undefined;
  stopped: Promise<void> | undefined;

  constructor(options: ServeOptions, router: Router) {
    this.options = options;
    this.router = router;
    this.limits = serveLimits(options);
    this.calls = new ServerCalls(this.limits);
    this.connections = new Http2Connections(this.limits);
    this.sockets = new ServerSockets();
    this.fallback = new FallbackRunner(options);
    this.stopped = undefined;
    this.madeHttp = undefined;
    this.listener = this.createListener();
  }

  get port(): number {
    const address = this.listener.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  get address(): string {
    const address = this.listener.address();
    return typeof address === "object" ? (address?.address ?? "") : address;
  }

  /** Made when it is first asked for: a server of HTTP/2 alone does without `node:http`. */
  get http(): HttpServer {
    this.madeHttp ??= this.createHttp();
    return this.madeHttp;
  }

  get url(): string {
    const { host, socketPath } = this.options;
    if (socketPath !== undefined) return `unix:${socketPath}`;
    const name =
      host === undefined || net.isIP(host) === 0 ? (host ?? "localhost") : host.includes(":") ? `[${host}]` : host;
    return `${this.options.tls === undefined ? "http" : "https"}://${name}:${this.port}`;
  }

  async listen(): Promise<Server> {
    if (this.options.reusePort === true) await checkReusePort(this.options.socketPath);
    try {
      return await this.listenOnce();
    } catch (error) {
      const { socketPath } = this.options;
      if (socketPath === undefined || !(await isStale(error, socketPath))) throw error;
      await builtin("node:fs/promises").unlink(socketPath);
      return this.listenOnce();
    }
  }

  listenOnce(): Promise<Server> {
    const { port = 0, host, socketPath, reusePort = false } = this.options;
    // In a worker of node:cluster it is the primary that listens, but for ports that each opens by itself.
    const shared = reusePort ? { reusePort, exclusive: true } : undefined;
    return new Promise((resolve, reject) => {
      this.listener.once("error", reject);
      this.listener.listen(socketPath === undefined ? { port, host, ...shared } : { path: socketPath }, () => {
        this.listener.removeListener("error", reject);
        resolve(this);
      });
    });
  }

  /** Stops listening. Connections that are idle just now stay: requests may be on the way. */
  stop(): Promise<void> {
    this.stopped ??= new Promise((resolve) => {
      this.listener.close(() => resolve());
    });
    return this.stopped;
  }

  async close(): Promise<void> {
    const stopped = this.stop();
    this.connections.destroy();
    this.sockets.destroy();
    this.madeHttp?.close();
    await stopped;
  }

  drain(options?: DrainOptions): Promise<DrainResult> {
    return drainServer(this, options);
  }

  createHttp(): HttpServer {
    const { limits } = this;
    const server = builtin("node:http").createServer({
      // Twice ours, so that it is ours that answers.
      maxHeaderSize: 2 * limits.maxHeaderBytes,
      headersTimeout: limits.headersTimeoutMs,
      // 0 is for ever.
      keepAliveTimeout: Number.isFinite(limits.idleTimeoutMs) ? limits.idleTimeoutMs : 0,
      connectionsCheckingInterval: Math.ceil(Math.max(20, Math.min(limits.headersTimeoutMs / 4, 10_000))),
      // It is for the whole request, and a client's stream may last for hours.
      requestTimeout: 0,
    });
    // Node drops without a word what is above, and the trailers with it: we count.
    server.maxHeadersCount = 0;
    server.on("request", (request, response) => this.onRequest(request, response));
    server.on("clientError", (error, socket) => refuseBytes(socket as Socket, error, limits));
    watchTimeouts(server);
    return server;
  }

  createListener(): NetServer {
    const { limits, options } = this;
    const settings = { noDelay: true, allowHalfOpen: true };
    if (options.tls === undefined) {
      return net.createServer(settings, (socket) => {
        this.sockets.add(socket);
        sniff(socket, limits.headersTimeoutMs, (isHttp2) => this.adopt(socket, isHttp2 && options.http2 !== false));
      });
    }
    const handshakeTimeout = limits.headersTimeoutMs;
    const server = builtin("node:tls").createServer({
      handshakeTimeout,
      ...options.tls,
      ...settings,
      ALPNProtocols: options.http2 === false ? ["http/1.1"] : ["h2", "http/1.1"],
    });
    server.on("connection", (socket: Socket) => this.sockets.add(socket));
    // Node itself leaves a connection open whose handshake took too long.
    server.on("tlsClientError", (_, socket: TLSSocket) => socket.destroy());
    server.on("secureConnection", (socket: TLSSocket) => {
      this.sockets.addSecure(socket);
      this.adopt(socket, socket.alpnProtocol === "h2");
    });
    return server;
  }

  adopt(socket: Socket, isHttp2: boolean): void {
    if (isHttp2) {
      // HTTP/1.1 servers keep connections whose client has ended its side.
      socket.allowHalfOpen = false;
      this.sockets.setHttp2(socket);
      this.connections.add(new Http2ServerConnection(socket, this));
    } else {
      const { keepaliveIntervalMs } = this.limits;
      if (Number.isFinite(keepaliveIntervalMs)) socket.setKeepAlive(true, keepaliveIntervalMs);
      this.calls.ages.add(socket);
      reportHttp1(socket);
      this.http.emit("connection", socket);
    }
  }

  get largestRequest(): number {
    return this.router.largestRequest;
  }

  request(stream: Http2ServerStream): void {
    const { router } = this;
    if (stream.http.sendBytes > this.limits.maxConnectionBytes) {
      stream.reset(ErrorCode.enhanceYourCalm);
      return;
    }
    const ours = this.fallback.listener === undefined || router.owns(stream.path);
    const sink = router.handle(stream, stream) ?? (ours ? router.notFound(stream, stream) : this.passOn(stream));
    if (sink !== undefined) stream.start(sink);
  }

  /** Hands a request over HTTP/2 to the fallback. */
  passOn(stream: Http2ServerStream): Http1Passage | undefined {
    const { bodyLength } = stream;
    const head = http1Head(stream, bodyLength);
    if (head === undefined) {
      stream.respond(400, new HeaderMap());
      return undefined;
    }
    const passage = new Http1Passage(stream, head, bodyLength < 0);
    this.http.emit("connection", passage.socket);
    return passage;
  }

  opened(): void {
    this.calls.opened();
  }

  closed(): void {
    this.calls.closed();
  }

  connectionClosed(connection: Http2ServerConnection): void {
    this.connections.delete(connection);
  }

  onRequest(request: IncomingMessage, response: ServerResponse): void {
    if (!admit(request, response)) return;
    // What came over HTTP/2 has been counted there.
    const passed = isPassage(request.socket);
    const excess = passed ? undefined : headExcess(request, this.limits);
    if (excess !== undefined) {
      refuseHead(request, response, excess);
      return;
    }
    if (!passed) {
      const path = targetPath(request.url ?? "");
      const ours = this.fallback.listener === undefined || this.router.owns(path);
      if (dispatchH1(this.router, this.calls, request, response, path, "", ours, true)) return;
    }
    if (this.calls.draining) response.setHeader("connection", "close");
    this.fallback.run(request, response);
  }
}
