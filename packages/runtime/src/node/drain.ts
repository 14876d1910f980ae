import type { NodeServer } from "./serve.js";

/** How to drain a server. */
export interface DrainOptions {
  /** How long calls may go on, in milliseconds. @default 10000 */
  readonly graceMs?: number | undefined;
  /** HTTP/1.1: how long requests are still taken on connections that are open, which are told to close with their answer, in milliseconds. @default 1000 or `graceMs`, the smaller */
  readonly lingerMs?: number | undefined;
}

/** What became of the calls of a drained server. */
export interface DrainResult {
  /** Calls that ended by themselves. */
  readonly finished: number;
  /** Calls that were broken off when the grace was over. */
  readonly cut: number;
}

/** @internal Ends a server gracefully. A call shorter than the grace is not lost. */
export async function drainServer(server: NodeServer, options: DrainOptions = {}): Promise<DrainResult> {
  const graceMs = options.graceMs ?? 10_000;
  const lingerMs = Math.min(options.lingerMs ?? 1_000, graceMs);
  const before = server.calls.finished;
  const deadline = Date.now() + graceMs;
  server.draining = true;
  const stopped = server.stop();
  server.router.drain();
  server.sessions.drain();
  // An HTTP/1.1 client learns that the server goes only from an answer, and what it has sent already would be lost.
  await Promise.race([stopped, sleep(lingerMs)]);
  server.http.closeIdleConnections();
  const timer = setInterval(() => server.http.closeIdleConnections(), 20);
  await Promise.race([stopped, sleep(deadline - Date.now())]);
  clearInterval(timer);
  const finished = server.calls.finished - before;
  const cut = server.calls.active;
  await server.close();
  return { finished, cut };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, Math.max(0, ms)).unref();
  });
}
