import http2, { type ClientHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { HttpRemote } from "../http/http-client.js";
import type { ClientConfig } from "./client-options.js";
import { peerTls } from "./peer-certificate.js";
import { ResetBudget } from "./reset-budget.js";
import { SessionWatch, sessionsFallSilent } from "./silent-session.js";
import { socketAddress } from "./socket-address.js";

/** How long a server may take for its first SETTINGS frame. */
const settingsTimeoutMs = 10_000;
const lastUsedStreamId = 0x7fff_0000;
const maxSessionMegabytes = 4_000;
/** 64 KiB: a quarter of the frames of HTTP/2's default. */
const maxFrameSize = 65_536;

/** What a pool wants to know of its sessions. */
export interface H2SessionOwner {
  /** The server's SETTINGS came: requests may be sent. */
  ready(session: H2Session): void;
  /** A stream ended, or the server allows more of them. */
  available(session: H2Session): void;
  /** No new request may be put on it. Called once. */
  retired(session: H2Session): void;
}

/** A client's HTTP/2 connection: its limits, its timers, its end. */
export class H2Session {
  readonly native: ClientHttp2Session;
  readonly remote: HttpRemote;
  readonly owner: H2SessionOwner;
  readonly config: ClientConfig;
  /** Streams that are open. */
  active: number;
  maxActive: number;
  ready: boolean;
  usable: boolean;
  /** From GOAWAY: requests on higher streams were not processed. */
  lastStreamId: number | undefined;
  /** Why the connection died, when it did. */
  failure: unknown;
  idleSince: number;
  readonly resets: ResetBudget;
  readonly timers: Set<ReturnType<typeof setTimeout>>;
  readonly watch: SessionWatch | undefined;

  constructor(socket: Socket, config: ClientConfig, owner: H2SessionOwner) {
    this.owner = owner;
    this.config = config;
    this.active = 0;
    this.maxActive = 0;
    this.ready = false;
    this.usable = true;
    this.lastStreamId = undefined;
    this.failure = undefined;
    this.idleSince = Date.now();
    this.resets = new ResetBudget();
    this.timers = new Set();
    this.remote = remoteOf(socket, config.secure);
    const native = http2.connect(config.origin, {
      createConnection: () => socket,
      maxHeaderListPairs: config.maxHeaderPairs,
      // Most of it is what the caller gave to send. At Node's default of 10 MB responses would be reset.
      maxSessionMemory: maxSessionMegabytes,
      settings: {
        enablePush: false,
        initialWindowSize: config.streamWindowBytes,
        maxFrameSize,
        maxHeaderListSize: config.maxHeaderBytes,
      },
    });
    this.native = native;
    this.watch = sessionsFallSilent ? this.createWatch(socket) : undefined;
    native.once("connect", () => {
      // Node has no setting for it, and HTTP/2's default of 64 KiB is less than one stream's window.
      // Bun has no such method.
      native.setLocalWindowSize?.(config.connectionWindowBytes);
    });
    native.on("remoteSettings", (settings) => this.onSettings(settings.maxConcurrentStreams));
    native.on("goaway", (code, lastStreamId) => this.onGoaway(code, lastStreamId));
    native.on("error", (error) => {
      this.failure ??= error;
    });
    native.on("close", () => this.onClose());
    // A TLS alert, as for a missing client certificate, destroys the session without an event and leaves the socket open.
    socket.once("error", (error) => {
      this.failure ??= error;
      setImmediate(() => socket.destroy());
    });
    socket.once("close", () => this.onClose());
    this.after(settingsTimeoutMs, () => {
      if (!this.ready) this.destroy(new Error(`the server sent no SETTINGS frame within ${settingsTimeoutMs} ms`));
    });
    if (config.maxConnectionAgeMs !== undefined) this.after(config.maxConnectionAgeMs, () => this.retire());
  }

  createWatch(socket: Socket): SessionWatch {
    return new SessionWatch(
      this.native,
      socket,
      () => this.active > 0,
      () => this.destroy(new Error("the server broke the rules of HTTP/2")),
    );
  }

  /** Whether a request can be sent now. */
  hasRoom(): boolean {
    if (!this.ready || !this.usable || this.active >= this.maxActive) return false;
    // It may be dead and its `close` event still to come.
    return !this.native.closed && !this.native.destroyed;
  }

  /** @param streamId - of the stream that was opened */
  acquire(streamId: number | undefined): void {
    // An idle connection does not keep the process alive, a call does.
    if (this.active++ === 0) this.native.ref();
    this.watch?.start();
    // The ids of streams run out in the end (RFC 9113 section 5.1.1).
    if (streamId !== undefined && streamId > lastUsedStreamId) this.retire();
  }

  release(): void {
    if (--this.active === 0) {
      this.idleSince = Date.now();
      this.native.unref();
      if (!this.usable) this.native.close();
    }
    this.owner.available(this);
  }

  /** A stream is reset. A server ends a connection with too many of them, and its other calls would be lost. */
  streamReset(): void {
    if (!this.resets.spend()) this.retire();
  }

  /** Takes no new request, and closes after the last one. */
  retire(): void {
    if (!this.usable) return;
    this.usable = false;
    this.owner.retired(this);
    if (this.active === 0) this.native.close();
  }

  destroy(error: Error): void {
    this.failure ??= error;
    this.native.destroy(error);
  }

  onSettings(maxConcurrentStreams: number | undefined): void {
    this.maxActive = maxConcurrentStreams ?? Number.POSITIVE_INFINITY;
    if (this.ready) {
      this.owner.available(this);
      return;
    }
    this.ready = true;
    this.watchIdle();
    if (this.config.pingIntervalMs !== undefined) this.ping(this.config.pingIntervalMs);
    this.owner.ready(this);
    if (this.active === 0) this.native.unref();
  }

  onGoaway(code: number, lastStreamId: number): void {
    this.lastStreamId = lastStreamId;
    if (code !== 0) this.failure ??= new Error(`the server sent GOAWAY with code ${code}`);
    this.retire();
  }

  onClose(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
    this.watch?.stop();
    if (!this.usable) return;
    this.usable = false;
    this.owner.retired(this);
  }

  /** One timer that looks whether the connection was idle, rather than one for each time that it becomes idle. */
  watchIdle(): void {
    const idleMs = this.config.idleTimeoutMs;
    const wait = this.active > 0 ? idleMs : this.idleSince + idleMs - Date.now();
    if (wait > 0) this.after(wait, () => this.watchIdle());
    else this.retire();
  }

  ping(intervalMs: number): void {
    this.after(intervalMs, () => {
      if (this.active === 0 || this.native.destroyed) {
        this.ping(intervalMs);
        return;
      }
      const late = this.after(this.config.pingTimeoutMs, () => {
        this.destroy(new Error(`the server answered no ping within ${this.config.pingTimeoutMs} ms`));
      });
      this.native.ping(() => {
        this.cancelTimer(late);
        if (!this.native.destroyed) this.ping(intervalMs);
      });
    });
  }

  after(ms: number, run: () => void): ReturnType<typeof setTimeout> {
    const timer = setTimeout(
      () => {
        this.timers.delete(timer);
        run();
      },
      Math.min(ms, 0x7fff_ffff),
    );
    timer.unref();
    this.timers.add(timer);
    return timer;
  }

  cancelTimer(timer: ReturnType<typeof setTimeout>): void {
    clearTimeout(timer);
    this.timers.delete(timer);
  }
}

export function remoteOf(socket: Socket, secure: boolean): HttpRemote {
  const address = socketAddress(socket);
  return secure ? { address, httpVersion: "2", tls: peerTls(socket as TLSSocket) } : { address, httpVersion: "2" };
}
