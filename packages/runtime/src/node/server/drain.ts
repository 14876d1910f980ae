import { checkOptions, milliseconds } from "../../check-options.js";
import type { Router } from "../../handler/router.js";
import { after, nextTurn, now } from "../../time.js";
import type { ServerCalls } from "./calls.js";
import type { FallbackRunner } from "./fallback.js";
import type { Http2Connections } from "./http2-connection.js";
import type { ServerSockets } from "./sockets.js";

/** How to drain a server. */
export interface DrainOptions {
  /** How long calls may go on, in milliseconds from 0 to 2147483647; `Infinity` is as long as they like. @default 10000 */
  readonly graceMs?: number | undefined;
  /**
   * HTTP/1.1: how long connections without a call stay open, in milliseconds from 0 to 2147483647. A request that was on its way is still
   * answered, with `Connection: close`. HTTP/2: how long clients have to confirm that they know.
   *
   * @default 150, or `graceMs` when that is less
   */
  readonly lingerMs?: number | undefined;
  /**
   * How long the server goes on as before after `drainSignal` has aborted, in milliseconds from 0 to 2147483647: the time in
   * which load balancers see that its health is `NOT_SERVING`. The grace begins after it.
   *
   * @default 0
   */
  readonly noticeMs?: number | undefined;
}

/** What became of the calls of a drained server. */
export interface DrainResult {
  /** Calls that ended by themselves: the system has their responses. A client that reads slowly loses what it has not read when the grace is over. */
  readonly finished: number;
  /** Calls that were broken off when the grace was over; their clients see `unavailable`. */
  readonly cut: number;
}

/** @internal What a server is to {@link drainServer}. */
export interface Drainable {
  readonly router: Router;
  readonly calls: ServerCalls;
  readonly connections: Http2Connections;
  readonly sockets: ServerSockets;
  readonly fallback: FallbackRunner;
  readonly listener: { readonly listening: boolean };
  /** `undefined` as long as nothing came over HTTP/1.1. */
  readonly madeHttp: { closeIdleConnections(): void } | undefined;
  stop(): Promise<void>;
  close(): Promise<void>;
}

/** How long the calls that are cut may take to tell their clients, in milliseconds. */
const lastWordsMs = 200;
/** How often to look whether all is over. */
const intervalMs = 10;
/** How long new connections are taken at most: Node takes one in a turn, and more may come all the time. */
const newConnectionsMs = 1_000;

/** @internal Ends a server gracefully. A call shorter than the grace is not lost. */
export async function drainServer(server: Drainable, options: DrainOptions = {}): Promise<DrainResult> {
  checkOptions("drain", options, {
    graceMs: milliseconds(0, Number.POSITIVE_INFINITY),
    lingerMs: milliseconds(0),
    noticeMs: milliseconds(0),
  });
  const { calls, connections, fallback, sockets } = server;
  const graceMs = options.graceMs ?? 10_000;
  const lingerMs = Math.min(options.lingerMs ?? 150, graceMs);
  const noticeMs = options.noticeMs ?? 0;
  const before = calls.finished;
  server.router.drain();
  if (noticeMs > 0) await until(() => !server.listener.listening, now() + noticeMs);
  await takeNewConnections(sockets, Math.min(newConnectionsMs, graceMs));
  const start = now();
  const end = start + graceMs;
  calls.draining = true;
  let stopped = false;
  void server.stop().then(() => {
    stopped = true;
  });
  connections.drain();
  // An HTTP/1.1 client learns only from an answer that the server goes, and may have sent another request already.
  await until(() => stopped || !(sockets.hasHttp1() || connections.isSettling()), start + lingerMs);
  // In a busy process the time is over before what came in it is read.
  await turnOfSockets();
  await until(() => {
    if (!sockets.isSending()) server.madeHttp?.closeIdleConnections();
    return stopped || (calls.active === 0 && fallback.active === 0);
  }, end);
  const finished = calls.finished - before;
  const cut = calls.active;
  if (cut > 0) {
    calls.shutDown();
    connections.cut();
    await until(() => calls.active === 0, now() + lastWordsMs);
  }
  // The last responses may still be on their way.
  connections.end();
  await until(
    () => {
      sockets.closeQuiet();
      return stopped;
    },
    Math.max(end, now() + (cut > 0 ? lastWordsMs : 0)),
  );
  await server.close();
  return { finished, cut };
}

/** Connections that the system has made and Node has not taken yet would be reset, with the requests on them. */
async function takeNewConnections(sockets: ServerSockets, ms: number): Promise<void> {
  const end = now() + ms;
  let before: number;
  do {
    before = sockets.added;
    await turnOfSockets();
  } while (sockets.added > before && now() < end);
}

/** Resolves when what was there to read and to accept has been. */
function turnOfSockets(): Promise<void> {
  return new Promise((resolve) => nextTurn(() => nextTurn(resolve)));
}

/** Waits for a condition, but not beyond a time. */
function until(condition: () => boolean, deadline: number): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (condition() || now() >= deadline) resolve();
      else after(Math.min(intervalMs, deadline - now()), look);
    };
    look();
  });
}
