// A file of its own: connections of HTTP/1.1 and HTTP/2 age alike.
import type { Socket } from "node:net";
import { afterInBackground, cancel, random } from "../../time.js";

/** Up to a tenth more or less, so that clients that came together do not leave together. */
export function withJitter(ageMs: number): number {
  return ageMs * (0.9 + 0.2 * random());
}

/** Ends HTTP/1.1 connections that are too old: with their next response, and after the grace in any case. */
export class ConnectionAges {
  readonly maxMs: number;
  readonly graceMs: number;
  readonly old: WeakSet<Socket>;

  constructor(maxMs: number, graceMs: number) {
    this.maxMs = maxMs;
    this.graceMs = graceMs;
    this.old = new WeakSet();
  }

  add(socket: Socket): void {
    if (!Number.isFinite(this.maxMs)) return;
    let timer = afterInBackground(Math.min(withJitter(this.maxMs), 0x7fff_ffff), () => {
      this.old.add(socket);
      if (Number.isFinite(this.graceMs)) timer = afterInBackground(this.graceMs, () => socket.destroy());
    });
    socket.once("close", () => cancel(timer));
  }

  /** Whether its next response is to be the last. */
  isOld(socket: Socket): boolean {
    return this.old.has(socket);
  }
}
