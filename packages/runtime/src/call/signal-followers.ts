/** What a signal cancels. */
export interface Follower {
  /** The signal aborted. */
  signalAborted(reason: unknown): void;
}

const bySignal = new WeakMap<AbortSignal, SignalFollowers>();

/**
 * The calls that end when a signal aborts: it has one listener for all of them. To add one more to many an
 * `EventTarget` looks through all, and from the eleventh on Node warns of a leak.
 */
class SignalFollowers {
  readonly signal: AbortSignal;
  readonly followers: Set<Follower>;

  constructor(signal: AbortSignal) {
    this.signal = signal;
    this.followers = new Set();
  }

  add(follower: Follower): void {
    if (this.followers.size === 0) this.signal.addEventListener("abort", this);
    this.followers.add(follower);
  }

  delete(follower: Follower): void {
    if (this.followers.delete(follower) && this.followers.size === 0) this.signal.removeEventListener("abort", this);
  }

  handleEvent(): void {
    for (const follower of this.followers) follower.signalAborted(this.signal.reason);
  }
}

/** Tells the follower when the signal, which has not aborted yet, does. */
export function followSignal(signal: AbortSignal, follower: Follower): void {
  let followers = bySignal.get(signal);
  if (followers === undefined) {
    followers = new SignalFollowers(signal);
    bySignal.set(signal, followers);
  }
  followers.add(follower);
}

/** Does nothing for a follower that the signal does not have. */
export function unfollowSignal(signal: AbortSignal, follower: Follower): void {
  bySignal.get(signal)?.delete(follower);
}
