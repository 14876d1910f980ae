import { ConnectError } from "../error/connect-error.js";
import { type Follower, followSignal, unfollowSignal } from "./signal-followers.js";

/** The longest delay that timers take without overflow: 2^31 - 1 ms, about 24.8 days. */
const maxDelayMs = 0x7fff_ffff;

type CancelListener = (error: ConnectError) => void;

/**
 * The life of a call, the same on clients and handlers: open, then over, exactly once. Cancellation,
 * deadline, failure and clean end all meet in it, and whatever belongs to the call (timers,
 * listeners) is released in its one `finish`.
 *
 * It makes no timer without a deadline, and no AbortController until somebody asks for the signal.
 */
export class Lifetime implements Follower {
  /** Point in time on the clock of `performance.now()`. */
  deadline: number | undefined = undefined;
  over = false;
  /** Why the call was cut short. */
  reason: ConnectError | undefined = undefined;
  listeners: CancelListener[] | undefined = undefined;
  timer: ReturnType<typeof setTimeout> | undefined = undefined;
  controller: AbortController | undefined = undefined;
  releases: (() => void)[] | undefined = undefined;

  /** Time left until the deadline, not below 0. */
  timeoutMs(): number | undefined {
    return this.deadline === undefined ? undefined : Math.max(0, this.deadline - performance.now());
  }

  /** Sets a deadline from now; the earlier of two counts. */
  setTimeoutMs(timeoutMs: number): void {
    const deadline = performance.now() + timeoutMs;
    if (this.over || !Number.isFinite(deadline) || (this.deadline !== undefined && this.deadline <= deadline)) return;
    this.deadline = deadline;
    if (this.timer !== undefined) clearTimeout(this.timer);
    this.arm();
  }

  arm(): void {
    const left = (this.deadline as number) - performance.now();
    if (left <= 0) {
      this.timer = undefined;
      this.cancel(new ConnectError("deadline_exceeded", "the deadline of the call has passed"));
    } else {
      // Rounded up: a timer that fires early would be set again.
      this.timer = setTimeout(() => this.arm(), Math.min(Math.ceil(left), maxDelayMs));
    }
  }

  get deadlinePassed(): boolean {
    return this.deadline !== undefined && this.deadline <= performance.now();
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

  /** A signal that it follows aborted. */
  signalAborted(reason: unknown): void {
    this.cancel(canceledBy(reason));
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
    if (listeners !== undefined) for (const listener of listeners) listener(error);
    return true;
  }

  /** The call is over. Releases all that belongs to it. Returns whether it was still open. */
  finish(): boolean {
    if (this.over) return false;
    this.over = true;
    this.listeners = undefined;
    if (this.timer !== undefined) {
      clearTimeout(this.timer);
      this.timer = undefined;
    }
    const { releases } = this;
    this.releases = undefined;
    if (releases !== undefined) for (const release of releases) release();
    return true;
  }
}

/** The error of a call that was canceled on this side, for a reason of any kind. */
export function canceledBy(reason: unknown): ConnectError {
  if (reason instanceof ConnectError) return reason;
  if (typeof reason === "object" && reason !== null && "name" in reason && reason.name === "TimeoutError") {
    return new ConnectError("deadline_exceeded", "the call's signal timed out", { cause: reason });
  }
  return new ConnectError("canceled", "the call was canceled", { cause: reason });
}
