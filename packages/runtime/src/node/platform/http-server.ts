// What we lean on and Node does not document: a line on why, and a test that fails when Node changes it.
import type { Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

/** Lets a server watch the timeouts of connections that it is given by `connection` events. Node begins to when it listens. */
export function watchTimeouts(server: Server): void {
  server.emit("listening");
}

/** Whether a response waits behind those of earlier requests on its connection: Node gives it the socket when it is its turn. Other hosts may have no sockets. */
export function isQueued(response: ServerResponse): boolean {
  return response.socket === null;
}

/** Ends a response that was waiting when its connection closed. Node before 24 tells it nothing. */
export function closeQueued(response: ServerResponse): void {
  if (response.destroyed) return;
  response.destroy();
  response.emit("close");
}

/**
 * Whether requests emit errors only when somebody listens, and responses only when they are misused: so does Node. Elsewhere an
 * error that nobody hears would end the process.
 */
export const tellsListenersOnly: boolean = !("Bun" in globalThis || "Deno" in globalThis);

/** Whether the head of an answer is on its way on a connection: bytes that are no request would be answered in the middle of it. */
export function isAnswering(socket: Duplex): boolean {
  const { _httpMessage: response } = socket as { readonly _httpMessage?: { readonly headersSent: boolean } | null };
  return response?.headersSent === true;
}
