import http from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { ClientConfig } from "./client-options.js";
import { openSocket } from "./open-socket.js";

type SocketCallback = (error: Error | null, socket: Duplex) => void;

/**
 * The agent for HTTP/1.1: keeps connections alive, bounds the time to make one, and takes over a socket that
 * was opened to ask the server by ALPN what it speaks.
 */
export class H1Agent extends http.Agent {
  readonly config: ClientConfig;
  readonly spare: Socket[];
  /** `http.request` compares it with its own. */
  readonly protocol: string;

  constructor(config: ClientConfig) {
    // The last socket used is the least likely to be closed by the server: lifo, which is also the default.
    super({ keepAlive: true, scheduling: "lifo", maxFreeSockets: 1024, timeout: config.idleTimeoutMs });
    this.config = config;
    this.spare = [];
    this.protocol = config.secure ? "https:" : "http:";
  }

  override createConnection(_options: http.ClientRequestArgs, callback?: SocketCallback): Duplex | null | undefined {
    const spare = this.spare.pop();
    if (spare !== undefined && !spare.destroyed) return spare;
    openSocket(
      {
        host: this.config.host,
        port: this.config.port,
        socketPath: this.config.socketPath,
        tls: this.config.tls,
        alpn: ["http/1.1"],
        timeoutMs: this.config.connectTimeoutMs,
      },
      (error, socket) => {
        // Node's types want a socket also beside an error.
        if (socket === undefined) callback?.(connectError(error), undefined as unknown as Duplex);
        else callback?.(null, socket);
      },
    );
    return undefined;
  }
}

/** Marks an error as one of connecting, so that it can be told from one of a connection in use. */
function connectError(cause: unknown): Error {
  const error = new Error("cannot connect", { cause });
  (error as { code?: string }).code = connectErrorCode;
  return error;
}

export const connectErrorCode = "CONNECT_TS_CANNOT_CONNECT";
