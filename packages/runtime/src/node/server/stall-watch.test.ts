import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { ManualTime } from "../../testing/manual-time.js";
import { type Stallable, StallWatch } from "./stall-watch.js";

let time: ManualTime;
beforeEach(() => {
  time = new ManualTime();
});
afterEach(() => time.restore());

/** A response whose client takes it as the test says. */
class Response implements Stallable {
  left = 1000;
  taken = 0;
  stalledAt: number | undefined;
  readonly alone: boolean;

  constructor(alone: boolean) {
    this.alone = alone;
  }

  waiting(): number {
    return this.left;
  }

  moved(): number {
    return this.taken;
  }

  stalled(): void {
    this.stalledAt = time.clock;
  }
}

function watch(timeoutMs: number, response: Response): number {
  new StallWatch(timeoutMs).add(response);
  return time.clock;
}

it.each([
  [true, 50],
  [true, 1_000],
  [true, 6_000],
  [true, 60_000],
  [false, 6_000],
])(
  "a response (alone: %s) of which nothing is taken is dropped after %i ms, and at most a second later",
  async (alone, timeoutMs) => {
    const response = new Response(alone);
    const start = watch(timeoutMs, response);
    await time.pass(timeoutMs);
    expect(response.stalledAt).toBeUndefined();
    await time.pass(1_000);
    expect((response.stalledAt ?? 0) - start).toBeGreaterThanOrEqual(timeoutMs);
  },
);

it("one large write, of which the system takes little at a time, is not dropped", async () => {
  const response = new Response(true);
  watch(6_000, response);
  for (let i = 0; i < 20; i++) {
    await time.pass(5_000);
    response.taken++;
  }
  expect(response.stalledAt).toBeUndefined();
  const last = time.clock;
  await time.pass(7_000);
  expect((response.stalledAt ?? 0) - last).toBeGreaterThanOrEqual(6_000);
});

it("a response on a connection that serves others too is dropped later while those move, but is", async () => {
  const response = new Response(false);
  watch(1_000, response);
  for (let i = 0; i < 4; i++) {
    await time.pass(900);
    response.taken++;
  }
  expect(response.stalledAt).toBeUndefined();
  for (let i = 0; i < 3; i++) {
    await time.pass(900);
    response.taken++;
  }
  expect(response.stalledAt).toBeDefined();
});

it("no timer is left when nothing is watched", async () => {
  const stalls = new StallWatch(1_000);
  const response = new Response(true);
  stalls.add(response);
  expect(time.timers.size).toBe(1);
  stalls.remove(response);
  await time.pass(1_000);
  expect(time.timers.size).toBe(0);
});
