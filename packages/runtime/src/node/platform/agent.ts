// What we lean on and Node does not document: a line on why, and a test that fails when Node changes it.
import { Agent, type ClientRequest } from "node:http";
import type { Duplex } from "node:stream";

/** How `http.request` asks an agent for a connection. What an agent can do without it: nothing before a kept socket is taken. */
type AddRequest = (this: Agent, request: ClientRequest, options: object) => void;

const { addRequest } = Agent.prototype as unknown as { readonly addRequest?: AddRequest };

/** Lets something be done, and awaited, before an agent gives a request its connection. Other runtimes may not ask it. */
export function beforeConnections(agent: Agent, prepare: (go: () => void) => void): void {
  if (addRequest === undefined) return;
  const own: AddRequest = function (request, options) {
    prepare(() => addRequest.call(this, request, options));
  };
  Object.assign(agent, { addRequest: own });
}

/**
 * Takes the connections that are over from those that an agent keeps: Node does so when they are closed, some turns later, and
 * would hand them out until then.
 */
export function forgetEnded(agent: Agent): void {
  for (const sockets of Object.values(agent.freeSockets)) {
    if (sockets === undefined) continue;
    for (let at = sockets.length - 1; at >= 0; at--) {
      const socket = sockets[at] as Duplex;
      if (!socket.destroyed && socket.writable && !socket.readableEnded) continue;
      sockets.splice(at, 1);
      socket.destroy();
    }
  }
}
