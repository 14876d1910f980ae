import type { Call, Spec } from "@connect-ts/runtime";

/** How many calls are let in, and who is refused. Times are in milliseconds, numbers of calls from 1 to 1000000. */
export interface AdmissionOptions {
  /** How many calls may run at once in the beginning. @default 16 */
  readonly initialLimit?: number | undefined;
  /** The fewest calls that may run at once, however loaded the server is. @default 4 */
  readonly minLimit?: number | undefined;
  /** The most calls that may run at once, however well it goes. @default 1000 */
  readonly maxLimit?: number | undefined;
  /** How many calls may wait for their turn, from 0. @default 128 */
  readonly maxWaiting?: number | undefined;
  /** How long a call may wait for its turn, from 1 to 2147483647; four times as long if its caller asks for less than its share. @default 100 */
  readonly maxWaitMs?: number | undefined;
  /** The event loop may be late by this much before the limit falls, from 1 to 2147483647. @default 50 */
  readonly maxLoopDelayMs?: number | undefined;
  /** A call that takes longer is a sign of overload too, from 1 to 2147483647. @default Infinity, which is none */
  readonly targetMs?: number | undefined;
  /** Who calls: a key, such as a tenant's. When calls wait the caller that had the least comes first, and who has the most waiting is refused first. @default all calls are alike */
  readonly caller?: ((call: Call) => string | undefined) | undefined;
  /** How many calls of one caller may run or wait at the same time. @default Infinity */
  readonly maxPerCaller?: number | undefined;
  /** How many calls of an RPC may run or wait at the same time; `undefined` is no limit. */
  readonly maxPerMethod?: ((spec: Spec) => number | undefined) | undefined;
  /** Calls that are let in whatever happens, and not counted, beside those of health and reflection. @default none */
  readonly exempt?: ((call: Call) => boolean) | undefined;
  /** When those that are refused are told to come again, half more or less at random; from 1 to 2147483647. @default 1000 */
  readonly retryAfterMs?: number | undefined;
  /** Is told of each call that is refused, and why. */
  readonly onRefused?: ((call: Call, reason: RefusalReason) => void) | undefined;
  /** For tests: from 0 to below 1. @default Math.random */
  readonly random?: (() => number) | undefined;
  /** For tests: another clock. @default that of the platform */
  readonly clock?: AdmissionClock | undefined;
}

/**
 * - `"queue"`: there was no more room to wait
 * - `"wait"`: it waited for too long
 * - `"deadline"`: it could not have been done in time
 * - `"caller"`, `"method"`: there are enough calls of its caller, or of its RPC
 */
export type RefusalReason = "queue" | "wait" | "deadline" | "caller" | "method";

/** What time is made of, for tests. */
export interface AdmissionClock {
  /** A clock that never goes back; its zero means nothing. */
  now(): number;
  /** Calls back once, after `ms`, without keeping the process alive. */
  after(ms: number, run: () => void): unknown;
  /** Calls back when what came by the network meanwhile has had its turn. */
  nextTurn(run: () => void): void;
}

export const platformClock: AdmissionClock = {
  now: () => performance.now(),
  after(ms, run) {
    const timer: unknown = setTimeout(run, ms);
    // Timers of some platforms are numbers.
    (timer as { unref?: () => void }).unref?.();
    return timer;
  },
  nextTurn(run) {
    const { setImmediate } = globalThis as { readonly setImmediate?: (run: () => void) => unknown };
    if (setImmediate === undefined) setTimeout(run, 0);
    else setImmediate(run);
  },
};

type NumberName =
  | "initialLimit"
  | "minLimit"
  | "maxLimit"
  | "maxWaiting"
  | "maxWaitMs"
  | "maxLoopDelayMs"
  | "targetMs"
  | "maxPerCaller"
  | "retryAfterMs";

/** Of each its default, and its range. */
const numbers: Readonly<Record<NumberName, readonly [standard: number, least: number, most: number]>> = {
  initialLimit: [16, 1, 1_000_000],
  minLimit: [4, 1, 1_000_000],
  maxLimit: [1_000, 1, 1_000_000],
  maxWaiting: [128, 0, 1_000_000],
  maxWaitMs: [100, 1, 0x7fffffff],
  maxLoopDelayMs: [50, 1, 0x7fffffff],
  targetMs: [Number.POSITIVE_INFINITY, 1, 0x7fffffff],
  maxPerCaller: [Number.POSITIVE_INFINITY, 1, 1_000_000],
  retryAfterMs: [1_000, 1, 0x7fffffff],
};

/** The numbers of options, with their defaults. */
export type Numbers = Readonly<Record<NumberName, number>>;

/** @throws TypeError or RangeError for a bad option */
export function checkOptions(options: AdmissionOptions): Numbers {
  const checked = Object.entries(numbers).map(([name, [standard, least, most]]) => {
    const value = options[name as keyof Numbers];
    if (value === undefined) return [name, standard];
    if (value === standard || (typeof value === "number" && value >= least && value <= most)) return [name, value];
    const or = Number.isFinite(standard) ? "" : ` or ${standard}`;
    throw new RangeError(`${name} must be a number from ${least} to ${most}${or}, and ${String(value)} is not`);
  });
  for (const name of ["caller", "maxPerMethod", "exempt", "onRefused"] as const) {
    const value = options[name];
    if (value !== undefined && typeof value !== "function") {
      throw new TypeError(`${name} must be a function, and ${typeof value} is none`);
    }
  }
  const result = Object.fromEntries(checked) as Numbers;
  const { minLimit, maxLimit, initialLimit } = result;
  if (minLimit > maxLimit) throw new RangeError(`minLimit is ${minLimit}, and above maxLimit, which is ${maxLimit}`);
  return { ...result, initialLimit: Math.min(maxLimit, Math.max(minLimit, initialLimit)) };
}
