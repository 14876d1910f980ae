import type { Spec } from "../call/spec.js";
import { ConnectError } from "../error/connect-error.js";
import { afterInBackground, now } from "../time.js";

/** How long a handler may go on after its call ended before it counts, in milliseconds. */
const graceMs = 100;
/** How often it is looked in that time. A process that stood still ran no handler: each look is a turn in which handlers could end. */
const looks = 4;
/** How often the orphans of an RPC are told of, in milliseconds: clients that leave must not fill logs. */
const periodMs = 60_000;

/** A call whose handler still runs, or did. */
export interface Straggler {
  readonly spec: Spec;
  /** How many pieces of user code run for the call. */
  readonly running: number;
  /** Tells `onError`. Never throws. */
  report(error: unknown): void;
}

/** Counts handlers that outlive their calls, and tells of them: of an RPC's first at once, of further ones once in a period. */
export class Orphans {
  readonly all: Set<Straggler> = new Set();
  /** Calls that ended with their handlers running, and when those begin to count. In order. */
  readonly grace: { readonly call: Straggler; readonly until: number; looks: number }[] = [];
  /** By procedure: those that came since the last report. */
  readonly unreported: Map<string, Straggler[]> = new Map();
  watching = false;

  get count(): number {
    return this.all.size;
  }

  /** A call ended, and its handler runs. */
  watch(call: Straggler): void {
    this.grace.push({ call, until: now() + graceMs, looks });
    if (!this.watching) this.look();
  }

  /** The handler of a call that ended has ended, too. */
  ended(call: Straggler): void {
    this.all.delete(call);
  }

  look(): void {
    this.watching = true;
    afterInBackground(graceMs / looks, () => {
      this.watching = false;
      const { grace } = this;
      const at = now();
      for (const entry of grace) entry.looks--;
      while (grace[0] !== undefined && grace[0].until <= at && grace[0].looks <= 0) {
        const { call } = grace.shift() as (typeof grace)[number];
        if (call.running > 0) this.add(call);
      }
      if (grace.length > 0) this.look();
    });
  }

  add(call: Straggler): void {
    const { procedure } = call.spec;
    this.all.add(call);
    const since = this.unreported.get(procedure);
    if (since !== undefined) {
      since.push(call);
      return;
    }
    call.report(
      new ConnectError(
        "internal",
        `the handler of ${procedure} still runs ${graceMs} ms after its call ended: stop when context.signal aborts`,
      ),
    );
    this.openPeriod(procedure);
  }

  openPeriod(procedure: string): void {
    this.unreported.set(procedure, []);
    afterInBackground(periodMs, () => {
      const since = this.unreported.get(procedure) as Straggler[];
      const last = since.at(-1);
      if (last === undefined) {
        this.unreported.delete(procedure);
        return;
      }
      const running = since.filter((call) => call.running > 0).length;
      last.report(
        new ConnectError(
          "internal",
          `${since.length} more handlers of ${procedure} ran on after their calls ended in the last ${periodMs / 1000} s, and ${running} of them still run: stop when context.signal aborts`,
        ),
      );
      this.openPeriod(procedure);
    });
  }
}
