import type { Socket } from "node:net";
import { guardSocket, socketUnder } from "../platform/socket.js";

/** The sockets of a server, those of HTTP/2 apart: what they send is known to their sessions only. */
export class ServerSockets {
  /** Sockets in a TLS handshake, before their first bytes, and of HTTP/1.1. */
  readonly http1: Set<Socket>;
  readonly http2: Set<Socket>;
  /** How many there have been. */
  added: number;

  constructor() {
    this.added = 0;
    this.http1 = new Set();
    this.http2 = new Set();
  }

  get size(): number {
    return this.http1.size + this.http2.size;
  }

  add(socket: Socket): void {
    this.added++;
    this.http1.add(socket);
    guardSocket(socket);
    socket.once("close", () => {
      this.http1.delete(socket);
      this.http2.delete(socket);
    });
  }

  /** A TLS handshake is over: `socket` stands for the one under it. */
  addSecure(socket: Socket): void {
    const under = socketUnder(socket);
    if (under !== undefined) this.http1.delete(under);
    this.add(socket);
  }

  setHttp2(socket: Socket): void {
    this.http1.delete(socket);
    this.http2.add(socket);
  }

  /** Whether there are connections that are not, or not yet, HTTP/2's. */
  hasHttp1(): boolean {
    return this.http1.size > 0;
  }

  /** Whether an HTTP/1.1 connection has bytes that the system did not take yet. Node calls it idle all the same, and would cut them off. */
  isSending(): boolean {
    for (const socket of this.http1) if (socket.writableLength > 0) return true;
    return false;
  }

  /** Closes the connections of HTTP/1.1 that have nothing to send. For when there are no calls. */
  closeQuiet(): void {
    for (const socket of this.http1) if (socket.writableLength === 0) socket.destroy();
  }

  destroy(): void {
    for (const socket of this.http1) socket.destroy();
    for (const socket of this.http2) socket.destroy();
  }
}
