// A server in a process of its own: does what it is asked over the channel to its parent, and tells of faults.

import type { Ask, ServerState } from "./harness/server-process.js";
import { type RunningServer, startServer } from "./harness/servers.js";
import { Ran } from "./harness/service.js";

const ran = new Ran();
const unhandled: string[] = [];
process.on("uncaughtException", (error) => unhandled.push(`uncaught ${error.stack}`));
process.on("unhandledRejection", (reason) => unhandled.push(`unhandled ${(reason as Error)?.stack ?? reason}`));
let server: RunningServer | undefined;
let peakRss = 0;
setInterval(() => {
  peakRss = Math.max(peakRss, process.memoryUsage.rss());
}, 5).unref();

async function answer(ask: Ask): Promise<unknown> {
  switch (ask.do) {
    case "start":
      server = await startServer(ask.init, ran);
      return server.port;
    case "drain": {
      const start = performance.now();
      const result = await server?.drain(ask.graceMs);
      return { ms: performance.now() - start, ...(result ?? {}) };
    }
    case "close":
      return server?.close();
    case "state":
      globalThis.gc?.();
      return state();
    case "glance":
      return state();
  }
}

function state(): ServerState {
  const resources: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1;
  const result: ServerState = {
    pings: [...ran.pings].map(([number, count]): [number, number] => [Number(number), count]),
    began: ran.began,
    ended: ran.ended,
    aborted: ran.aborted,
    abortedAt: ran.abortedAt.splice(0),
    complete: ran.complete,
    broken: ran.broken.splice(0),
    unhandled,
    resources,
    memory: process.memoryUsage(),
    peakRss: Math.max(peakRss, process.memoryUsage.rss()),
    cpuMs: (process.cpuUsage().user + process.cpuUsage().system) / 1000,
  };
  peakRss = 0;
  return result;
}

process.on("message", (ask: Ask) => {
  answer(ask).then(
    (value) => process.send?.({ id: ask.id, value }),
    (error: Error) => process.send?.({ id: ask.id, error: error.message }),
  );
});
process.on("disconnect", () => process.exit());
