import type { Socket } from "node:net";
import type { HttpFailure } from "../http/http-failure.js";
import type { ClientConfig } from "./client-options.js";
import { connectFailure, lostFailure } from "./failure.js";
import { H2Session, type H2SessionOwner } from "./h2-session.js";
import { openSocket } from "./open-socket.js";

/** A request that wants a session. It gets one of the two calls, unless it is removed before. */
export interface H2Waiter {
  open(session: H2Session): void;
  fail(failure: HttpFailure): void;
}

/** The HTTP/2 connections of a client, and the requests that wait for one. */
export class H2Pool implements H2SessionOwner {
  readonly config: ClientConfig;
  /** Sessions that take requests, the oldest first. */
  readonly sessions: H2Session[];
  readonly waiting: Set<H2Waiter>;
  connecting: number;
  closed: boolean;
  /** Is told when no connection could be made: the server may not agree to HTTP/2 any more. */
  onConnectFailed: (() => void) | undefined;

  constructor(config: ClientConfig) {
    this.config = config;
    this.sessions = [];
    this.waiting = new Set();
    this.connecting = 0;
    this.closed = false;
    this.onConnectFailed = undefined;
  }

  /** Gives the request a session: now when one has room, later else. */
  acquire(waiter: H2Waiter): void {
    for (const session of this.sessions) {
      if (session.hasRoom()) {
        waiter.open(session);
        return;
      }
    }
    this.waiting.add(waiter);
    this.grow();
  }

  remove(waiter: H2Waiter): void {
    this.waiting.delete(waiter);
  }

  /** Opens a connection when the requests that wait would not find room on those that are on their way. */
  grow(): void {
    if (this.connecting > 0 || this.waiting.size === 0 || this.sessions.length >= this.config.maxConnections) return;
    if (this.sessions.some((session) => !session.ready)) return;
    this.connecting++;
    openSocket(
      {
        host: this.config.host,
        port: this.config.port,
        socketPath: this.config.socketPath,
        tls: this.config.tls,
        alpn: ["h2"],
        timeoutMs: this.config.connectTimeoutMs,
      },
      (error, socket) => {
        this.connecting--;
        if (socket === undefined) this.connectFailed(error);
        else this.adopt(socket);
      },
    );
  }

  /** Takes a connected socket. */
  adopt(socket: Socket): void {
    if (this.config.secure && (socket as { alpnProtocol?: unknown }).alpnProtocol !== "h2") {
      socket.destroy();
      this.connectFailed('the server did not agree to HTTP/2: use http: "auto" or "1.1"');
      return;
    }
    if (this.closed) {
      socket.destroy();
      return;
    }
    this.sessions.push(new H2Session(socket, this.config, this));
  }

  ready(session: H2Session): void {
    this.available(session);
  }

  available(session: H2Session): void {
    for (const waiter of this.waiting) {
      if (!session.hasRoom()) break;
      this.waiting.delete(waiter);
      waiter.open(session);
    }
    this.grow();
  }

  retired(session: H2Session): void {
    const index = this.sessions.indexOf(session);
    if (index >= 0) this.sessions.splice(index, 1);
    // One that died before it was ready would only be tried again, and again.
    if (!session.ready)
      this.failWaiting(connectFailure(this.config.origin, session.failure ?? "the connection was closed"));
    else this.grow();
  }

  connectFailed(reason: unknown): void {
    this.onConnectFailed?.();
    this.failWaiting(connectFailure(this.config.origin, reason));
  }

  failWaiting(failure: HttpFailure): void {
    const failed = [...this.waiting];
    this.waiting.clear();
    for (const waiter of failed) waiter.fail(failure);
  }

  close(): void {
    this.closed = true;
    this.failWaiting(lostFailure("the client was closed", undefined, true));
    for (const session of [...this.sessions]) session.retire();
  }
}
