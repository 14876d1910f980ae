import { channel } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { now } from "../../time.js";
import { socketAddress } from "../socket-address.js";

/** What the channels of `node:diagnostics_channel` tell of a connection to `serve()`: the same object each time. */
export interface ServerConnectionMessage {
  /** The client's: `"127.0.0.1:53211"`. */
  readonly address: string;
  readonly httpVersion: "1.1" | "2";
  readonly tls: boolean;
  /** Once it is closed: for how long it was open, in milliseconds. */
  durationMs: number | undefined;
  /** Once it is closed: why. */
  reason: string | undefined;
}

const opened = channel("connect-ts:server:connection:open");
const closed = channel("connect-ts:server:connection:close");
const goaway = channel("connect-ts:server:connection:goaway");

/** Tells of a connection, to those who listened when it was opened. */
export class ConnectionReport {
  readonly message: ServerConnectionMessage;
  readonly openedAt: number;

  constructor(message: ServerConnectionMessage) {
    this.message = message;
    this.openedAt = now();
    opened.publish(message);
  }

  goawaySent(): void {
    goaway.publish(this.message);
  }

  closed(reason: string): void {
    this.message.durationMs = now() - this.openedAt;
    this.message.reason = reason;
    closed.publish(this.message);
  }
}

/** A connection is opened. `undefined` when nobody listens. */
export function reportConnection(socket: Socket, httpVersion: "1.1" | "2"): ConnectionReport | undefined {
  if (!opened.hasSubscribers && !closed.hasSubscribers && !goaway.hasSubscribers) return undefined;
  const address = socketAddress(socket);
  const tls = (socket as TLSSocket).encrypted === true;
  return new ConnectionReport({ address, httpVersion, tls, durationMs: undefined, reason: undefined });
}

/** Reports a connection of HTTP/1.1, of which nobody says why it ends. */
export function reportHttp1(socket: Socket): void {
  const report = reportConnection(socket, "1.1");
  if (report === undefined) return;
  let reason = "closed by the server";
  socket.once("end", () => {
    reason = "closed by the client";
  });
  socket.once("error", ({ message }) => {
    reason = message;
  });
  socket.once("close", () => report.closed(reason));
}
