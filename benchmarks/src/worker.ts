// A process with one side of one stack. It takes commands from its parent, and answers each.

import { Session } from "node:inspector/promises";
import type { Command, Usage } from "./commands.js";
import { openIdle } from "./idle.js";
import { callAgain, runLoad } from "./load.js";
import { peers } from "./peers/index.js";
import type { Client } from "./peers/peer.js";

const inspector = new Session();
let client: Client | undefined;
let connect: (() => Client) | undefined;
/** What a program has in its heap besides calls. */
let held: object[] = [];

async function obey(command: Command): Promise<unknown> {
  switch (command.type) {
    case "hold":
      held = Array.from({ length: command.objects }, (_, id) => ({ id, name: `user ${id}`, tags: ["a", "b"] }));
      return held.length;
    case "serve":
      return await (await peers[command.peer]()).serve(command.setup);
    case "connect": {
      const peer = await peers[command.peer]();
      connect = () => peer.connect(command.setup, command.port);
      client = connect();
      return undefined;
    }
    case "load":
      if (client === undefined) throw new Error("not connected");
      return await runLoad(client, command.load);
    case "idle":
      if (connect === undefined) throw new Error("not connected");
      return await openIdle(connect, command.connections, command.streams);
    case "callAgain":
      if (client === undefined) throw new Error("not connected");
      return await callAgain(client, command.forMs);
    case "usage":
      return usage();
    case "startProfile":
      inspector.connect();
      await inspector.post("Profiler.enable");
      await inspector.post("Profiler.setSamplingInterval", { interval: 200 });
      return await inspector.post("Profiler.start");
    case "stopProfile":
      return (await inspector.post("Profiler.stop")).profile;
    case "settledMemory":
      return await settledMemory();
    case "serveFlow":
      return await (await import("./flow.js")).serveFlow(command.window, command.uploadBytes);
    case "delay":
      return await (await import("./delaying-proxy.js")).delayingProxy(command.port, command.delayMs);
    case "flow":
      return await (await import("./flow.js")).runFlow(command.flow);
  }
}

function usage(): Usage {
  const { user, system } = process.cpuUsage();
  return { cpuUs: user + system, peakBytes: process.resourceUsage().maxRSS * 1024 };
}

/** Resident memory after garbage collections. */
async function settledMemory(): Promise<number> {
  for (let i = 0; i < 4; i++) {
    (globalThis as { gc?: () => void }).gc?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return process.memoryUsage.rss();
}

process.on("message", (command: Command) => {
  obey(command).then(
    (value) => process.send?.({ value }),
    (error: unknown) => process.send?.({ error: String((error as Error)?.stack ?? error) }),
  );
});
process.on("disconnect", () => process.exit(0));
