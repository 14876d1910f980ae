import { type ConnectError, HeaderMap } from "@connect-ts/runtime";
import { isUnprocessed, type Transport, type TransportCall } from "@connect-ts/runtime/transport";
import type { Target } from "./addresses.js";
import type { Clock } from "./clock.js";

/**
 * - `"connecting"`: it is new, and has not answered yet (with `warmUp` or `healthService`)
 * - `"ready"`: it can take calls
 * - `"down"`: it could not be reached, and is left alone for a while
 * - `"ejected"`: it failed more often than the others
 * - `"not_serving"`: its health service says so
 * - `"leaving"`: its address is gone; the calls that run on it go on
 */
export type ServerState = "connecting" | "ready" | "down" | "ejected" | "not_serving" | "leaving";

/** How long a server is left alone that could not be reached. */
export interface Pauses {
  readonly downMs: number;
  readonly maxDownMs: number;
}

/** Codes that say something of the server. The others are answers to what a caller did. */
const faults: ReadonlySet<string> = new Set([
  "unknown",
  "deadline_exceeded",
  "resource_exhausted",
  "internal",
  "unavailable",
  "data_loss",
]);

/** One server: its transport, what is known of it, and the calls that run on it. */
export class Server {
  target: Target;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly pauses: Pauses;
  readonly random: () => number;
  /** Whether it is asked whether it is there. Otherwise a call has to find out. */
  readonly isProbed: boolean;

  state: "connecting" | "ready" | "down" | "not_serving";
  isEjected = false;
  isLeaving = false;
  /** Calls that run on it. */
  calls = 0;
  /** For round robin. */
  turn: number;
  /** How often it could not be reached since it last could. */
  failures = 0;
  downUntil = 0;
  /** A call finds out whether a server that was down is there again. */
  isTried = false;
  /** Calls that went well, and those that did not, since the outlier detection last looked. */
  good = 0;
  bad = 0;

  constructor(
    target: Target,
    transport: Transport,
    clock: Clock,
    pauses: Pauses,
    random: () => number,
    isProbed: boolean,
  ) {
    this.target = target;
    this.transport = transport;
    this.clock = clock;
    this.pauses = pauses;
    this.random = random;
    this.isProbed = isProbed;
    this.state = isProbed ? "connecting" : "ready";
    // Many clients that begin at the same time do not all begin with the same server.
    this.turn = random() * target.weight;
  }

  get shownState(): ServerState {
    if (this.isLeaving) return "leaving";
    return this.state === "ready" && this.isEjected ? "ejected" : this.state;
  }

  /** Whether it can take a call now. */
  get isOpen(): boolean {
    if (this.isLeaving || this.isEjected) return false;
    if (this.state !== "down") return this.state === "ready";
    return !this.isProbed && !this.isTried && this.clock.now() >= this.downUntil;
  }

  /** Whether a call may go there when no server is open: better than none. */
  get isLastResort(): boolean {
    return !this.isLeaving && (this.state === "down" || (this.state === "ready" && this.isEjected));
  }

  begin(): void {
    this.calls++;
    if (this.state === "down") this.isTried = true;
  }

  /** A call is over. */
  ended(error: ConnectError | undefined): void {
    this.calls--;
    this.isTried = false;
    if (error !== undefined && faults.has(error.code)) this.bad++;
    else if (error?.code !== "canceled") this.good++;
    if (error !== undefined && isUnreachable(error)) this.failed();
    // Whatever a server answers, it is there.
    else if (error === undefined || error.isRemote) this.reached();
    this.closeUnused();
  }

  reached(): void {
    this.failures = 0;
    if (this.state === "down") this.state = "ready";
  }

  failed(): void {
    // Calls that fail together are one failure.
    if (this.state === "down" && this.clock.now() < this.downUntil) return;
    const { downMs, maxDownMs } = this.pauses;
    const pause = Math.min(downMs * 1.6 ** this.failures, maxDownMs);
    this.failures++;
    this.downUntil = this.clock.now() + pause * (0.8 + this.random() * 0.4);
    this.state = "down";
  }

  leave(): void {
    this.isLeaving = true;
    this.closeUnused();
  }

  closeUnused(): void {
    if (this.isLeaving && this.calls === 0) this.transport.close?.();
  }
}

/** Whether a failure says that the server was not there, or is no longer. */
export function isUnreachable(error: ConnectError): boolean {
  return error.code === "unavailable" && !error.isRemote;
}

/** A call that does not wait for a server that is not there: another one may be. */
export function impatient<I, O>(call: TransportCall<I, O>): TransportCall<I, O> {
  if (call.waitForReady !== true) return call;
  return {
    spec: call.spec,
    requestHeaders: new HeaderMap(call.requestHeaders),
    openStream: call.openStream,
    timeoutMs: () => call.timeoutMs(),
    ...(call.deadlineMs !== undefined && { deadlineMs: call.deadlineMs }),
    onCancel: (listener) => call.onCancel(listener),
    offCancel: (listener) => call.offCancel(listener),
  };
}

/** Whether a call that failed may be made again: no server ran it, or it may run twice. Its deadline must not have passed. */
export function mayRunElsewhere(call: TransportCall, error: ConnectError): boolean {
  if (call.timeoutMs() === 0) return false;
  // What this side cannot do at all it cannot do elsewhere.
  if (isUnprocessed(error)) return error.code !== "unimplemented";
  return isUnreachable(error) && call.spec.idempotency !== "unknown";
}
