import type { Call, ConnectError, Interceptor } from "@connect-ts/runtime";
import { checkOptions as checkNames } from "@connect-ts/runtime/transport";
import { AdaptiveLimit } from "./adaptive-limit.js";
import {
  type AdmissionClock,
  type AdmissionOptions,
  checkOptions,
  type Numbers,
  platformClock,
  type RefusalReason,
} from "./options.js";
import { refusal } from "./refusal.js";
import { Usage, Waiting } from "./waiting.js";

/** How things stand. */
export interface AdmissionState {
  /** How many calls may run at once now. */
  readonly limit: number;
  readonly running: number;
  readonly waiting: number;
  /** Calls that were refused so far. */
  readonly refused: number;
}

/** An interceptor for handlers, which lets calls in or refuses them. */
export interface Admission extends Interceptor {
  state(): AdmissionState;
}

/** How often the event loop is looked at, in milliseconds. */
const lookMs = 20;
/** Calls begin for so many milliseconds in one turn of the event loop; then it is the turn of what came by the network. */
const turnMs = 10;
/** So many calls that waited begin together. */
const atOnce = 4;
/** After so many milliseconds without calls half of what is known of an RPC's time is forgotten. */
const forgetMs = 1_000;

const alwaysIn = /^\/grpc\.(?:health|reflection)\./;

/**
 * Keeps a server that is asked for more than it can do at work on what it can: a limit on calls that run, which adapts; a
 * short queue, newest first; and refusals before a message is read, `unavailable` or `resource_exhausted`, which say when to
 * come again. One for all services of a server: `serve({ interceptors: [admission()] })`, before all other interceptors.
 *
 * @throws TypeError or RangeError for a bad option
 */
export function admission(options: AdmissionOptions = {}): Admission {
  checkNames("admission", options, {
    initialLimit: undefined,
    minLimit: undefined,
    maxLimit: undefined,
    maxWaiting: undefined,
    maxWaitMs: undefined,
    maxLoopDelayMs: undefined,
    targetMs: undefined,
    caller: undefined,
    maxPerCaller: undefined,
    maxPerMethod: undefined,
    exempt: undefined,
    retryAfterMs: undefined,
    onRefused: undefined,
    random: undefined,
    clock: undefined,
  });
  const desk = new Desk(options);
  const interceptor: Interceptor = (call, next) => desk.serve(call, next);
  return Object.assign(interceptor, { state: () => desk.state() });
}

class Desk {
  readonly options: AdmissionOptions;
  readonly numbers: Numbers;
  readonly clock: AdmissionClock;
  readonly random: () => number;
  readonly limit: AdaptiveLimit;
  readonly usage: Usage = new Usage();
  readonly waiting: Waiting;
  running = 0;
  refused = 0;
  isLooking = false;
  /** When the turn of the event loop began, if that is known. */
  turnAt = 0;
  isTurn = false;
  /** Calls that run or wait, by caller and by RPC. */
  readonly callers: Map<string, number> = new Map();
  readonly methods: Map<string, number> = new Map();
  /** How long RPCs take, on an average of late. */
  readonly times: Map<string, { ms: number; at: number }> = new Map();

  constructor(options: AdmissionOptions) {
    this.options = options;
    this.numbers = checkOptions(options);
    this.waiting = new Waiting(this.usage, this.numbers.maxWaitMs);
    this.clock = options.clock ?? platformClock;
    this.random = options.random ?? Math.random;
    const { initialLimit, minLimit, maxLimit } = this.numbers;
    this.limit = new AdaptiveLimit({ initial: initialLimit, min: minLimit, max: maxLimit });
  }

  state(): AdmissionState {
    const { limit, running, waiting, refused } = this;
    return { limit: Math.floor(limit.value), running, waiting: waiting.size, refused };
  }

  async serve(call: Call, next: () => Promise<void>): Promise<void> {
    const { procedure, kind } = call.spec;
    if (alwaysIn.test(procedure) || this.options.exempt?.(call) === true) return next();
    const caller = this.options.caller?.(call) ?? "";
    this.check(call, caller);
    add(this.callers, caller, 1);
    add(this.methods, procedure, 1);
    try {
      this.look();
      this.enterTurn();
      // Who waits is not overtaken by who comes later in the turn: callers have their turns too.
      if (this.hasRoom && this.waiting.size === 0) this.begin(caller);
      else await this.wait(call, caller);
    } catch (error) {
      add(this.callers, caller, -1);
      add(this.methods, procedure, -1);
      throw error;
    }
    const start = this.clock.now();
    let isIn = true;
    const leave = (): void => {
      if (!isIn) return;
      isIn = false;
      this.left(call, this.clock.now() - start);
    };
    // A stream of responses may stay open for hours without work: it counts until it begins.
    if (kind === "server_streaming" || kind === "bidi_streaming") call.onResponseHeaders(leave);
    try {
      await next();
    } finally {
      add(this.callers, caller, -1);
      add(this.methods, procedure, -1);
      leave();
    }
  }

  get hasRoom(): boolean {
    return this.running < Math.floor(this.limit.value) && this.clock.now() - this.turnAt <= turnMs;
  }

  begin(caller: string): void {
    this.running++;
    this.usage.began(caller, this.clock.now());
  }

  enterTurn(): void {
    if (this.isTurn) return;
    this.isTurn = true;
    this.turnAt = this.clock.now();
    this.clock.nextTurn(() => {
      this.isTurn = false;
      if (this.waiting.size > 0) this.admitWaiting();
    });
  }

  /** @throws ConnectError when the call is not even to wait */
  check(call: Call, caller: string): void {
    const { procedure } = call.spec;
    const { maxPerCaller } = this.numbers;
    if (this.isTooLate(call)) throw this.refuse(call, "deadline");
    if ((this.callers.get(caller) ?? 0) >= maxPerCaller) throw this.refuse(call, "caller");
    const most = this.options.maxPerMethod?.(call.spec);
    if (most !== undefined && (this.methods.get(procedure) ?? 0) >= most) throw this.refuse(call, "method");
  }

  /** Whether a call would not be done by its deadline, as far as its RPC's past tells. */
  isTooLate(call: Call): boolean {
    const left = call.timeoutMs();
    const known = this.times.get(call.spec.procedure);
    if (left === undefined || known === undefined) return false;
    // What made calls slow may be over: without news the guess falls.
    return left < known.ms * 0.5 ** ((this.clock.now() - known.at) / forgetMs);
  }

  /** Waits for a place, which the call then has. */
  wait(call: Call, caller: string): Promise<void> {
    const { numbers, waiting, clock } = this;
    return new Promise((resolve, reject) => {
      waiting.add({
        caller,
        since: clock.now(),
        admit: () => {
          // The signal is made when it is asked for: calls that are refused do without.
          if (call.signal.aborted) reject(call.signal.reason as Error);
          else if (this.isTooLate(call)) reject(this.refuse(call, "deadline"));
          else {
            this.begin(caller);
            resolve();
          }
        },
        refuse: (why) => reject(this.refuse(call, why)),
      });
      if (waiting.size > numbers.maxWaiting) waiting.crowdOut()?.refuse("queue");
    });
  }

  /** A call that was let in needs its place no more. */
  left(call: Call, ms: number): void {
    const { limit, numbers, clock } = this;
    const wasFull = this.running >= Math.floor(limit.value) - 1;
    this.running--;
    if (call.status === "deadline_exceeded" || ms > numbers.targetMs) limit.overloaded(clock.now());
    else if (wasFull) limit.wasFull();
    if (call.status === "ok") this.learn(call.spec.procedure, ms);
    this.admitWaiting();
  }

  learn(procedure: string, ms: number): void {
    const at = this.clock.now();
    const known = this.times.get(procedure);
    if (known === undefined) this.times.set(procedure, { ms, at });
    else {
      known.ms += 0.1 * (ms - known.ms);
      known.at = at;
    }
  }

  admitWaiting(): void {
    this.enterTurn();
    // They run after this function: how long that takes is seen then, and the rest has the next turn.
    for (let admitted = 0; admitted < atOnce && this.hasRoom; admitted++) {
      const waiter = this.waiting.next();
      if (waiter === undefined) return;
      if (this.waiting.isLate(waiter, this.clock.now())) waiter.refuse("wait");
      else waiter.admit();
    }
  }

  /** Looks at the event loop while there are calls. */
  look(): void {
    if (this.isLooking) return;
    this.isLooking = true;
    const due = this.clock.now() + lookMs;
    this.clock.after(lookMs, () => {
      this.isLooking = false;
      const now = this.clock.now();
      if (now - due > this.numbers.maxLoopDelayMs) this.limit.overloaded(now);
      this.waiting.refuseLate(now);
      if (this.running + this.waiting.size > 0) this.look();
    });
  }

  refuse(call: Call, reason: RefusalReason): ConnectError {
    this.refused++;
    this.options.onRefused?.(call, reason);
    const retryMs = this.numbers.retryAfterMs * (0.5 + this.random());
    if (reason === "caller") return refusal("resource_exhausted", "too many calls of this caller at once", retryMs);
    if (reason === "method") return refusal("resource_exhausted", "too many calls of this RPC at once", retryMs);
    return refusal("unavailable", busy[reason], retryMs);
  }
}

const busy = {
  queue: "the server is busy: no more calls can wait",
  wait: "the server is busy: the call has waited for too long",
  deadline: "the server is busy: the call cannot be done by its deadline",
} as const;

function add(counts: Map<string, number>, key: string, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}
