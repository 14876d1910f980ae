import type { Socket } from "node:net";
import type { HttpFailure } from "../../http/http-failure.js";
import { OldestFirst } from "../../http2/oldest-first.js";
import { afterInBackground, cancel, now, random, type Timer } from "../../time.js";
import { connectFailure } from "../failure.js";
import { outsideCalls } from "../outside-calls.js";
import type { Dial, Dialer } from "./dialer.js";
import { H2Connection, type H2ConnectionOwner } from "./h2-connection.js";
import type { ClientConfig } from "./options.js";

/** gRPC's connection backoff: from 1 s by a factor of 1.6 to 120 s, each 20 % more or less. */
const firstBackoffMs = 1_000;
const backoffFactor = 1.6;
const longestBackoffMs = 120_000;
const jitter = 0.2;

/** A request that wants a connection. It gets one of the two calls, unless it is removed before. */
export interface H2Waiter {
  open(connection: H2Connection): void;
  fail(failure: HttpFailure): void;
}

/** The HTTP/2 connections of a client, and the requests that wait for one. */
export class H2Pool implements H2ConnectionOwner {
  readonly config: ClientConfig;
  readonly dialer: Dialer;
  pingIntervalMs: number | undefined;
  greeted: boolean;
  /** Connections that take requests, the oldest first. */
  readonly connections: H2Connection[];
  readonly waiting: OldestFirst<H2Waiter>;
  dialing: Dial | undefined;
  closed: boolean;
  /** How many connections in a row were of no use, until when no other is tried, and why not. */
  failures: number;
  retryAt: number;
  lastFailure: HttpFailure | undefined;
  /** Until another connection may be tried, while calls wait for those that there are. */
  growing: Timer | undefined;
  /** Is told when no connection could be made: the server may not agree to HTTP/2 any more. */
  onConnectFailed: (() => void) | undefined;

  constructor(dialer: Dialer) {
    const { config } = dialer;
    this.config = config;
    this.dialer = dialer;
    this.pingIntervalMs = config.pingIntervalMs;
    this.greeted = false;
    this.connections = [];
    this.waiting = new OldestFirst();
    this.dialing = undefined;
    this.closed = false;
    this.failures = 0;
    this.retryAt = 0;
    this.lastFailure = undefined;
    this.growing = undefined;
    this.onConnectFailed = undefined;
  }

  /** Gives the request a connection: now when one has room, later else. */
  acquire(waiter: H2Waiter): void {
    const { connections } = this;
    for (let i = 0; i < connections.length; i++) {
      const connection = connections[i] as H2Connection;
      if (connection.hasRoom) {
        waiter.open(connection);
        return;
      }
    }
    this.waiting.add(waiter);
    if (this.waiting.size === 1) this.hold();
    this.grow();
  }

  remove(waiter: H2Waiter): void {
    this.waiting.delete(waiter);
    this.hold();
    this.closeIdle();
  }

  /** Opens a connection when the requests that wait would not find room on those that are there or on their way. */
  grow(): void {
    const { config, connections, lastFailure } = this;
    if (this.waiting.size === 0 || this.dialing !== undefined || connections.length >= config.maxConnections) return;
    // A server that allows no requests at all on a connection would allow none on another.
    if (connections.some(({ ready, connection }) => !ready || connection.peer.maxConcurrentStreams === 0)) return;
    if (lastFailure !== undefined && now() < this.retryAt) {
      if (connections.length === 0) queueMicrotask(() => this.failWaiting(lastFailure));
      // Other connections may have room before, or have calls that never end.
      else this.growLater();
      return;
    }
    this.connect();
  }

  growLater(): void {
    this.growing ??= outsideCalls(() =>
      afterInBackground(Math.ceil(this.retryAt - now()), () => {
        this.growing = undefined;
        this.grow();
      }),
    );
  }

  connect(): void {
    this.dialing = this.dialer.dial(["h2"], (error, socket) => {
      this.dialing = undefined;
      if (socket === undefined) this.connectFailed(error);
      else this.adopt(socket);
      this.closeIdle();
    });
  }

  /** Takes a connected socket. */
  adopt(socket: Socket): void {
    if (this.config.secure && (socket as { alpnProtocol?: unknown }).alpnProtocol !== "h2") {
      socket.destroy();
      this.connectFailed('the server did not agree to HTTP/2: use http: "auto" or "1.1"');
      return;
    }
    this.connections.push(new H2Connection(socket, this));
  }

  available(connection: H2Connection): void {
    while (this.waiting.size > 0 && connection.hasRoom) {
      this.waiting.shift()?.open(connection);
      this.hold();
    }
    this.grow();
    this.closeIdle();
  }

  /** Connections keep the process alive while calls wait for one. */
  hold(): void {
    if (this.waiting.size <= 1) for (const connection of this.connections) connection.hold();
  }

  retired(connection: H2Connection, byServer: boolean): void {
    const index = this.connections.indexOf(connection);
    if (index >= 0) this.connections.splice(index, 1);
    if (connection.useful) {
      this.failures = 0;
      this.lastFailure = undefined;
    }
    if (!connection.ready) {
      this.connectFailed(connection.failure ?? "the connection was closed");
      return;
    }
    if (byServer && this.waiting.size > 0 && connection.active === 0) this.wasNoUse(connection);
    this.grow();
  }

  wasNoUse(connection: H2Connection): void {
    // While it has other calls, they may be answered yet.
    if (connection.useful || connection.useless || connection.active > 1) return;
    connection.useless = true;
    // A server that answers each connection with its end is not asked again and again.
    if (++this.failures > 1) this.backOff(connection.failure ?? "the server closes its connections");
  }

  connectFailed(reason: unknown): void {
    this.failures++;
    const failure = this.backOff(reason);
    if (this.connections.length > 0) {
      // On the other connections there will be room.
      this.grow();
      return;
    }
    this.onConnectFailed?.();
    this.failWaiting(failure);
  }

  backOff(reason: unknown): HttpFailure {
    const failure = connectFailure(this.config.origin, reason);
    const delay = Math.min(longestBackoffMs, firstBackoffMs * backoffFactor ** (this.failures - 1));
    this.lastFailure = failure;
    this.retryAt = now() + delay * (1 + jitter * (2 * random() - 1));
    return failure;
  }

  failWaiting(failure: HttpFailure): void {
    for (const waiter of this.waiting.takeAll()) waiter.fail(failure);
    this.closeIdle();
  }

  /** Takes no more calls: connections close after their last one, and stay as long as calls wait for one. */
  close(): void {
    this.closed = true;
    this.closeIdle();
  }

  closeIdle(): void {
    if (!this.closed || this.waiting.size > 0) return;
    this.dialing?.giveUp();
    this.dialing = undefined;
    cancel(this.growing);
    this.growing = undefined;
    for (const connection of [...this.connections]) connection.retire();
  }
}
