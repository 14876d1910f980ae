import { has, type Rule } from "../check-options.js";
import { ConnectError, memberOf } from "../error/connect-error.js";
import { after, cancel, now, type Timer } from "../time.js";
import { type Follower, followSignal, unfollowSignal } from "./signal-followers.js";

/** The longest delay that timers take without overflow: 2^31 - 1 ms, about 24.8 days. */
const maxDelayMs = 0x7fff_ffff;

/** A time left, which may have been computed and so be below 0; it has passed then. */
export const timeLeft: Rule = ["number", "a number of milliseconds", (value: number) => !Number.isNaN(value)];

export const signalRule: Rule = ["object", "an AbortSignal", has("addEventListener")];

type CancelListener = (error: ConnectError) => void;

/**
 * The life of a call, the same on clients and handlers: open, then over, exactly once. Cancellation,
 * deadline, failure and clean end all meet in it, and whatever belongs to the call (timers,
 * listeners) is released in its one `finish`.
 *
 * It makes no timer without a deadline, and no AbortController until somebody asks for the signal.
 */
export class Lifetime implements Follower {
  /** A point in time on the clock of `now()`. */
  deadline: number | undefined = undefined;
  /** How long the deadline was when it was set, in milliseconds. */
  deadlineMs = 0;
  over = false;
  /** Why the call was cut short. */
  reason: ConnectError | undefined = undefined;
  listeners: CancelListener[] | undefined = undefined;
  timer: Timer | undefined = undefined;
  controller: AbortController | undefined = undefined;
  releases: (() => void)[] | undefined = undefined;

  /** Time left until the deadline, not below 0. */
  timeoutMs(): number | undefined {
    return this.deadline === undefined ? undefined : Math.max(0, this.deadline - now());
  }

  /** Sets a deadline from now; the earlier of two counts. */
  setTimeoutMs(timeoutMs: number): void {
    const deadline = now() + timeoutMs;
    if (this.over || !(deadline < Number.POSITIVE_INFINITY)) return;
    if (this.deadline !== undefined && this.deadline <= deadline) return;
    this.deadline = deadline;
    this.deadlineMs = timeoutMs;
    cancel(this.timer);
    this.arm();
  }

  arm(): void {
    const left = (this.deadline as number) - now();
    if (left <= 0) {
      this.timer = undefined;
      this.cancel(this.deadlineError());
    } else {
      // Rounded up: a timer that fires early would be set again.
      this.timer = after(Math.min(Math.ceil(left), maxDelayMs), () => this.arm());
    }
  }

  deadlineError(): ConnectError {
    return new ConnectError("deadline_exceeded", `the deadline of ${Math.round(this.deadlineMs)} ms has passed`);
  }

  /** Aborts when the call is cut short. Made when first asked for. */
  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.reason !== undefined) this.controller.abort(this.reason);
    }
    return this.controller.signal;
  }

  /** Cancels this call when a signal aborts. */
  follow(signal: AbortSignal): void {
    if (signal.aborted) {
      this.signalAborted(signal.reason);
      return;
    }
    followSignal(signal, this);
    this.onRelease(() => unfollowSignal(signal, this));
  }

  /** A signal that it follows aborted. One reason may end many calls, and each has an error of its own. */
  signalAborted(reason: unknown): void {
    if (reason instanceof ConnectError) {
      const { code, rawMessage, metadata, details } = reason;
      this.cancel(new ConnectError(code, rawMessage, { metadata, details, cause: reason }));
    } else this.cancel(canceledBy(reason));
  }

  /** Calls back when the call is cut short; at once when it already was. */
  onCancel(listener: CancelListener): void {
    if (this.reason !== undefined) listener(this.reason);
    else if (!this.over) {
      if (this.listeners === undefined) this.listeners = [listener];
      else this.listeners.push(listener);
    }
  }

  offCancel(listener: CancelListener): void {
    const at = this.listeners?.indexOf(listener) ?? -1;
    if (at >= 0) this.listeners?.splice(at, 1);
  }

  /** Calls back when the call is over, however. */
  onRelease(release: () => void): void {
    if (this.over) release();
    else if (this.releases === undefined) this.releases = [release];
    else this.releases.push(release);
  }

  /** Cuts the call short. Returns whether it was still open. */
  cancel(error: ConnectError): boolean {
    if (this.over) return false;
    this.reason = error;
    const { listeners } = this;
    this.finish();
    this.controller?.abort(error);
    if (listeners !== undefined) for (const listener of listeners) tell(listener, error);
    return true;
  }

  /** The call is over. Releases all that belongs to it. Returns whether it was still open. */
  finish(): boolean {
    if (this.over) return false;
    this.over = true;
    this.listeners = undefined;
    cancel(this.timer);
    this.timer = undefined;
    const { releases } = this;
    this.releases = undefined;
    if (releases !== undefined) for (const release of releases) release();
    return true;
  }
}

/** A listener of a user's transport that throws keeps nobody else from hearing of the cancellation. */
function tell(listener: CancelListener, error: ConnectError): void {
  try {
    listener(error);
  } catch {
    // The call ends with what it was canceled for.
  }
}

/** The error of a call that was canceled on this side, for a reason of any kind. */
export function canceledBy(reason: unknown): ConnectError {
  if (reason instanceof ConnectError) return reason;
  return memberOf(reason, "name") === "TimeoutError"
    ? new ConnectError("deadline_exceeded", "the call's signal timed out", { cause: reason })
    : new ConnectError("canceled", "the call was canceled", { cause: reason });
}
