// What a hostile frame costs a server: pnpm bench:floods [words of names]. Each kind of attack goes to each stack, in a process of
// its own, until so many frames are sent, over new connections when the server ends one. Prints CPU for each frame and memory.
import net from "node:net";
import { type Attack, attacks } from "./attacks.js";
import type { Usage } from "./commands.js";
import { flood } from "./flood.js";
import type { PeerName } from "./peers/index.js";
import { WorkerProcess } from "./worker-process.js";

const stacks: readonly PeerName[] = ["connect-ts", "raw", "grpc-js"];
/** How long an attack goes on at the most. */
const longestMs = 4000;
const megabyte = 1_048_576;

interface Cost {
  readonly frames: number;
  readonly connections: number;
  readonly usPerFrame: number;
  readonly megabytes: number;
}

/** One connection of the attacker. Gives how many frames were sent on it. */
async function attackOnce(port: number, attack: Attack, most: number, until: number): Promise<number> {
  const socket = net.connect(port, "127.0.0.1");
  socket.on("error", () => {});
  if (attack.reads !== false) socket.resume();
  const connected = await new Promise<boolean>((resolve) => {
    socket.once("connect", () => resolve(true));
    socket.once("close", () => resolve(false));
  });
  return connected ? flood(socket, attack, most, until) : 0;
}

async function costOf(peer: PeerName, attack: Attack): Promise<Cost> {
  const worker = new WorkerProcess();
  try {
    const port = await worker.do<number>({ type: "serve", peer, setup: { wire: "grpc" } });
    // What a server needs for its first connections is no cost of the attack.
    await attackOnce(port, attack, 100, performance.now() + 500);
    const baseline = await worker.do<number>({ type: "settledMemory" });
    const before = await worker.do<Usage>({ type: "usage" });
    const until = performance.now() + longestMs;
    let frames = 0;
    let connections = 0;
    while (frames < attack.total && performance.now() < until && connections < 200) {
      connections++;
      frames += await attackOnce(port, attack, attack.total - frames, until);
    }
    const after = await worker.do<Usage>({ type: "usage" });
    return {
      frames,
      connections,
      usPerFrame: (after.cpuUs - before.cpuUs) / Math.max(1, frames),
      megabytes: Math.max(0, after.peakBytes - baseline) / megabyte,
    };
  } finally {
    await worker.stop();
  }
}

const words = process.argv.slice(2);
const chosen = attacks.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
console.log(`| attack | ${stacks.map((stack) => `${stack}: µs a frame | MB`).join(" | ")} |`);
console.log(`| --- |${stacks.map(() => " --: | --: |").join("")}`);
let tooMuch = false;
for (const attack of chosen) {
  const cells: string[] = [];
  for (const stack of stacks) {
    const cost = await costOf(stack, attack).catch(() => undefined);
    if (cost === undefined) {
      cells.push("- | -");
      if (stack === "connect-ts") tooMuch = true;
      continue;
    }
    const { usPerFrame, megabytes } = cost;
    cells.push(`${usPerFrame.toFixed(1)} | ${megabytes.toFixed(0)}`);
    if (stack === "connect-ts" && megabytes > 64) tooMuch = true;
  }
  console.log(`| ${attack.name} | ${cells.join(" | ")} |`);
}
if (tooMuch) {
  console.error("connect-ts took more than 64 MB in one of them, or ended");
  process.exitCode = 1;
}
