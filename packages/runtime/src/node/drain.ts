import type { NodeServer } from "./serve.js";

/** How to drain a server. */
export interface DrainOptions {
  /** How long calls may go on, in milliseconds. @default 10000 */
  readonly graceMs?: number | undefined;
  /**
   * HTTP/1.1: how long connections without a call stay open, in milliseconds. A request that was on its way is still
   * answered, with `Connection: close`.
   *
   * @default 150, or `graceMs` when that is less
   */
  readonly lingerMs?: number | undefined;
}

/** What became of the calls of a drained server. */
export interface DrainResult {
  /** Calls that ended by themselves. */
  readonly finished: number;
  /** Calls that were broken off when the grace was over; their clients see `unavailable`. */
  readonly cut: number;
}

/** How often to look whether all is over. */
const intervalMs = 10;

/** @internal Ends a server gracefully. A call shorter than the grace is not lost. */
export async function drainServer(server: NodeServer, options: DrainOptions = {}): Promise<DrainResult> {
  const { calls, fallback, sessions, sockets } = server;
  const graceMs = options.graceMs ?? 10_000;
  const lingerMs = Math.min(options.lingerMs ?? 150, graceMs);
  const start = Date.now();
  const end = start + graceMs;
  const before = calls.finished;
  calls.draining = true;
  let stopped = false;
  void server.stop().then(() => {
    stopped = true;
  });
  server.router.drain();
  sessions.drain();
  // An HTTP/1.1 client learns only from an answer that the server goes, and may have sent another request already.
  await until(() => stopped || !sockets.hasHttp1(), start + lingerMs);
  await until(() => {
    if (!sockets.isSending()) server.http.closeIdleConnections();
    return stopped || (calls.active === 0 && fallback.active === 0);
  }, end);
  const finished = calls.finished - before;
  const cut = calls.active;
  // The last responses may still be on their way.
  sessions.end();
  await until(() => {
    sockets.closeQuiet();
    return stopped;
  }, end);
  await server.close();
  return { finished, cut };
}

/** Waits for a condition, but not beyond a time. */
function until(condition: () => boolean, deadline: number): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (condition() || Date.now() >= deadline) resolve();
      else setTimeout(look, Math.min(intervalMs, deadline - Date.now()));
    };
    look();
  });
}
