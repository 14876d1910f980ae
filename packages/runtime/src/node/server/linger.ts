import type { IncomingMessage } from "node:http";
import { afterInBackground, cancel, now } from "../../time.js";
import { replaceClosing } from "../platform/socket.js";

/** How much of an unwanted request is read, so that the client can read the answer before the connection ends. */
const maxBytes = 65_536;
/** How long the connection stays for the client to read the answer when the system has taken all of it, in milliseconds. */
const maxMs = 1_000;
const intervalMs = 10;

/**
 * Reads on after a response that ended before its request did. When the rest does not come, or is too much, the connection
 * ends; when it comes, and the response did not say `Connection: close`, the connection is the next request's.
 *
 * To close a connection with bytes unread would reset it, and take the response from a client that has not read it yet
 * (RFC 9112 section 9.6).
 */
export function lingerAfterResponse(request: IncomingMessage): void {
  const { socket } = request;
  let closing = false;
  const restore = replaceClosing(socket, () => {
    closing = true;
    socket.end();
  });
  const { bytesRead } = socket;
  let deadline = now() + maxMs;
  const stop = (): void => {
    cancel(timer);
    socket.off("close", stop);
    request.off("end", onEnd);
  };
  const onEnd = (): void => {
    if (closing) return;
    stop();
    restore();
  };
  const look = (): void => {
    if (socket.writableLength > 0) deadline = now() + maxMs;
    if (now() > deadline) socket.destroy();
    else if (socket.bytesRead - bytesRead > maxBytes) request.pause();
    timer = afterInBackground(intervalMs, look);
  };
  let timer = afterInBackground(intervalMs, look);
  socket.once("close", stop);
  request.once("end", onEnd);
  request.resume();
}
