// What we lean on and Node does not document: a line on why, and a test that fails when Node changes it.
import type { Socket } from "node:net";

const guarded = new WeakSet<Socket>();

/**
 * Gives a socket an error listener for its whole life: an error without one ends the process. Node takes its own back when a
 * response is complete, also where the request is still being written, and when it hands a socket over to an upgrade.
 */
export function guardSocket(socket: Socket): void {
  if (guarded.has(socket)) return;
  guarded.add(socket);
  socket.on("error", ignore);
}

/** `close` follows. */
function ignore(): void {}

/** The socket under one of TLS. Both are in a server's hands for a time, and have to be counted once. */
export function socketUnder(socket: Socket): Socket | undefined {
  return (socket as { _parent?: Socket | null })._parent ?? undefined;
}

/**
 * Runs something in place of what Node calls after a response with `Connection: close`, which closes both sides at once.
 * Returns what gives Node's own back.
 */
export function replaceClosing(socket: Socket, close: () => void): () => void {
  socket.destroySoon = close;
  return () => {
    Reflect.deleteProperty(socket, "destroySoon");
  };
}

/**
 * How much of what was written the system has not taken yet, in bytes. `writableLength` and `bytesWritten` count whole writes,
 * and one of many megabytes may take a slow reader minutes.
 */
export function unsentBytes(socket: Socket): number {
  const { _handle } = (socketUnder(socket) ?? socket) as { _handle?: { readonly writeQueueSize?: number } | null };
  return _handle?.writeQueueSize ?? socket.writableLength;
}
