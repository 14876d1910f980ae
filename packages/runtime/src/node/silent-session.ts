import type { Http2Session } from "node:http2";
import type { Socket } from "node:net";

/** How often to look, in milliseconds. */
const intervalMs = 250;

/**
 * Whether sessions need a {@link SessionWatch}. When a peer breaks the rules of HTTP/2, nghttp2 sends GOAWAY and is deaf and dumb
 * from then on; Node 20 does not notice, and everything on the session hangs. Node 22 reports it as an error.
 */
export const sessionsFallSilent: boolean = /^v20\./.test(process.version) && process.versions.bun === undefined;

/** Finds out that a session of Node 20 has fallen silent: what it is told to send stays in its queue, although the socket is free. */
export class SessionWatch {
  readonly session: Http2Session;
  readonly socket: Socket;
  readonly isBusy: () => boolean;
  readonly onSilent: () => void;
  timer: ReturnType<typeof setInterval> | undefined;
  read: number;
  written: number;
  stuck: boolean;
  probed: boolean;

  constructor(session: Http2Session, socket: Socket, isBusy: () => boolean, onSilent: () => void) {
    this.session = session;
    this.socket = socket;
    this.isBusy = isBusy;
    this.onSilent = onSilent;
    this.timer = undefined;
    this.read = 0;
    this.written = 0;
    this.stuck = false;
    this.probed = false;
  }

  /** A stream was opened. The watch goes on by itself until there is none. */
  start(): void {
    if (this.timer !== undefined) return;
    this.timer = setInterval(() => this.look(), intervalMs);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.stuck = false;
  }

  look(): void {
    const { session, socket } = this;
    if (session.destroyed || session.connecting || !this.isBusy()) {
      this.stop();
      return;
    }
    const { bytesRead, bytesWritten } = socket;
    const quiet = bytesRead === this.read && bytesWritten === this.written;
    this.read = bytesRead;
    this.written = bytesWritten;
    if ((session.state.outboundQueueSize ?? 0) > 0 && isFree(socket)) {
      // Twice in a row: it may just have been put there.
      if (this.stuck && quiet) {
        this.stop();
        this.onSilent();
        return;
      }
      this.stuck = true;
      return;
    }
    this.stuck = false;
    if (!quiet) {
      this.probed = false;
    } else if (!this.probed) {
      // Gives it something to send. Servers refuse clients that ping often, and do not mind SETTINGS.
      this.probed = true;
      try {
        session.settings({});
      } catch {
        // Too many are not acknowledged: it has something to send.
      }
    }
  }
}

/** Whether the system has taken all that was written. */
function isFree(socket: Socket): boolean {
  const { _handle } = socket as { _handle?: { writeQueueSize?: number } | null };
  return _handle?.writeQueueSize === 0;
}
