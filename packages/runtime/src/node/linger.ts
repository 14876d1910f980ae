import type { IncomingMessage } from "node:http";

/** How much of an unwanted request is read, so that the client can read the answer before the connection ends. */
const maxBytes = 65_536;
/** How long the connection stays for the client to read the answer, in milliseconds. */
const maxMs = 1_000;
const intervalMs = 10;

/**
 * Ends a connection whose client is still sending, after the response that is on its way. To close it with bytes unread
 * would reset it, and take the response from a client that has not read it yet (RFC 9112 section 9.6).
 */
export function lingerAndClose(request: IncomingMessage): void {
  const { socket } = request;
  // Node calls it after a response with `Connection: close`, and closes both sides in it.
  socket.destroySoon = () => socket.end();
  const { bytesRead } = socket;
  const deadline = Date.now() + maxMs;
  const timer = setInterval(() => {
    if (Date.now() > deadline) socket.destroy();
    else if (socket.bytesRead - bytesRead > maxBytes) request.pause();
  }, intervalMs);
  timer.unref();
  socket.once("close", () => clearInterval(timer));
}
