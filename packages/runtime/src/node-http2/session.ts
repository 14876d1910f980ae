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
import { after, afterInBackground, cancel, nextTurn, now, type Timer } from "../time.js";

/** nghttp2 ends a connection for a field of 64 KiB: a server that is told this sends none. */
const defaultMaxHeaderBytes = 65_535;

export interface SessionConfig {
  readonly origin: string;
  readonly session: ClientSessionOptions | SecureClientSessionOptions;
  readonly connectTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
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
  /** When the server was heard last, or began to be waited for. */
  heardAt: number;
  /** Looks whether it is silent. */
  watch: Timer | undefined;
  /** A ping is not answered. */
  pinging: boolean;

  constructor(config: SessionConfig) {
    this.config = config;
    this.active = 0;
    this.remote = undefined;
    this.failure = undefined;
    this.lost = false;
    this.idle = undefined;
    this.heardAt = 0;
    this.watch = undefined;
    this.pinging = false;
    this.session = outsideCalls(() => http2.connect(config.origin, sessionOptions(config.session)));
    const late = (): void => {
      this.session.destroy(new Error(`no answer within ${config.connectTimeoutMs} ms`));
    };
    this.connecting = outsideCalls(() => after(config.connectTimeoutMs, late));
    this.session.on("connect", (_, socket) => this.connected(socket));
    this.session.on("error", (error) => {
      this.failure ??= error;
    });
    this.session.on("close", () => this.stopTimers());
    // Node itself ends a connection after a GOAWAY with an error. Others that have its module may not.
    this.session.on("goaway", (code) => {
      if (code !== 0 && this.usable) this.askForLife();
    });
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
    if (this.active++ === 0) {
      this.session.ref();
      this.heardAt = now();
      if (this.watch === undefined) this.watchSilence();
    }
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

  /** How large the header lists are that the server takes, as far as it has said so. */
  get takesHeaderBytes(): number {
    return this.session.remoteSettings?.maxHeaderListSize ?? Number.POSITIVE_INFINITY;
  }

  /** How large those of responses may be. */
  get maxHeaderBytes(): number {
    return this.config.session.settings?.maxHeaderListSize ?? defaultMaxHeaderBytes;
  }

  /**
   * Pings a server that is silent while calls are open. A connection of Node 20 on which the server broke a rule is silent for
   * ever: nghttp2 has given it up, tells nobody, and reads no more, not even its end.
   */
  watchSilence(): void {
    this.watch = undefined;
    const { pingIntervalMs } = this.config;
    if (this.active === 0 || !Number.isFinite(pingIntervalMs)) return;
    const left = this.heardAt + pingIntervalMs - now();
    if (left <= 0) this.askForLife();
    else this.watch = outsideCalls(() => afterInBackground(left, () => this.watchSilence()));
  }

  /** Pings the server, and gives the connection up when nothing comes. */
  askForLife(): void {
    if (this.pinging) return;
    this.pinging = true;
    const asked = now();
    cancel(this.watch);
    // This process may have been busy: what has come meanwhile is read first.
    const late = (): void => nextTurn(() => this.pingIsLate(asked));
    this.watch = outsideCalls(() => afterInBackground(this.config.pingTimeoutMs, late));
    // Node cancels pings of a connection that is being made, and of one that is closing in order: those are left alone.
    this.session.ping(() => {
      if (this.session.destroyed) return;
      this.heardAt = now();
      this.isAlive();
    });
  }

  pingIsLate(asked: number): void {
    if (!this.pinging) return;
    if (this.heardAt > asked) this.isAlive();
    else this.session.destroy(new Error(`the server answered no ping within ${this.config.pingTimeoutMs} ms`));
  }

  isAlive(): void {
    if (!this.pinging) return;
    this.pinging = false;
    cancel(this.watch);
    this.watchSilence();
  }

  /** Takes no more calls, and closes when the last one is over. */
  retire(): void {
    this.session.close();
  }

  stopTimers(): void {
    cancel(this.connecting);
    cancel(this.idle);
    cancel(this.watch);
    this.pinging = false;
  }
}

function sessionOptions(options: SessionConfig["session"]): SessionConfig["session"] {
  return { ...options, settings: { maxHeaderListSize: defaultMaxHeaderBytes, ...options.settings, enablePush: false } };
}
