import type { Socket } from "node:net";
import { after, cancel, nextTurn } from "../../time.js";

/** How HTTP/2's connection preface begins (RFC 9113 section 3.4). No HTTP/1.1 method begins so. */
const preface = "PRI";

/**
 * Reads the first bytes of a connection to tell HTTP/2 from HTTP/1.1, and puts them back. A connection that says nothing is closed.
 *
 * @param timeoutMs - how long it may take to say something
 */
export function sniff(socket: Socket, timeoutMs: number, done: (http2: boolean) => void): void {
  let seen = Buffer.alloc(0);
  let over = false;
  // This process may have been too busy to read what came in time.
  const timer = after(timeoutMs, () =>
    nextTurn(() => {
      if (!over) socket.destroy();
    }),
  );
  const onReadable = (): void => {
    for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) {
      seen = seen.byteLength === 0 ? chunk : Buffer.concat([seen, chunk]);
    }
    const start = seen.toString("latin1", 0, preface.length);
    const undecided = start.length < preface.length && preface.startsWith(start);
    if (undecided) return;
    stop();
    socket.unshift(seen);
    done(start === preface);
  };
  function stop(): void {
    over = true;
    cancel(timer);
    socket.removeListener("readable", onReadable);
    socket.removeListener("error", ignore);
    socket.removeListener("close", stop);
    socket.removeListener("end", onEnd);
  }
  // The server keeps half-open connections: what ends before it has begun is over.
  const onEnd = (): void => {
    socket.destroy();
  };
  socket.on("readable", onReadable);
  socket.on("error", ignore);
  socket.once("close", stop);
  socket.once("end", onEnd);
}

/** `close` follows. */
function ignore(): void {}
