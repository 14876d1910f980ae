// A server whose handlers compute, on a clock of its own: what a desk keeps of it when too much is asked of it.
import { type Call, HeaderMap } from "@connect-ts/runtime";
import { describe, expect, it } from "@jest/globals";
import { type AdmissionClock, admission } from "./index.js";

/** A handler computes for so many milliseconds; a second has room for as many calls as that makes. */
const workMs = 2;
const capacity = 1_000 / workMs;
/** What the head of a request costs, in milliseconds. */
const headMs = 0.05;
const timeoutMs = 500;

interface Offer {
  readonly caller: string;
  /** Calls in a second. */
  readonly rate: number;
}

class Machine implements AdmissionClock {
  time = 0;
  turns: (() => void)[] = [];
  timers: { readonly at: number; readonly run: () => void }[] = [];
  now(): number {
    return this.time;
  }
  after(ms: number, run: () => void): void {
    this.timers.push({ at: this.time + ms, run });
  }
  nextTurn(run: () => void): void {
    this.turns.push(run);
  }
  async runTimers(): Promise<void> {
    const due = this.timers.filter(({ at }) => at <= this.time);
    this.timers = this.timers.filter(({ at }) => at > this.time);
    for (const { run } of due) run();
    await settle();
  }
  async runTurns(): Promise<void> {
    for (const run of this.turns.splice(0)) run();
    await settle();
  }
}

/** How many calls were sent, and how many ended well and in time, by caller. */
interface Result {
  readonly sent: Map<string, number>;
  readonly ok: Map<string, number>;
}

/** Offers calls for some seconds. After each second the process stands still for `stopMs`. */
async function run(
  offers: readonly Offer[],
  seconds: number,
  { isAdmitting = true, stopMs = 0 } = {},
): Promise<Result> {
  const machine = new Machine();
  const desk = admission({ clock: machine, caller: (call) => call.requestHeaders.get("x-caller") ?? undefined });
  const result: Result = { sent: new Map(), ok: new Map() };
  const serve = async (caller: string, at: number): Promise<void> => {
    const call = {
      spec: { procedure: "/t.S/Do", kind: "unary" },
      requestHeaders: new HeaderMap({ "x-caller": caller }),
      signal: { aborted: false },
      status: undefined as string | undefined,
      timeoutMs: () => at + timeoutMs - machine.time,
    };
    const work = async (): Promise<void> => {
      if (call.timeoutMs() > 0) machine.time += workMs;
      call.status = call.timeoutMs() >= 0 ? "ok" : "deadline_exceeded";
      if (call.status === "ok") add(result.ok, caller);
    };
    await (isAdmitting ? desk(call as unknown as Call, work) : work());
  };
  const due = offers.flatMap(({ caller, rate }, index) =>
    Array.from({ length: rate * seconds }, (_, number) => {
      return { caller, at: ((number + index / offers.length) * 1_000) / rate };
    }),
  );
  due.sort((one, other) => one.at - other.at);
  let stopAt = 1_000;
  while (due.length > 0 || machine.turns.length > 0) {
    const before = machine.time;
    if (before >= stopAt) {
      stopAt += 1_000;
      machine.time += stopMs;
    }
    await machine.runTimers();
    const later = due.findIndex(({ at }) => at > machine.time);
    for (const { caller, at } of due.splice(0, later < 0 ? due.length : later)) {
      machine.time += headMs;
      add(result.sent, caller);
      serve(caller, at).catch((error) => expect(error.code).toBe("unavailable"));
    }
    await settle();
    await machine.runTurns();
    if (machine.time === before) machine.time += 1;
  }
  return result;
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** What came of the calls of all callers but one, in percent. */
function percent({ ok, sent }: Result, but: string): number {
  const sum = (counts: Map<string, number>): number =>
    [...counts].reduce((total, [caller, count]) => (caller === but ? total : total + count), 0);
  return (100 * sum(ok)) / sum(sent);
}

describe("a handler that computes", () => {
  it.each([
    [2, 90],
    [5, 85],
  ])("that is offered %i times what it can do keeps %i %% of that", async (factor, kept) => {
    const { ok } = await run([{ caller: "", rate: factor * capacity }], 4);
    expect((ok.get("") as number) / (4 * capacity)).toBeGreaterThan(kept / 100);
  });

  it("does next to nothing of use without it", async () => {
    const { ok } = await run([{ caller: "", rate: 5 * capacity }], 4, { isAdmitting: false });
    expect((ok.get("") as number) / (4 * capacity)).toBeLessThan(0.3);
  });
});

describe("of 11 callers", () => {
  const polite = Array.from({ length: 10 }, (_, index) => ({ caller: `polite ${index}`, rate: 0.04 * capacity }));
  const offers = [{ caller: "greedy", rate: 3 * capacity }, ...polite];

  it("the polite ten lose nothing to one that asks for three times what there is", async () => {
    expect(percent(await run(offers, 4), "greedy")).toBe(100);
  });

  it("the polite ten lose nothing when the process stands still for 150 ms in each second", async () => {
    expect(percent(await run(offers, 4, { stopMs: 150 }), "greedy")).toBe(100);
  });
});
