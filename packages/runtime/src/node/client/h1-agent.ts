import { Agent, type ClientRequestArgs } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { HttpRemote } from "../../http/http-client.js";
import { nextTurn, now } from "../../time.js";
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
export class H1Agent extends Agent {
  readonly dialer: Dialer;
  readonly spare: Socket[];
  closed: boolean;
  /** When a connection was kept last. */
  keptAt: number;
  /** `http.request` compares it with its own. */
  readonly protocol: string;

  constructor(dialer: Dialer) {
    const { config } = dialer;
    // The last socket used is the least likely to be closed by the server: lifo, which is also the default.
    super({
      keepAlive: true,
      scheduling: "lifo",
      maxFreeSockets: 1024,
      timeout: Math.min(config.idleTimeoutMs, 0x7fff_ffff),
    });
    this.dialer = dialer;
    this.spare = [];
    this.closed = false;
    this.keptAt = 0;
    this.protocol = config.secure ? "https:" : "http:";
    beforeConnections(this, (go) => look(this, this.keptAt, go));
  }

  override createConnection(_options: ClientRequestArgs, callback?: SocketCallback): Duplex | null | undefined {
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

  /** Whether a connection stays open when its call is over. */
  override keepSocketAlive(socket: Duplex): boolean {
    this.keptAt = now();
    // Node's types do not know of its result.
    return !this.closed && (super.keepSocketAlive(socket) as unknown as boolean);
  }

  /** Closes connections as soon as no call uses them; `destroy` would cut the calls off. */
  close(): void {
    this.closed = true;
    this.dropIdle();
  }

  dropIdle(): void {
    for (const sockets of Object.values(this.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
  }
}

/** Goes on when the ends of kept connections have been seen. A process that stood still has not read them yet. */
function look(agent: Agent, keptAt: number, go: () => void): void {
  if (keptBy(agent).length === 0 || now() - keptAt < keptMs) go();
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
