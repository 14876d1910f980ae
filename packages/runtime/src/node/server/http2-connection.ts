import type { Socket } from "node:net";
import {
  type ConnectionEnd,
  ErrorCode,
  errorName,
  type Goaway,
  type Http2Stream,
  ServerConnection,
  type ServerHost,
} from "../../http2/index.js";
import { afterInBackground, cancel, nextTurn, now, type Timer } from "../../time.js";
import { frameLog } from "../frame-log.js";
import { Http2Host } from "../http2-host.js";
import { outsideCalls } from "../outside-calls.js";
import { withJitter } from "./connection-age.js";
import { type ConnectionReport, reportConnection } from "./diagnostics.js";
import { type Http2Acceptor, Http2ServerStream, type Http2StreamHost } from "./http2-stream.js";
import type { ServeLimits } from "./options.js";

/** GOAWAY (RFC 9113 section 6.8). */
const goawayFrame = 7;

/** A server, as its HTTP/2 connections see it. */
export interface Http2ConnectionOwner extends Http2Acceptor {
  readonly limits: ServeLimits;
  /** What the largest message may take, in bytes. */
  readonly largestRequest: number;
  connectionClosed(connection: Http2ServerConnection): void;
}

/** A client's HTTP/2 connection to a server. */
export class Http2ServerConnection extends Http2Host implements ServerHost, Http2StreamHost {
  readonly connection: ServerConnection;
  readonly acceptor: Http2ConnectionOwner;
  readonly report: ConnectionReport | undefined;
  active: number;
  idleSince: number;
  /** When it is too old, and when its calls have to have ended then. */
  endAt: number;
  cutAt: number;
  /** A PING is out that asks whether the client is still there. */
  asking: boolean;

  constructor(socket: Socket, acceptor: Http2ConnectionOwner) {
    super(socket);
    const { limits } = acceptor;
    this.acceptor = acceptor;
    this.report = reportConnection(socket, "2");
    this.active = 0;
    this.idleSince = now();
    this.endAt = this.idleSince + withJitter(limits.maxConnectionAgeMs);
    this.cutAt = Number.POSITIVE_INFINITY;
    this.asking = false;
    this.connection = new ServerConnection(this, {
      now: this.idleSince,
      observer: frameLog("server", this.report && { frame: (direction, type) => this.sawFrame(direction, type) }),
      initialWindow: limits.streamWindowBytes,
      budget: limits.connectionWindowBytes,
      reserve: Math.min(acceptor.largestRequest + 1024, 0x3fff_ffff),
      maxConcurrentStreams: limits.maxConcurrentStreams,
      settingsTimeoutMs: limits.settingsTimeoutMs,
      stalledTimeoutMs: limits.stalledWriterTimeoutMs,
      limits: {
        ...limits.http2Limits,
        maxHeaderBytes: limits.maxHeaderBytes,
        maxHeaderPairs: limits.maxHeaderPairs,
        // What all streams may have, so that no honest client is cut off.
        maxHeldBytes:
          limits.maxConcurrentStreams * limits.streamWindowBytes +
          limits.connectionWindowBytes +
          acceptor.largestRequest,
      },
    });
    this.listen();
  }

  /** What waits for the client to take it, in bytes. */
  get sendBytes(): number {
    return this.connection.queue.bytes + this.connection.unsentBytes;
  }

  get takesHeaderBytes(): number {
    return this.connection.peer.maxHeaderListSize;
  }

  accept(): Http2Stream {
    this.active++;
    return new Http2ServerStream(this);
  }

  goaway({ code, debug }: Goaway): void {
    // An error is the client's last word: what it has not finished does not come any more.
    if (code === ErrorCode.noError) return;
    const text = debug === "" ? "" : `: ${debug}`;
    this.connection.transportLost(new Error(`the client ended the connection with ${errorName(code)}${text}`));
  }

  /** Looks after the connection, now and then. */
  look(time: number): void {
    const { connection, acceptor } = this;
    const { limits } = acceptor;
    connection.tick(time, false);
    if (this.active === 0 && this.idleSince <= time - limits.idleTimeoutMs) connection.shutdown();
    if (time >= this.endAt) {
      this.endAt = Number.POSITIVE_INFINITY;
      this.cutAt = time + limits.maxConnectionAgeGraceMs;
      connection.shutdown();
    }
    if (time >= this.cutAt) {
      connection.fail(ErrorCode.noError, "the connection is too old");
      return;
    }
    if (this.active === 0) return;
    if (!this.asking && time - connection.lastReceivedAt >= limits.keepaliveIntervalMs) this.ask(time);
    for (const stream of connection.streams.values()) {
      (stream as Http2ServerStream).lookAtBody(time, limits.requestIdleTimeoutMs, limits.requestMinBytesPerSecond);
    }
  }

  /** Asks whether the client is still there. */
  ask(asked: number): void {
    const { connection } = this;
    const { keepaliveTimeoutMs } = this.acceptor.limits;
    this.asking = true;
    connection.ping(() => {
      this.asking = false;
    });
    outsideCalls(() =>
      afterInBackground(keepaliveTimeoutMs, () => {
        // This process may have been busy: what has come meanwhile is read first.
        nextTurn(() => {
          if (!this.asking || this.over) return;
          this.asking = false;
          if (connection.lastReceivedAt > asked) return;
          connection.transportLost(new Error(`the client answered no PING within ${keepaliveTimeoutMs} ms`));
        });
      }),
    );
  }

  released(): void {
    this.active--;
    this.idleSince = now();
  }

  sawFrame(direction: "in" | "out", type: number): void {
    if (direction === "out" && type === goawayFrame) this.report?.goawaySent();
  }

  ended({ message }: ConnectionEnd): void {
    this.report?.closed(message);
    this.acceptor.connectionClosed(this);
  }
}

/** The HTTP/2 connections of a server, and when they end. */
export class Http2Connections {
  readonly intervalMs: number;
  readonly all: Set<Http2ServerConnection>;
  /** One for all of them, not one for each time that a connection becomes idle. */
  timer: Timer | undefined;
  draining: boolean;

  constructor(limits: ServeLimits) {
    const { idleTimeoutMs, keepaliveIntervalMs, requestIdleTimeoutMs, maxConnectionAgeMs, maxConnectionAgeGraceMs } =
      limits;
    const shortest = Math.min(
      idleTimeoutMs,
      keepaliveIntervalMs,
      requestIdleTimeoutMs,
      maxConnectionAgeMs,
      maxConnectionAgeGraceMs,
    );
    this.intervalMs = Math.max(20, Math.min(shortest / 4, 1000));
    this.all = new Set();
    this.timer = undefined;
    this.draining = false;
  }

  add(connection: Http2ServerConnection): void {
    this.all.add(connection);
    if (this.draining) connection.connection.shutdown();
    if (this.timer === undefined) this.watch();
  }

  delete(connection: Http2ServerConnection): void {
    this.all.delete(connection);
    if (this.all.size > 0) return;
    cancel(this.timer);
    this.timer = undefined;
  }

  watch(): void {
    this.timer = outsideCalls(() =>
      afterInBackground(this.intervalMs, () => {
        this.watch();
        // This process may have been busy: what has come meanwhile is read first.
        nextTurn(() => {
          const time = now();
          for (const connection of this.all) connection.look(time);
        });
      }),
    );
  }

  /** Lets their clients know that no further requests are taken; what is on its way still is. */
  drain(): void {
    this.draining = true;
    for (const { connection } of this.all) {
      connection.tick(now(), false);
      connection.shutdown();
    }
  }

  /** Ends the calls that are open, and lets them say so. */
  cut(): void {
    for (const { connection } of this.all) {
      connection.tick(now(), false);
      for (const stream of [...connection.streams.values()]) (stream as Http2ServerStream).shutDown();
    }
  }

  /** Whether a client has not confirmed yet that it knows: its next request may be on the way, its first one too. */
  isSettling(): boolean {
    for (const { connection } of this.all) if (!connection.finalGoaway) return true;
    return false;
  }

  /** Ends them when their calls have ended. */
  end(): void {
    for (const { connection } of this.all) connection.shutdown(false);
  }

  /** Ends them now: to the clients of calls that are open, the connection is lost. */
  destroy(): void {
    for (const { connection } of this.all) {
      // Clients that still send a request whose answer they have would wait for the end of it.
      for (const stream of [...connection.lingering.keys()]) stream.reset(ErrorCode.noError);
      connection.fail(ErrorCode.noError, "the server shut down");
    }
  }
}
