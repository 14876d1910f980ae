import type { Agent } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { HttpRemote } from "../../http/http-client.js";
import { nextTurn, now } from "../../time.js";
import { builtin } from "../builtin.js";
import { messageOf } from "../failure.js";
import { beforeConnections, beforeConnectionsOf, forgetEnded, keptBy } from "../platform/agent.js";
import { socketAddress } from "../socket-address.js";
import type { Dialer } from "./dialer.js";
import { closingIsHeard, tell } from "./events.js";

/** A connection that was kept for so long may have ended without this process having seen it: it may have stood still, in milliseconds. */
const keptMs = 100;

type SocketCallback = (error: Error | null, socket: Duplex) => void;

/**
 * The agent for HTTP/1.1: keeps connections alive, bounds the time to make one, and takes over a socket that
 * was opened to ask the server by ALPN what it speaks.
 */
export class H1Agent {
  readonly dialer: Dialer;
  made: Agent | undefined;
  readonly spare: Socket[];
  closed: boolean;
  /** When a connection was kept last. */
  keptAt: number;

  constructor(dialer: Dialer) {
    this.dialer = dialer;
    this.made = undefined;
    this.spare = [];
    this.closed = false;
    this.keptAt = 0;
  }

  /** Node's, made when it is first asked for: a program of HTTP/2 alone does without `node:http`. */
  get agent(): Agent {
    this.made ??= this.make();
    return this.made;
  }

  make(): Agent {
    const { Agent } = builtin("node:http");
    const { secure, idleTimeoutMs } = this.dialer.config;
    // The last socket used is the least likely to be closed by the server: lifo, which is also the default.
    const agent = new Agent({
      keepAlive: true,
      scheduling: "lifo",
      maxFreeSockets: 1024,
      timeout: Math.min(idleTimeoutMs, 0x7fff_ffff),
    });
    beforeConnections(agent, (go) => look(agent, this.keptAt, go));
    return Object.assign(agent, {
      // `http.request` compares it with its own.
      protocol: secure ? "https:" : "http:",
      createConnection: (_options: object, callback?: SocketCallback) => this.connect(callback),
      keepSocketAlive: (socket: Duplex) => {
        this.keptAt = now();
        // Node's types do not know of its result.
        return !this.closed && (Agent.prototype.keepSocketAlive.call(agent, socket) as unknown as boolean);
      },
    });
  }

  connect(callback?: SocketCallback): Duplex | undefined {
    const spare = this.spare.pop();
    if (spare !== undefined && !spare.destroyed) {
      this.opened(spare);
      return spare;
    }
    this.dialer.dial(["http/1.1"], (error, socket) => {
      // Node's types want a socket also beside an error.
      if (socket === undefined) callback?.(connectError(error), undefined as unknown as Duplex);
      else {
        this.opened(socket);
        callback?.(null, socket);
      }
    });
    return undefined;
  }

  opened(socket: Socket): void {
    const { origin } = this.dialer.config;
    const remote: HttpRemote = { address: socketAddress(socket), httpVersion: "1.1" };
    tell("connection-opened", origin, remote);
    if (!closingIsHeard()) return;
    let reason = "";
    socket.once("error", (error) => {
      reason = messageOf(error);
    });
    socket.once("close", () => tell("connection-closed", origin, remote, { reason }));
  }

  /** Closes connections as soon as no call uses them; `destroy` would cut the calls off. */
  close(): void {
    this.closed = true;
    this.dropIdle();
  }

  dropIdle(): void {
    for (const sockets of keptBy(this.made ?? {})) for (const socket of sockets) socket.destroy();
  }
}

/** Goes on when the ends of kept connections have been seen. A process that stood still has not read them yet. */
function look(agent: Agent, keptAt: number, go: () => void): void {
  if (now() - keptAt < keptMs || keptBy(agent).length === 0) go();
  else {
    nextTurn(() =>
      nextTurn(() => {
        forgetEnded(agent);
        go();
      }),
    );
  }
}

/** An agent of the user's, with the same look. @param client - knows when a response ended last: its connection was kept then */
export function lookingAgent(agent: Agent, client: { readonly endedAt: number }): Agent {
  return beforeConnectionsOf(agent, (go) => look(agent, client.endedAt, go));
}

/** Marks an error as one of connecting, so that it can be told from one of a connection in use. */
function connectError(cause: unknown): Error {
  const error = new Error("cannot connect", { cause });
  (error as { code?: string }).code = connectErrorCode;
  return error;
}

export const connectErrorCode = "CONNECT_TS_CANNOT_CONNECT";
