import net, { type LookupFunction, type Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { after, cancel, nextTurn, type Timer } from "../../time.js";
import { builtin } from "../builtin.js";
import { outsideCalls } from "../outside-calls.js";
import { guardSocket } from "../platform/socket.js";
import type { ClientConfig } from "./options.js";
import { isDirect, throughProxy, withoutTls } from "./proxy.js";
import { type Attempts, addressesOf, raceAddresses } from "./race-addresses.js";

/** Is called once: with an error, or with a connection that is ready, TLS handshake included. */
export type Dialed = (error: unknown, socket: Socket | undefined) => void;

/** The platform's, which an address does without. */
const lookup: LookupFunction = (host, options, done) => builtin("node:dns").lookup(host, options, done);

/** Makes the connections of a client, for every HTTP version: the one place that knows of names, addresses, proxies and TLS. */
export class Dialer {
  readonly config: ClientConfig;
  /** The TLS session to resume, and the options of the connection that it is from: with others it may not be what they allow. */
  session: Buffer | undefined;
  sessionOptions: ConnectionOptions | undefined;

  constructor(config: ClientConfig) {
    this.config = config;
    this.session = undefined;
    this.sessionOptions = undefined;
  }

  /**
   * @param alpn - for TLS: the application protocols to offer, first is preferred
   * @param done - is called once, never before this function has returned, and not at all when the dial is given up
   */
  dial(alpn: readonly string[], done: Dialed): Dial {
    return outsideCalls(() => {
      const dial = new Dial(this.config.connectTimeoutMs, done);
      this.open(dial, alpn).then(
        (socket) => dial.ready(socket),
        (error: unknown) => dial.end(error),
      );
      return dial;
    });
  }

  async open(dial: Dial, alpn: readonly string[]): Promise<Socket> {
    const socket = await this.reach(dial);
    const { tls: source } = this.config;
    if (source === undefined) return socket;
    return this.secure(dial, socket, typeof source === "function" ? await source() : source, alpn);
  }

  async reach(dial: Dial): Promise<Socket> {
    const { host, port, socketPath, createConnection, proxy, noProxy } = this.config;
    if (createConnection !== undefined) return dial.connected(await createConnection({ host, port }));
    if (socketPath !== undefined) return dial.connected(net.connect({ path: socketPath }));
    if (proxy === undefined || isDirect(noProxy, host, port)) return this.race(dial, host, port);
    const socket = await this.race(dial, proxy.host, proxy.port);
    return throughProxy(proxy, host, port, () => (proxy.secure ? this.secureProxy(dial, socket, proxy.host) : socket));
  }

  async race(dial: Dial, host: string, port: number): Promise<Socket> {
    const addresses = await addressesOf(host, this.config.lookup ?? lookup);
    return raceAddresses(addresses, port, this.config.connectionAttemptDelayMs, dial);
  }

  secureProxy(dial: Dial, under: Socket, host: string): Promise<Socket> {
    const { proxyTls } = this.config;
    // An address has no server name, as below.
    const servername = net.isIP(host) === 0 ? host : "";
    const socket = builtin("node:tls").connect({
      servername,
      ...proxyTls,
      host,
      socket: under,
      ALPNProtocols: ["http/1.1"],
    });
    dial.own(socket);
    return when(socket, "secureConnect", withoutTls);
  }

  secure(dial: Dial, under: Socket, options: ConnectionOptions, alpn: readonly string[]): Promise<Socket> {
    const { host, socketPath } = this.config;
    // RFC 6066 section 3: a server name is never an address.
    const servername = socketPath === undefined && net.isIP(host) !== 0 ? "" : host;
    const session = this.sessionOptions === options ? this.session : undefined;
    const socket = builtin("node:tls").connect({
      servername,
      session,
      ...options,
      host,
      socket: under,
      ALPNProtocols: [...alpn],
    });
    socket.on("session", (resumable: Buffer) => {
      this.session = resumable;
      this.sessionOptions = options;
    });
    dial.own(socket);
    return when(socket, "secureConnect", cutHandshake);
  }
}

/** A connection that is being made. */
export class Dial implements Attempts {
  readonly sockets: Set<Socket>;
  readonly timer: Timer;
  done: Dialed | undefined;

  constructor(timeoutMs: number, done: Dialed) {
    this.sockets = new Set();
    this.done = done;
    const late = (): void => this.end(new Error(`no answer within ${timeoutMs} ms`));
    // This process may have been too busy to see what came in time.
    this.timer = after(timeoutMs, () =>
      nextTurn(() => {
        if (!this.over) late();
      }),
    );
  }

  get over(): boolean {
    return this.done === undefined;
  }

  own(socket: Socket): void {
    guardSocket(socket);
    this.sockets.add(socket);
    if (this.over) socket.destroy();
  }

  connected(socket: Socket): Promise<Socket> {
    this.own(socket);
    socket.setNoDelay(true);
    return socket.connecting ? when(socket, "connect") : Promise.resolve(socket);
  }

  ready(socket: Socket): void {
    if (this.over) return;
    if (socket.destroyed) this.end(new Error("the connection was closed before it was ready"));
    else this.finish(undefined, socket);
  }

  end(error: unknown): void {
    this.finish(error, undefined);
    for (const socket of this.sockets) socket.destroy();
  }

  /** Nobody wants it any more. */
  giveUp(): void {
    this.done = undefined;
    this.end(undefined);
  }

  finish(error: unknown, socket: Socket | undefined): void {
    cancel(this.timer);
    const { done } = this;
    this.done = undefined;
    done?.(error, socket);
  }
}

function when(socket: Socket, event: string, explain?: (cause: unknown) => unknown): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const onError = (error: unknown): void => settle(() => reject(explain?.(error) ?? error));
    const onClose = (): void => onError(new Error("the connection was closed before it was ready"));
    const onReady = (): void => settle(() => resolve(socket));
    const settle = (how: () => void): void => {
      socket.removeListener(event, onReady);
      socket.removeListener("error", onError);
      socket.removeListener("close", onClose);
      how();
    };
    socket.on(event, onReady);
    socket.on("error", onError);
    socket.on("close", onClose);
  });
}

/** A server that resets or closes the connection while TLS is agreed on may have none. */
function cutHandshake(cause: unknown): unknown {
  if ((cause as { code?: unknown }).code !== "ECONNRESET") return cause;
  return new Error(
    'the server closed the connection during the TLS handshake: if it has no TLS there, baseUrl begins with "http:"',
    { cause },
  );
}
