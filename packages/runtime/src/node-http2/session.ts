import http2, {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type ClientSessionOptions,
  type OutgoingHttpHeaders,
  type SecureClientSessionOptions,
} from "node:http2";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { HttpRemote } from "../http/http-client.js";
import { outsideCalls } from "../node/outside-calls.js";
import { peerTls } from "../node/peer-certificate.js";
import { socketAddress } from "../node/socket-address.js";
import { after, afterInBackground, cancel, type Timer } from "../time.js";

export interface SessionConfig {
  readonly origin: string;
  readonly session: ClientSessionOptions | SecureClientSessionOptions;
  readonly connectTimeoutMs: number;
  readonly idleTimeoutMs: number;
}

/** A connection, and the calls on it. */
export class NodeHttp2Session {
  readonly config: SessionConfig;
  readonly session: ClientHttp2Session;
  /** Calls that are open. */
  active: number;
  remote: HttpRemote | undefined;
  /** Why the connection broke. */
  failure: unknown;
  /** The socket is gone. */
  lost: boolean;
  connecting: Timer | undefined;
  idle: Timer | undefined;

  constructor(config: SessionConfig) {
    this.config = config;
    this.active = 0;
    this.remote = undefined;
    this.failure = undefined;
    this.lost = false;
    this.idle = undefined;
    this.session = outsideCalls(() => http2.connect(config.origin, withoutPush(config.session)));
    const late = (): void => {
      this.session.destroy(new Error(`no answer within ${config.connectTimeoutMs} ms`));
    };
    this.connecting = outsideCalls(() => after(config.connectTimeoutMs, late));
    this.session.on("connect", (_, socket) => this.connected(socket));
    this.session.on("error", (error) => {
      this.failure ??= error;
    });
    this.session.on("close", () => this.stopTimers());
  }

  /** Whether it takes calls. A session is closed also when the server has said GOAWAY. */
  get usable(): boolean {
    return !this.session.closed && !this.session.destroyed;
  }

  connected(socket: Socket | TLSSocket): void {
    cancel(this.connecting);
    this.connecting = undefined;
    const address = socketAddress(socket);
    this.remote =
      "authorized" in socket ? { address, httpVersion: "2", tls: peerTls(socket) } : { address, httpVersion: "2" };
    socket.once("close", () => {
      this.lost = true;
    });
    if (this.active === 0) this.rest();
  }

  /** @throws what Node throws of headers that it does not send */
  request(headers: OutgoingHttpHeaders, endStream: boolean, signal: AbortSignal): ClientHttp2Stream {
    const stream = this.session.request(headers, { endStream, signal });
    if (this.active++ === 0) this.session.ref();
    cancel(this.idle);
    this.idle = undefined;
    stream.once("close", () => {
      if (--this.active === 0) this.rest();
    });
    return stream;
  }

  /** Without calls the connection does not keep the process alive, and is closed in the end. */
  rest(): void {
    this.session.unref();
    const { idleTimeoutMs } = this.config;
    if (!this.usable || !Number.isFinite(idleTimeoutMs)) return;
    const retire = (): void => this.retire();
    this.idle = outsideCalls(() => afterInBackground(idleTimeoutMs, retire));
  }

  /** Takes no more calls, and closes when the last one is over. */
  retire(): void {
    this.session.close();
  }

  stopTimers(): void {
    cancel(this.connecting);
    cancel(this.idle);
  }
}

function withoutPush(options: SessionConfig["session"]): SessionConfig["session"] {
  return { ...options, settings: { ...options.settings, enablePush: false } };
}
