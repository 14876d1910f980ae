import type { Socket } from "node:net";
import type { ClientConnection, ConnectionEnd, ConnectionHost, ServerConnection } from "../http2/index.js";
import { afterInBackground, cancel, nextTurn, now, type Timer } from "../time.js";
import { outsideCalls } from "./outside-calls.js";

/** How long the peer may take to close its side, after which the socket is destroyed, in milliseconds. */
const closeMs = 500;
const longestMs = 0x7fff_ffff;
/** A chunk of this size may have others behind it, which are read before the next turn: it is a record of TLS, or more. */
const recordBytes = 16_384;

/** The socket knows its host, so that listeners are plain functions. */
type OwnedSocket = Socket & { http2Host: Http2Host };

/**
 * Joins a connection of the HTTP/2 engine with a socket. What all streams have to send in one turn of the event loop goes in
 * one write, and what answers a read at the end of its tick; one timer does for all that is due.
 */
export abstract class Http2Host implements ConnectionHost {
  readonly socket: Socket;
  abstract readonly connection: ClientConnection | ServerConnection;
  readonly flushNow: () => void;
  readonly written: () => void;
  readonly timerFired: () => void;
  timer: Timer | undefined;
  timerAt: number;
  flushing: boolean;
  /** All that was there is read, and nothing was written since: what is said first is the answer, and need not wait for the turn's end. */
  answers: boolean;
  /** Why the socket broke, when it did. */
  failure: unknown;
  over: boolean;

  constructor(socket: Socket) {
    this.socket = socket;
    this.timer = undefined;
    this.timerAt = Number.POSITIVE_INFINITY;
    this.flushing = false;
    this.answers = false;
    this.failure = undefined;
    this.over = false;
    const flushNow = (): void => this.writeOutput();
    this.flushNow = flushNow;
    const written = (): void => this.connection.written();
    this.written = written;
    const look = (): void => {
      this.timer = undefined;
      this.timerAt = Number.POSITIVE_INFINITY;
      if (this.over) return;
      this.connection.tick(now());
      this.due(this.connection.nextDue());
    };
    // Sockets are read between timers and the next turn: this process may have been too busy to read what came in time.
    const timerFired = (): void => nextTurn(look);
    this.timerFired = timerFired;
  }

  /** Begins to read. Called when `connection` is set. */
  listen(): void {
    const socket = this.socket as OwnedSocket;
    socket.http2Host = this;
    socket.on("data", onData);
    socket.on("end", onEnd);
    socket.on("error", onError);
    socket.on("close", onClose);
    this.due(this.connection.nextDue());
  }

  flush(): void {
    if (this.flushing || this.over) return;
    this.flushing = true;
    // A tick ends after its microtasks, so that whatever they answer goes in the same write.
    if (this.answers) process.nextTick(this.flushNow);
    else nextTurn(this.flushNow);
    this.answers = false;
  }

  writeOutput(): void {
    this.flushing = false;
    if (this.over) return;
    this.write(this.connection.takeOutput());
  }

  write(chunks: readonly Uint8Array[]): void {
    const { socket } = this;
    const last = chunks.length - 1;
    if (last < 0 || socket.destroyed) return;
    if (last > 0) socket.cork();
    for (let i = 0; i < last; i++) socket.write(chunks[i] as Uint8Array);
    socket.write(chunks[last] as Uint8Array, this.written);
    if (last > 0) socket.uncork();
  }

  due(at: number): void {
    if (at >= this.timerAt || this.over) return;
    cancel(this.timer);
    this.timerAt = at;
    const wait = Math.min(Math.max(Math.ceil(at - now()), 1), longestMs);
    this.timer = outsideCalls(() => afterInBackground(wait, this.timerFired));
  }

  closed(end: ConnectionEnd): void {
    if (this.over) return;
    const { socket } = this;
    this.ended(end);
    const rest = this.connection.takeOutput();
    this.over = true;
    cancel(this.timer);
    this.timer = undefined;
    if (end.by === "transport") {
      socket.destroy();
      return;
    }
    this.write(rest);
    // The peer may still be sending, and a socket that is destroyed with unread bytes resets the connection: what was said last
    // would be lost with it. So it is read to its end, for a while.
    socket.end();
    const destroy = (): void => {
      socket.destroy();
    };
    // This process may have been busy, and what waits is written first.
    this.timer = outsideCalls(() => afterInBackground(closeMs, () => nextTurn(destroy)));
  }

  /** The connection is over, and its last bytes are still to be written. */
  abstract ended(end: ConnectionEnd): void;
}

function onData(this: Socket, chunk: Uint8Array): void {
  const host = (this as OwnedSocket).http2Host;
  const { connection } = host;
  host.answers = false;
  connection.tick(now(), false);
  connection.receive(chunk);
  // What was asked for meanwhile waits for the answers.
  host.answers = chunk.length < recordBytes;
}

function onEnd(this: Socket): void {
  const { connection } = (this as OwnedSocket).http2Host;
  connection.tick(now(), false);
  connection.peerEnded();
}

function onError(this: Socket, error: unknown): void {
  (this as OwnedSocket).http2Host.failure ??= error;
}

function onClose(this: Socket): void {
  const host = (this as OwnedSocket).http2Host;
  cancel(host.timer);
  host.connection.tick(now());
  host.connection.transportLost(host.failure);
}
