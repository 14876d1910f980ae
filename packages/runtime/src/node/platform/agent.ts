// What we lean on and Node does not document: a line on why, and a test that fails when Node changes it.
import type { Agent, ClientRequest } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { guardSocket } from "./socket.js";

/** How `http.request` asks an agent for a connection. What an agent can do without it: nothing before a kept socket is taken. */
type AddRequest = (this: Agent, request: ClientRequest, options: object) => void;

/** Lets something be done, and awaited, before an agent gives a request its connection. Other runtimes may not ask it. */
export function beforeConnections(agent: Agent, prepare: (go: () => void) => void): void {
  const { addRequest } = agent as unknown as { readonly addRequest?: AddRequest };
  if (addRequest === undefined) return;
  const own: AddRequest = function (request, options) {
    prepare(() => addRequest.call(this, request, options));
  };
  Object.assign(agent, { addRequest: own });
}

/** An agent that lets the same be done before the user's own agent gives a request its connection. That one stays as it is. */
export function beforeConnectionsOf(agent: Agent, prepare: (go: () => void) => void): Agent {
  return askedFirst(agent, (_, ask) => prepare(ask));
}

/** As many as an agent keeps, unless it is told otherwise. One that calls all connections reused is believed then. */
const maxPassedOver = 256;

/**
 * An agent whose requests go on connections that no request had before. It asks another agent for them, which stays as it is: a
 * connection that this one has kept is closed when it hands it out. So it does not matter where it keeps them: a proxy's agent
 * may leave that to others. Where it may have no more connections, a request waits for one that has just answered, as all do.
 */
export function newConnectionsOf(agent: Agent): Agent {
  return askedFirst(agent, (request, ask) => {
    let passedOver = 0;
    // This is how all agents give a request its connection.
    const take: (socket: Socket, error?: unknown) => void = request.onSocket;
    request.onSocket = (socket: Socket, error?: unknown) => {
      if (!request.reusedSocket || request.destroyed || ++passedOver > maxPassedOver) {
        take.call(request, socket, error);
        return;
      }
      request.reusedSocket = false;
      guardSocket(socket);
      socket.destroy();
      ask();
    };
    ask();
  });
}

/** An agent in the place of another, which is asked for a request's connection when `before` calls `ask`. */
function askedFirst(agent: Agent, before: (request: ClientRequest, ask: () => void) => void): Agent {
  const asked = agent as Agent & { readonly addRequest: AddRequest };
  const own: AddRequest = (request, options) => {
    before(request, () => {
      try {
        asked.addRequest(request, options);
      } catch (error) {
        request.destroy(error as Error);
      }
    });
  };
  // It may be of a class with private fields.
  return new Proxy(agent, { get: (target, name) => (name === "addRequest" ? own : Reflect.get(target, name)) });
}

/**
 * Takes the connections that are over from those that an agent keeps: Node does so when they are closed, some turns later, and
 * would hand them out until then.
 */
export function forgetEnded(agent: Agent): void {
  for (const sockets of keptBy(agent)) {
    for (let at = sockets.length - 1; at >= 0; at--) {
      const socket = sockets[at] as Duplex;
      if (!socket.destroyed && socket.writable && !socket.readableEnded) continue;
      sockets.splice(at, 1);
      socket.destroy();
    }
  }
}

/** The connections that an agent keeps, by where they go. One of another class may not say. */
export function keptBy({ freeSockets }: { readonly freeSockets?: Agent["freeSockets"] }): Duplex[][] {
  return Object.values(freeSockets ?? {}).filter((sockets) => sockets !== undefined);
}
