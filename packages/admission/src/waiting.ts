/** A call that waits for its turn. */
export interface Waiter {
  readonly caller: string;
  readonly since: number;
  /** Lets it run, or refuses it when that is of no use any more. */
  admit(): void;
  refuse(why: "queue" | "wait"): void;
}

/** How much of a server callers had of late: who had little comes first. */
export class Usage {
  /** Calls that began, by caller, in this while and in the one before. */
  current: Map<string, number> = new Map();
  former: Map<string, number> = new Map();
  /** Calls of all callers, and in the while before. */
  total = 0;
  formerTotal = 0;
  since = 0;

  began(caller: string, now: number): void {
    if (now - this.since > whileMs) {
      const isRecent = now - this.since <= 2 * whileMs;
      this.former = isRecent ? this.current : new Map();
      this.formerTotal = isRecent ? this.total : 0;
      this.current = new Map();
      this.total = 0;
      this.since = now;
    }
    this.current.set(caller, (this.current.get(caller) ?? 0) + 1);
    this.total++;
  }

  of(caller: string): number {
    return (this.current.get(caller) ?? 0) + (this.former.get(caller) ?? 0);
  }

  /** What a caller had on an average. */
  get share(): number {
    return (this.total + this.formerTotal) / Math.max(1, this.current.size, this.former.size);
  }
}

const whileMs = 1_000;
/** Calls of callers who ask for less than their share may wait so many times as long: it is not for them that others wait. */
const patience = 4;

/**
 * Calls that wait: the caller that had the least comes first, and of its calls the newest, since the oldest one is the most
 * likely to be too late. Where there is no more room the caller with the most calls loses its oldest one.
 */
export class Waiting {
  /** By caller, oldest first. */
  readonly callers: Map<string, Waiter[]> = new Map();
  readonly usage: Usage;
  readonly maxWaitMs: number;
  size = 0;

  constructor(usage: Usage, maxWaitMs: number) {
    this.usage = usage;
    this.maxWaitMs = maxWaitMs;
  }

  add(waiter: Waiter): void {
    const stack = this.callers.get(waiter.caller);
    if (stack === undefined) this.callers.set(waiter.caller, [waiter]);
    else stack.push(waiter);
    this.size++;
  }

  next(): Waiter | undefined {
    let least = Number.POSITIVE_INFINITY;
    let found: Waiter[] = [];
    for (const [caller, stack] of this.callers) {
      const used = this.usage.of(caller);
      if (used > least || (used === least && sinceOf(stack) < sinceOf(found))) continue;
      least = used;
      found = stack;
    }
    const waiter = found.pop();
    if (waiter === undefined) return undefined;
    if (found.length === 0) this.callers.delete(waiter.caller);
    this.size--;
    return waiter;
  }

  /** Takes out the oldest call of who has the most. */
  crowdOut(): Waiter | undefined {
    let most: Waiter[] = [];
    for (const stack of this.callers.values()) if (stack.length > most.length) most = stack;
    const oldest = most[0];
    if (oldest !== undefined) this.removeOldest(most, oldest);
    return oldest;
  }

  /** Refuses what has waited for too long. */
  refuseLate(now: number): void {
    for (const [caller, stack] of [...this.callers]) {
      const time = now - this.longest(caller, stack.length);
      for (let oldest = stack[0]; oldest !== undefined && oldest.since < time; oldest = stack[0]) {
        this.removeOldest(stack, oldest);
        oldest.refuse("wait");
      }
    }
  }

  /** Whether a call that was the next one has waited for too long. */
  isLate({ caller, since }: Waiter, now: number): boolean {
    return since < now - this.longest(caller, (this.callers.get(caller)?.length ?? 0) + 1);
  }

  /** How long calls of a caller with so many of them may wait, in milliseconds. */
  longest(caller: string, count: number): number {
    const isModest = this.usage.of(caller) + count < this.usage.share;
    return isModest ? patience * this.maxWaitMs : this.maxWaitMs;
  }

  removeOldest(stack: Waiter[], { caller }: Waiter): void {
    stack.shift();
    if (stack.length === 0) this.callers.delete(caller);
    this.size--;
  }
}

/** When the newest call of a stack came. */
function sinceOf(stack: readonly Waiter[]): number {
  return stack.at(-1)?.since ?? Number.NEGATIVE_INFINITY;
}
