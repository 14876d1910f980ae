import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { closeQueued, isQueued } from "../platform/http-server.js";

/** How many requests of a connection may wait behind another one. Clients in use pipeline few or none. */
export const maxPipelined = 100;

/** The responses of each connection that wait until it is their turn. */
const waiting = new WeakMap<Socket, Set<ServerResponse>>();

/**
 * Lets an HTTP/1.1 request in, or not: when its connection is gone, or when too many wait before it, which ends the connection.
 * Responses that wait behind others are closed with it.
 */
export function admit({ socket }: IncomingMessage, response: ServerResponse): boolean {
  if (socket?.destroyed) return false;
  if (!isQueued(response) || typeof socket?.once !== "function") return true;
  const responses = waiting.get(socket) ?? follow(socket);
  if (responses.size >= maxPipelined) {
    socket.destroy();
    return false;
  }
  responses.add(response);
  response.once("socket", () => responses.delete(response));
  return true;
}

function follow(socket: Socket): Set<ServerResponse> {
  const responses = new Set<ServerResponse>();
  waiting.set(socket, responses);
  socket.once("close", () => {
    for (const response of responses) closeQueued(response);
    responses.clear();
  });
  return responses;
}
