import type { Code, ConnectError } from "@connect-ts/runtime";
import type { TransportCall } from "@connect-ts/runtime/transport";
import { AttemptTimeout } from "./attempt-call.js";
import type { Retrying } from "./policy.js";
import { retryInfoOf } from "./retry-info.js";
import type { unlimited } from "./throttle.js";

/** What is told of an attempt that failed and is followed by another one. */
export interface RetryInfo {
  /** `"/acme.v1.Shop/Buy"` */
  readonly procedure: string;
  /** The number of the attempt that failed, from 1. */
  readonly attempt: number;
  readonly error: ConnectError;
  /** The pause before the next attempt, in milliseconds. */
  readonly delayMs: number;
}

/** Across copies of this package. */
const countSymbol = Symbol.for("@connect-ts/retry/attempts");

/** How many attempts a call took that ended with this error; 1 for an error of a call that was not tried again. */
export function attemptsOf(error: unknown): number {
  const counted = typeof error === "object" && error !== null ? Reflect.get(error, countSymbol) : undefined;
  return typeof counted === "number" ? counted : 1;
}

/** Notes in an error how many attempts there were; its code, message on the wire and details stay the last attempt's. */
export function counted(error: ConnectError, attempts: number): ConnectError {
  if (attempts < 2 || !Object.isExtensible(error)) return error;
  Object.defineProperty(error, countSymbol, { value: attempts, configurable: true });
  // A transport may fail with one error again and again.
  error.message = `${error.message.replace(/ \(after \d+ attempts\)$/, "")} (after ${attempts} attempts)`;
  return error;
}

/** What a server says of when to come back: a number of milliseconds, `"never"`, or nothing. */
export function pushbackOf(error: ConnectError, now: number): number | "never" | undefined {
  const pushback = error.metadata.get("grpc-retry-pushback-ms");
  // gRFC A6: what is no number from 0 means not to retry.
  if (pushback !== null) return /^\d{1,10}$/.test(pushback) ? Number(pushback) : "never";
  const info = retryInfoOf(error);
  if (info !== undefined) return info;
  const after = error.metadata.get("retry-after");
  if (after === null) return undefined;
  // RFC 9110 section 10.2.3: seconds, or a date.
  if (/^\d{1,7}$/.test(after)) return Number(after) * 1000;
  const date = Date.parse(after);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Decides after each attempt of one call whether there is another one, and when. */
export class Attempts {
  readonly call: TransportCall;
  readonly policy: Retrying;
  readonly bucket: typeof unlimited;
  readonly onRetry: ((info: RetryInfo) => void) | undefined;
  /** Attempts that failed. */
  failed = 0;
  backoffMs: number;

  constructor(
    call: TransportCall,
    policy: Retrying,
    bucket: typeof unlimited,
    onRetry: ((info: RetryInfo) => void) | undefined,
  ) {
    this.call = call;
    this.policy = policy;
    this.bucket = bucket;
    this.onRetry = onRetry;
    this.backoffMs = policy.initialBackoffMs;
  }

  succeeded(): void {
    this.bucket.record("good");
  }

  /**
   * The pause before the next attempt, in milliseconds, or `undefined` when this error is the last word.
   *
   * @param isOpen - whether the call can be run again at all
   */
  afterFailure(error: ConnectError, isOpen = true): number | undefined {
    this.failed++;
    const { maxAttempts } = this.policy;
    const pushback = pushbackOf(error, Date.now());
    const retryable = isRetryable(error, this.policy.retryableCodes);
    this.bucket.record(retryable || pushback === "never" ? "bad" : "neutral");
    if (!isOpen || !retryable || pushback === "never") return undefined;
    if (this.failed >= maxAttempts || !this.bucket.allowsRetry) return undefined;
    const delayMs = pushback ?? this.backoff();
    const leftMs = this.call.timeoutMs();
    if (leftMs !== undefined && delayMs >= leftMs) return undefined;
    const { procedure } = this.call.spec;
    this.onRetry?.({ procedure, attempt: this.failed, error, delayMs });
    // gRFC A6: after a pushback the backoff begins anew.
    if (pushback !== undefined) this.backoffMs = this.policy.initialBackoffMs;
    return delayMs;
  }

  backoff(): number {
    const { maxBackoffMs, backoffMultiplier } = this.policy;
    const delayMs = Math.min(this.backoffMs, maxBackoffMs);
    this.backoffMs = Math.min(this.backoffMs * backoffMultiplier, maxBackoffMs);
    return delayMs * (0.8 + Math.random() * 0.4);
  }
}

function isRetryable(error: ConnectError, codes: ReadonlySet<Code>): boolean {
  return codes.has(error.code) || error.cause === AttemptTimeout;
}
