import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { HttpRemote } from "../../http/http-client.js";
import { ClientConnection, type ConnectionEnd, ErrorCode, type Goaway } from "../../http2/index.js";
import { RateCounter } from "../../http2/limits.js";
import { afterInBackground, cancel, nextTurn, now, type Timer } from "../../time.js";
import { messageOf, mistakenServer, silentServer } from "../failure.js";
import { frameLog } from "../frame-log.js";
import { Http2Host } from "../http2-host.js";
import { outsideCalls } from "../outside-calls.js";
import { peerTls } from "../peer-certificate.js";
import { socketAddress } from "../socket-address.js";
import { closingIsHeard, tell } from "./events.js";
import type { ClientConfig } from "./options.js";

const longestMs = 0x7fff_ffff;
/** What a stream may be sent before anything is read, where it is not to be less. */
const defaultWindow = 65_536;
/**
 * nghttp2, and so every server on Node, lets a client reset 1000 streams of a connection, and 33 more in each second, before it
 * ends it with all its calls (the answer to CVE-2023-44487). Half of it is for the calls that are open when the connection is
 * given up.
 */
const ownResets = { burst: 500, perSecond: 33 };

/** What a pool wants to know of its connections. */
export interface H2ConnectionOwner {
  readonly config: ClientConfig;
  /** The calls that have no connection yet. */
  readonly waiting: { readonly size: number };
  /** How often to ping, in milliseconds; a server that finds it too often is heeded. */
  pingIntervalMs: number | undefined;
  /** The server has spoken HTTP/2 before. */
  greeted: boolean;
  /** Requests can go: the server's SETTINGS came, or a stream ended. */
  available(connection: H2Connection): void;
  /** It takes no new requests, because of the server or of this side. Called once. */
  retired(connection: H2Connection, byServer: boolean): void;
  /** It ended under a call that had no answer yet. */
  wasNoUse(connection: H2Connection): void;
}

/** A client's HTTP/2 connection in its pool: when it is idle, too old, silent or over. */
export class H2Connection extends Http2Host {
  readonly connection: ClientConnection;
  readonly owner: H2ConnectionOwner;
  readonly remote: HttpRemote;
  /** Calls that are open. */
  active: number;
  ready: boolean;
  /** The server has answered a call. */
  useful: boolean;
  /** Its pool knows that it was of no use. */
  useless: boolean;
  retired: boolean;
  idleSince: number;
  /** It has had a call. */
  used: boolean;
  /** What the server said first. */
  firstBytes: Uint8Array | undefined;
  /** The server answered no ping. */
  silent: boolean;
  readonly resets: RateCounter;
  readonly timers: Set<Timer>;

  constructor(socket: Socket, owner: H2ConnectionOwner) {
    super(socket);
    const { config } = owner;
    this.owner = owner;
    this.remote = remoteOf(socket, config.secure);
    this.active = 0;
    this.ready = false;
    this.useful = false;
    this.useless = false;
    this.retired = false;
    this.idleSince = now();
    this.used = false;
    this.firstBytes = undefined;
    this.silent = false;
    this.resets = new RateCounter(ownResets, this.idleSince);
    this.timers = new Set();
    this.connection = new ClientConnection(this, {
      now: this.idleSince,
      observer: frameLog("client"),
      initialWindow: Math.min(config.streamWindowBytes, defaultWindow),
      maxStreamWindow: config.streamWindowBytes,
      budget: config.connectionWindowBytes,
      reserve: config.streamWindowBytes,
      limits: {
        ...config.http2Limits,
        maxHeaderBytes: config.maxHeaderBytes,
        maxHeaderPairs: config.maxHeaderPairs,
        // It is this side that asked for what it holds.
        maxHeldBytes: Number.MAX_SAFE_INTEGER,
      },
    });
    socket.once("data", (bytes: Uint8Array) => {
      this.firstBytes = bytes.slice(0, 16);
    });
    this.listen();
  }

  /** Whether a request can go at once. */
  get hasRoom(): boolean {
    return this.ready && !this.retired && this.connection.freeStreams > 0;
  }

  /** Whether calls are open, or wait for it. */
  get wanted(): boolean {
    return this.active > 0 || this.owner.waiting.size > 0;
  }

  /** Keeps the process alive while it is wanted. */
  hold(): void {
    if (this.wanted) this.socket.ref();
    else this.socket.unref();
  }

  /** A call begins. An idle connection does not keep the process alive, a call does. */
  acquire(): void {
    if (this.used) tell("connection-reused", this.owner.config.origin, this.remote);
    this.used = true;
    if (this.active++ === 0) this.socket.ref();
    if (!this.connection.acceptsRequests) this.retire();
  }

  release(): void {
    if (--this.active === 0) {
      this.idleSince = now();
      this.hold();
    }
    this.owner.available(this);
  }

  /** A call is broken off. A server ends a connection with too many of them, and its other calls would be lost. */
  streamReset(): void {
    if (!this.resets.add(now())) this.retire();
  }

  /** Takes no new calls, and closes after the last one. */
  retire(): void {
    if (this.retired) return;
    this.retired = true;
    this.connection.shutdown();
    this.owner.retired(this, false);
  }

  settings(): void {
    if (!this.ready) {
      this.ready = true;
      this.owner.greeted = true;
      tell("connection-opened", this.owner.config.origin, this.remote);
      this.hold();
      this.watchIdle();
      const { maxConnectionAgeMs } = this.owner.config;
      if (maxConnectionAgeMs !== undefined) this.after(maxConnectionAgeMs, () => this.retire());
      this.watchSilence();
    }
    this.owner.available(this);
  }

  goaway(goaway: Goaway): void {
    const { owner } = this;
    tell("goaway", owner.config.origin, this.remote, { code: goaway.code, debug: goaway.debug });
    if (goaway.code === ErrorCode.enhanceYourCalm && goaway.debug.includes("too_many_pings")) {
      // gRFC A8.
      if (owner.pingIntervalMs !== undefined) owner.pingIntervalMs = Math.min(owner.pingIntervalMs * 2, longestMs);
    }
    // After an error it should close the connection. Servers on Node's HTTP/2 do not, and say nothing more: calls would wait for ever.
    if (goaway.code !== ErrorCode.noError && this.active > 0) this.askForLife(() => undefined);
    if (this.retired) return;
    this.retired = true;
    owner.retired(this, true);
  }

  ended(end: ConnectionEnd): void {
    for (const timer of this.timers) cancel(timer);
    this.timers.clear();
    if (!this.ready && end.code !== ErrorCode.settingsTimeout) this.failure = this.mistaken(end) ?? this.failure;
    this.failure ??= end.cause ?? (end.message === "" ? undefined : end.message);
    if (this.ready && closingIsHeard()) {
      const reason = this.failure === undefined ? "" : messageOf(this.failure);
      tell("connection-closed", this.owner.config.origin, this.remote, { reason });
    }
    if (this.retired) return;
    this.retired = true;
    this.owner.retired(this, true);
  }

  /** What is likely wrong with a server that has not begun as one of HTTP/2 does. */
  mistaken({ by }: ConnectionEnd): string | undefined {
    const { owner, firstBytes } = this;
    if (firstBytes === undefined) return owner.greeted || owner.config.secure ? undefined : silentServer["2"];
    return mistakenServer(firstBytes, "2") ?? (by === "local" ? "the server does not speak HTTP/2 here" : undefined);
  }

  /** One timer that looks whether the connection was idle, rather than one for each time that it becomes idle. */
  watchIdle(): void {
    const { idleTimeoutMs } = this.owner.config;
    const wait = this.wanted ? idleTimeoutMs : this.idleSince + idleTimeoutMs - now();
    if (wait > 0) this.after(wait, () => this.watchIdle());
    else this.retire();
  }

  /** Pings a server that is silent while calls are open, or wait for it. */
  watchSilence(): void {
    const intervalMs = this.owner.pingIntervalMs;
    if (intervalMs === undefined) return;
    const silentMs = now() - this.connection.lastReceivedAt;
    if (!this.wanted || silentMs < intervalMs) {
      this.after(!this.wanted ? intervalMs : intervalMs - silentMs, () => this.watchSilence());
      return;
    }
    this.askForLife(() => this.watchSilence());
  }

  /** Pings the server, and gives the connection up when nothing comes. */
  askForLife(alive: () => void): void {
    // Settled by the answer or by its delay, whichever comes first.
    let open = true;
    const asked = now();
    this.connection.tick(asked, false);
    this.connection.ping(() => {
      if (open) alive();
      open = false;
    });
    this.after(this.owner.config.pingTimeoutMs, () => {
      // This process may have been busy: what has come meanwhile is read first.
      if (!open) return;
      nextTurn(() => {
        if (open) this.pingIsLate(asked, alive);
        open = false;
      });
    });
  }

  pingIsLate(asked: number, alive: () => void): void {
    if (this.over) return;
    if (this.connection.lastReceivedAt > asked) alive();
    else {
      const { pingTimeoutMs } = this.owner.config;
      this.silent = true;
      this.connection.transportLost(new Error(`the server answered no ping within ${pingTimeoutMs} ms`));
    }
  }

  after(ms: number, run: () => void): void {
    const fired = (): void => {
      this.timers.delete(timer);
      if (!this.over) run();
    };
    const timer = outsideCalls(() => afterInBackground(Math.min(Math.max(ms, 1), longestMs), fired));
    this.timers.add(timer);
  }
}

function remoteOf(socket: Socket, secure: boolean): HttpRemote {
  const address = socketAddress(socket);
  return secure ? { address, httpVersion: "2", tls: peerTls(socket as TLSSocket) } : { address, httpVersion: "2" };
}
