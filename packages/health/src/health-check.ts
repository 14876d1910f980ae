import type { Awaitable } from "@connect-ts/runtime";
import type { Statuses } from "./status.js";

/** A check that runs again and again, and decides how a service is. */
export interface HealthCheck {
  /**
   * Looks whether the service can do its work. It cannot when this resolves to `false`, rejects, throws, or is not done after
   * `timeoutMs`; then `signal` aborts.
   */
  readonly check: (signal: AbortSignal) => Awaitable<unknown>;
  /** From the end of a check to the begin of the next one, in milliseconds from 1 to 2147483647. @default 10000 */
  readonly periodMs?: number | undefined;
  /** How long a check may take, in milliseconds from 1 to 2147483647. @default 1000 */
  readonly timeoutMs?: number | undefined;
}

type Timer = ReturnType<typeof setTimeout>;

/** Runs the check of one service until it is stopped. */
export class CheckRunner {
  readonly service: string;
  readonly check: HealthCheck["check"];
  readonly periodMs: number;
  readonly timeoutMs: number;
  readonly statuses: Statuses;
  readonly onFailure: (error: unknown, service: string) => void;
  timer: Timer | undefined = undefined;
  running: AbortController | undefined = undefined;
  isStopped = false;

  constructor(
    service: string,
    check: HealthCheck,
    statuses: Statuses,
    onFailure: (error: unknown, service: string) => void,
  ) {
    this.service = service;
    this.check = check.check;
    this.periodMs = duration("periodMs", check.periodMs ?? 10_000, service);
    this.timeoutMs = duration("timeoutMs", check.timeoutMs ?? 1_000, service);
    this.statuses = statuses;
    this.onFailure = onFailure;
    if (typeof check.check !== "function") {
      throw new TypeError(`the check of ${JSON.stringify(service)} must have a function "check"`);
    }
  }

  /** Checks now, and then again after each period. */
  async run(): Promise<void> {
    const controller = new AbortController();
    this.running = controller;
    const failure = await this.outcome(controller);
    if (this.isStopped) return;
    if (failure === undefined) this.statuses.set(this.service, "serving");
    else {
      // Told once for each time that it goes down, not at each period.
      const wasDown = this.statuses.told.get(this.service) === "not_serving";
      this.statuses.set(this.service, "not_serving");
      if (!wasDown) this.tell(failure.error);
    }
    this.timer = setTimeout(() => void this.run(), this.periodMs);
    keepNothingAlive(this.timer);
  }

  /** Why the check failed, or `undefined`. */
  async outcome(controller: AbortController): Promise<{ readonly error: unknown } | undefined> {
    let timer: Timer | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not done after ${this.timeoutMs} ms`)), this.timeoutMs);
      keepNothingAlive(timer);
    });
    try {
      const result = await Promise.race([this.check(controller.signal), late]);
      return result === false ? { error: new Error("the check said no") } : undefined;
    } catch (error) {
      controller.abort(error);
      return { error };
    } finally {
      clearTimeout(timer);
    }
  }

  tell(error: unknown): void {
    try {
      this.onFailure(error, this.service);
    } catch (thrown) {
      console.error("onFailure of a health check threw:", thrown);
    }
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
    this.running?.abort(new Error("the health checks were stopped"));
  }
}

/** On Node a timer keeps the process alive; a check must not. Elsewhere timers are numbers. */
function keepNothingAlive(timer: Timer): void {
  if (typeof timer === "object") timer.unref();
}

function duration(name: string, value: number, service: string): number {
  if (Number.isFinite(value) && value >= 1 && value <= 0x7fffffff) return value;
  throw new RangeError(
    `${name} of the check of ${JSON.stringify(service)} must be from 1 to 2147483647 milliseconds, and ${value} is not`,
  );
}
