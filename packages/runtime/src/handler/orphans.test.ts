import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { Spec } from "../call/spec.js";
import { ManualTime } from "../testing/manual-time.js";
import { Orphans, type Straggler } from "./orphans.js";

let time: ManualTime;
let orphans: Orphans;
let heard: string[];
beforeEach(() => {
  time = new ManualTime();
  orphans = new Orphans();
  heard = [];
});
afterEach(() => time.restore());

class Call implements Straggler {
  readonly spec: Spec;
  running = 1;

  constructor(procedure = "/t.Service/Do") {
    this.spec = { procedure } as Spec;
  }

  report(error: unknown): void {
    heard.push((error as Error).message);
  }

  end(): void {
    this.running = 0;
    orphans.ended(this);
  }
}

function cut(count: number, procedure?: string): Call[] {
  return Array.from({ length: count }, () => {
    const call = new Call(procedure);
    orphans.watch(call);
    return call;
  });
}

describe("handlers that outlive their calls", () => {
  it("count when they ran on for 100 ms", async () => {
    const [call] = cut(1) as [Call];
    await time.pass(99);
    expect([orphans.count, heard]).toEqual([0, []]);
    await time.pass(1);
    expect(orphans.count).toBe(1);
    expect(heard).toEqual([
      "[internal] the handler of /t.Service/Do still runs 100 ms after its call ended: stop when context.signal aborts",
    ]);
    call.end();
    expect(orphans.count).toBe(0);
  });

  it("are forgotten when they end in time", async () => {
    const [call] = cut(1) as [Call];
    await time.pass(50);
    cut(1);
    call.end();
    await time.pass(50);
    expect(orphans.count).toBe(0);
    await time.pass(50);
    expect(orphans.count).toBe(1);
  });

  it("have their turns in a process that stood still", async () => {
    const [call] = cut(1) as [Call];
    time.now = () => time.clock + 5_000;
    await time.pass(75);
    expect(orphans.count).toBe(0);
    call.end();
    await time.pass(25);
    expect([orphans.count, heard]).toEqual([0, []]);
  });

  it("are told of once, and then once a minute with their number", async () => {
    const first = cut(200);
    await time.pass(100);
    expect(heard).toHaveLength(1);
    for (const call of first.slice(0, 150)) call.end();
    expect(orphans.count).toBe(50);
    await time.pass(60_000);
    expect(heard.slice(1)).toEqual([
      "[internal] 199 more handlers of /t.Service/Do ran on after their calls ended in the last 60 s, and 50 of them still run: stop when context.signal aborts",
    ]);
    cut(2);
    await time.pass(60_000);
    expect(heard).toHaveLength(3);
    expect(heard[2]).toContain("2 more handlers");
    // Nothing new: the next one is told of at once again.
    await time.pass(60_000);
    expect([heard.length, time.timers.size]).toEqual([3, 0]);
    cut(1);
    await time.pass(100);
    expect(heard).toHaveLength(4);
  });

  it("are told of for each RPC", async () => {
    cut(3, "/t.Service/One");
    cut(3, "/t.Service/Two");
    await time.pass(100);
    expect(heard.map((text) => /Service\/\w+/.exec(text)?.[0])).toEqual(["Service/One", "Service/Two"]);
  });

  it("keep no process alive", async () => {
    cut(1);
    expect([...time.timers].every(({ background }) => background)).toBe(true);
    await time.pass(100);
    expect([...time.timers].map(({ background }) => background)).toEqual([true]);
  });
});
