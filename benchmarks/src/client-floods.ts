// What a hostile frame costs a client: pnpm bench:client-floods [words of names]. A client of each stack, in a process of its own,
// calls a server that answers with each kind of attack, and calls again when its call is over. Prints CPU for each frame and memory.
import net, { type AddressInfo, type Socket } from "node:net";
import type { Attack } from "./attacks.js";
import { clientAttacks, greeting } from "./client-attacks.js";
import type { Usage } from "./commands.js";
import { flood } from "./flood.js";
import type { PeerName } from "./peers/index.js";
import { WorkerProcess } from "./worker-process.js";

const stacks: readonly PeerName[] = ["connect-ts", "raw", "grpc-js"];
/** How long a client calls. */
const attackMs = 3000;
const megabyte = 1_048_576;

/** A server that floods each connection as soon as it has a request. */
class HostileServer {
  readonly listener: net.Server;
  readonly attack: Attack;
  readonly sockets = new Set<Socket>();
  frames = 0;
  /** When it stops, and how many frames it sends in all. */
  until = 0;

  constructor(attack: Attack) {
    this.attack = attack;
    this.listener = net.createServer((socket) => this.accept(socket));
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.listener.listen(0, "127.0.0.1", resolve));
    return (this.listener.address() as AddressInfo).port;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.listener.close();
  }

  accept(socket: Socket): void {
    this.sockets.add(socket);
    socket.once("close", () => this.sockets.delete(socket));
    socket.on("error", () => {});
    socket.write(greeting);
    let head = Buffer.alloc(0);
    const onData = (bytes: Buffer): void => {
      head = Buffer.concat([head, bytes]);
      if (!hasRequest(head)) return;
      socket.removeListener("data", onData);
      if (this.attack.reads !== false) socket.resume();
      else socket.pause();
      void flood(socket, this.attack, Math.max(0, this.attack.total - this.frames), this.until).then((sent) => {
        this.frames += sent;
      });
    };
    socket.on("data", onData);
  }
}

/** Whether a HEADERS frame stands behind the client's preface. */
function hasRequest(bytes: Buffer): boolean {
  for (let at = 24; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3)) if (bytes[at + 3] === 1) return true;
  return false;
}

async function costOf(peer: PeerName, attack: Attack): Promise<{ readonly us: number; readonly megabytes: number }> {
  const worker = new WorkerProcess();
  const honest = new WorkerProcess();
  const server = new HostileServer(attack);
  try {
    const setup = { wire: "grpc" } as const;
    // What a client needs for its first calls is no cost of the attack.
    await worker.do({
      type: "connect",
      peer,
      setup,
      port: await honest.do<number>({ type: "serve", peer: "raw", setup }),
    });
    await worker.do({ type: "load", load: { method: "tiny", messages: 1, inFlight: 8, cpuMs: 300 } });
    await worker.do({ type: "connect", peer, setup, port: await server.listen() });
    const baseline = await worker.do<number>({ type: "settledMemory" });
    const before = await worker.do<Usage>({ type: "usage" });
    server.until = performance.now() + attackMs;
    await worker.do({ type: "callAgain", forMs: attackMs });
    const after = await worker.do<Usage>({ type: "usage" });
    return {
      us: (after.cpuUs - before.cpuUs) / Math.max(1, server.frames),
      megabytes: Math.max(0, after.peakBytes - baseline) / megabyte,
    };
  } finally {
    server.close();
    await Promise.all([worker.stop(), honest.stop()]);
  }
}

const words = process.argv.slice(2);
const chosen = clientAttacks.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
console.log(`| attack | ${stacks.map((stack) => `${stack}: µs a frame | MB`).join(" | ")} |`);
console.log(`| --- |${stacks.map(() => " --: | --: |").join("")}`);
let tooMuch = false;
for (const attack of chosen) {
  const cells: string[] = [];
  for (const stack of stacks) {
    const cost = await costOf(stack, attack).catch(() => undefined);
    cells.push(cost === undefined ? "- | -" : `${cost.us.toFixed(1)} | ${cost.megabytes.toFixed(0)}`);
    if (stack === "connect-ts" && (cost === undefined || cost.megabytes > 64)) tooMuch = true;
  }
  console.log(`| ${attack.name} | ${cells.join(" | ")} |`);
}
if (tooMuch) {
  console.error("connect-ts took more than 64 MB in one of them, or ended");
  process.exitCode = 1;
}
