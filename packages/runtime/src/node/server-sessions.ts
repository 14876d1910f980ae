import { constants, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { ResetBudget } from "./reset-budget.js";
import type { ServeLimits } from "./serve-options.js";
import { wasResetByClient } from "./server-h2-stream.js";
import { SessionWatch, sessionsFallSilent } from "./silent-session.js";
import { resetStream } from "./stream-reset.js";

interface Entry {
  /** Open streams. */
  active: number;
  idleSince: number;
  readonly resets: ResetBudget;
  readonly settingsTimer: ReturnType<typeof setTimeout>;
  readonly watch: SessionWatch | undefined;
}

/** The last stream id of a GOAWAY that only announces the one to come (RFC 9113 section 6.8). */
const maxStreamId = 0x7fff_ffff;

/** A server's HTTP/2 connections: which there are, what each may do, and when each ends. */
export class ServerSessions {
  readonly limits: ServeLimits;
  readonly entries: Map<ServerHttp2Session, Entry>;
  sweep: ReturnType<typeof setInterval> | undefined;
  draining: boolean;

  constructor(limits: ServeLimits) {
    this.limits = limits;
    this.entries = new Map();
    this.sweep = undefined;
    this.draining = false;
  }

  add(session: ServerHttp2Session): void {
    const { limits } = this;
    const settingsTimer = setTimeout(() => session.destroy(), limits.settingsTimeoutMs);
    const watch = sessionsFallSilent
      ? new SessionWatch(
          session,
          session.socket as Socket,
          () => entry.active > 0,
          () => session.destroy(),
        )
      : undefined;
    const entry: Entry = { active: 0, idleSince: Date.now(), resets: new ResetBudget(), settingsTimer, watch };
    this.entries.set(session, entry);
    session.setLocalWindowSize?.(limits.connectionWindowBytes);
    session.once("remoteSettings", () => {
      clearTimeout(settingsTimer);
      if (this.draining) this.announceEnd(session, entry);
    });
    session.on("error", ignore);
    session.once("close", () => {
      clearTimeout(settingsTimer);
      watch?.stop();
      this.entries.delete(session);
      if (this.entries.size > 0) return;
      clearInterval(this.sweep);
      this.sweep = undefined;
    });
    // One timer for all connections, not one for each time that a connection becomes idle.
    this.sweep ??= setInterval(
      () => this.closeIdle(),
      Math.max(20, Math.min(limits.idleTimeoutMs / 4, 15_000)),
    ).unref();
  }

  /** False when the stream was refused. */
  streamOpened(stream: ServerHttp2Stream, raw: readonly string[] | undefined): boolean {
    const session = stream.session as ServerHttp2Session | undefined;
    const entry = session === undefined ? undefined : this.entries.get(session);
    if (session === undefined || entry === undefined) return true;
    // nghttp2 keeps to the limit once the client has acknowledged it.
    if (session.pendingSettingsAck && raw !== undefined && headerListSize(raw) > this.limits.maxHeaderBytes) {
      stream.on("error", ignore);
      resetStream(stream, constants.NGHTTP2_ENHANCE_YOUR_CALM);
      return false;
    }
    entry.active++;
    entry.watch?.start();
    // nghttp2 would end the connection at once, with the calls of all who share it: behind a proxy they are many clients.
    // It ends in order instead, while a stream keeps it open: the client gets to know which requests to send elsewhere.
    if (entry.resets.exhausted) session.close();
    stream.once("close", () => {
      entry.active--;
      entry.idleSince = Date.now();
      if (wasResetByClient(stream) && !entry.resets.spend() && entry.active > 0) session.close();
      if (this.draining && entry.active === 0) session.close();
    });
    return true;
  }

  closeIdle(): void {
    const limit = Date.now() - this.limits.idleTimeoutMs;
    for (const [session, entry] of this.entries) {
      if (entry.active > 0 || entry.idleSince > limit) continue;
      if (session.closed) session.destroy();
      else session.close();
    }
  }

  /**
   * Sends a GOAWAY that names no last request, and the real one after a round trip. Requests on their way are not lost:
   * nghttp2 processes none that comes after the first, and the second tells the client so, which can send them elsewhere.
   * After a GOAWAY nghttp2 reads from a connection only while it has streams: an idle one gets the real GOAWAY at once.
   */
  announceEnd(session: ServerHttp2Session, entry: Entry): void {
    if (session.closed || session.destroyed) return;
    if (entry.active === 0) {
      session.close();
      return;
    }
    session.goaway(constants.NGHTTP2_NO_ERROR, maxStreamId);
    const sent = session.ping(() => {
      if (!session.destroyed) session.close();
    });
    if (!sent) session.close();
  }

  drain(): void {
    this.draining = true;
    for (const [session, entry] of this.entries) this.announceEnd(session, entry);
  }

  /** Ends the connections when their streams have ended. */
  end(): void {
    for (const session of this.entries.keys()) if (!session.closed) session.close();
  }

  destroy(): void {
    for (const session of this.entries.keys()) session.destroy();
  }
}

/** The size of a header list, as RFC 9113 section 6.5.2 counts it. */
function headerListSize(raw: readonly string[]): number {
  let size = 0;
  for (const text of raw) size += text.length + 16;
  return size;
}

/** `close` follows. */
function ignore(): void {}
