import { Code, isCode } from "@connect-ts/runtime";
import { checkOptions } from "@connect-ts/runtime/transport";

/** How calls that fail are run again. Durations are in milliseconds. */
export interface RetryPolicy {
  /** How often a call is tried in all, from 1 (never again) to 5. @default 4 */
  readonly maxAttempts?: number | undefined;
  /** The pause before the second attempt, from 1 to 2147483647. Each pause varies by 20 % at random. @default 100 */
  readonly initialBackoffMs?: number | undefined;
  /** The longest pause, from 1 to 2147483647. @default 2000 */
  readonly maxBackoffMs?: number | undefined;
  /** How much longer each pause is than the one before, above 0. @default 2 */
  readonly backoffMultiplier?: number | undefined;
  /** The codes after which a call is tried again. @default `["unavailable"]` */
  readonly retryableCodes?: readonly Code[] | undefined;
  /** How long an attempt may take until its first message is there, from 1 to 2147483647; then the next one begins. @default no limit */
  readonly attemptTimeoutMs?: number | undefined;
}

/** How unary calls without side effects are sent several times at once; the first good answer counts. */
export interface HedgingPolicy {
  /** How many attempts there are in all, from 1 to 5. */
  readonly maxAttempts: number;
  /** From the begin of an attempt to that of the next one, in milliseconds from 0 to 2147483647; 0 sends all at once. @default 0 */
  readonly hedgingDelayMs?: number | undefined;
  /** The codes after which the next attempt begins at once. Any other failure ends the call. @default none */
  readonly nonFatalCodes?: readonly Code[] | undefined;
}

/** The limit on retries of one server, so that they do not add to an outage (gRFC A6, "Throttling Retry Attempts and Hedged RPCs"). */
export interface ThrottlePolicy {
  /** From above 0 to 1000. A failure takes 1; there is no retry while half of them or less are left. @default 10 */
  readonly maxTokens?: number | undefined;
  /** What a success gives back, from 0.001. @default 0.1 */
  readonly tokenRatio?: number | undefined;
}

/** A policy with all its values. */
export interface Retrying {
  readonly maxAttempts: number;
  readonly initialBackoffMs: number;
  readonly maxBackoffMs: number;
  readonly backoffMultiplier: number;
  readonly retryableCodes: ReadonlySet<Code>;
  readonly attemptTimeoutMs: number | undefined;
}

/** A policy with all its values. */
export interface Hedging {
  readonly maxAttempts: number;
  readonly hedgingDelayMs: number;
  readonly nonFatalCodes: ReadonlySet<Code>;
}

/** gRFC A6: more attempts than these are not made, whatever a policy says. */
const mostAttempts = 5;
const longestMs = 0x7fffffff;

/** @throws TypeError or RangeError for a bad value */
export function checkRetryPolicy(policy: RetryPolicy, name: string): Retrying {
  checkOptions(name, policy, {
    maxAttempts: undefined,
    initialBackoffMs: undefined,
    maxBackoffMs: undefined,
    backoffMultiplier: undefined,
    retryableCodes: undefined,
    attemptTimeoutMs: undefined,
  });
  const { attemptTimeoutMs } = policy;
  return {
    maxAttempts: attempts(policy.maxAttempts ?? 4, name),
    initialBackoffMs: ranged(policy.initialBackoffMs ?? 100, 1, longestMs, `initialBackoffMs of ${name}`),
    maxBackoffMs: ranged(policy.maxBackoffMs ?? 2_000, 1, longestMs, `maxBackoffMs of ${name}`),
    backoffMultiplier: ranged(policy.backoffMultiplier ?? 2, Number.MIN_VALUE, 1e9, `backoffMultiplier of ${name}`),
    retryableCodes: codes(policy.retryableCodes ?? [Code.Unavailable], `retryableCodes of ${name}`),
    attemptTimeoutMs:
      attemptTimeoutMs === undefined
        ? undefined
        : ranged(attemptTimeoutMs, 1, longestMs, `attemptTimeoutMs of ${name}`),
  };
}

/** @throws TypeError or RangeError for a bad value */
export function checkHedgingPolicy(policy: HedgingPolicy, name: string): Hedging {
  checkOptions(name, policy, { maxAttempts: undefined, hedgingDelayMs: undefined, nonFatalCodes: undefined });
  return {
    maxAttempts: attempts(policy.maxAttempts, name),
    hedgingDelayMs: ranged(policy.hedgingDelayMs ?? 0, 0, longestMs, `hedgingDelayMs of ${name}`),
    nonFatalCodes: codes(policy.nonFatalCodes ?? [], `nonFatalCodes of ${name}`),
  };
}

/** A policy with all its values. */
export interface Throttling {
  readonly maxTokens: number;
  readonly tokenRatio: number;
}

/** @throws TypeError or RangeError for a bad value */
export function checkThrottle(policy: ThrottlePolicy): Throttling {
  checkOptions("the throttle", policy, { maxTokens: undefined, tokenRatio: undefined });
  const { maxTokens = 10, tokenRatio = 0.1 } = policy;
  return {
    maxTokens: ranged(maxTokens, Number.MIN_VALUE, 1000, "maxTokens of the throttle"),
    tokenRatio: ranged(tokenRatio, 0.001, 1000, "tokenRatio of the throttle"),
  };
}

function attempts(value: number, name: string): number {
  if (!Number.isInteger(value) || value < 1) {
    throw new RangeError(`maxAttempts of ${name} must be an integer from 1, and ${String(value)} is not`);
  }
  return Math.min(value, mostAttempts);
}

function ranged(value: number, least: number, most: number, name: string): number {
  if (typeof value === "number" && value >= least && value <= most) return value;
  const from = least === Number.MIN_VALUE ? "above 0" : `from ${least}`;
  throw new RangeError(`${name} must be a number ${from} to ${most}, and ${String(value)} is not`);
}

function codes(list: readonly Code[], name: string): ReadonlySet<Code> {
  if (!Array.isArray(list)) throw new TypeError(`${name} must be a list of codes, and ${typeof list} is none`);
  const unknown = list.find((code) => !isCode(code));
  if (unknown === undefined) return new Set(list);
  throw new TypeError(`${name} must be codes such as "unavailable", and ${JSON.stringify(unknown)} is none`);
}
