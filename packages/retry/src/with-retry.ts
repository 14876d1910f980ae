import { ConnectError, type Spec } from "@connect-ts/runtime";
import {
  type ClientConn,
  checkOptions,
  type OutgoingMessage,
  type Transport,
  type TransportCall,
  type TransportResponse,
} from "@connect-ts/runtime/transport";
import { AttemptCall, pause, runUnary } from "./attempt-call.js";
import { Attempts, counted, type RetryInfo } from "./attempts.js";
import { hedge } from "./hedge.js";
import {
  checkHedgingPolicy,
  checkRetryPolicy,
  checkThrottle,
  type Hedging,
  type HedgingPolicy,
  type Retrying,
  type RetryPolicy,
  type ThrottlePolicy,
  type Throttling,
} from "./policy.js";
import { RetryConn } from "./retry-conn.js";
import { type MethodConfig, parseServiceConfig, type ServiceConfig } from "./service-config.js";
import { TokenBucket, unlimited } from "./throttle.js";

/** How calls are tried again. Each place has its say: `perMethod`, then `serviceConfig`, then `policy` for what is harmless to repeat. */
export interface RetryOptions {
  /** For RPCs whose schema says `NO_SIDE_EFFECTS` or `IDEMPOTENT`; `false`: they are not tried again. @default the defaults of a policy */
  readonly policy?: RetryPolicy | false | undefined;
  /**
   * What an RPC gets: a policy, whatever its schema says; hedging, for unary RPCs without side effects; `false` for none;
   * `undefined` leaves it to the rest. Asked once for each RPC.
   */
  readonly perMethod?:
    | ((spec: Spec) => RetryPolicy | { readonly hedging: HedgingPolicy } | false | undefined)
    | undefined;
  /** A gRPC service config, as text or parsed: its `retryPolicy`, `hedgingPolicy`, `timeout`, `waitForReady` and `retryThrottling` count. */
  readonly serviceConfig?: string | object | undefined;
  /** The limit on retries of each server; `false`: none. @default 10 tokens, of which a success gives 0.1 back */
  readonly throttle?: ThrottlePolicy | false | undefined;
  /** How many bytes of request messages of a stream are kept to send them again, from 0; beyond it there is no retry. @default 65536 */
  readonly replayBytes?: number | undefined;
  /** Is told of each attempt that failed and is followed by another one. */
  readonly onRetry?: ((info: RetryInfo) => void) | undefined;
}

/** What to do for one RPC. */
interface Plan {
  readonly retrying: Retrying;
  readonly hedging?: Hedging | undefined;
  /** What the service config says beside policies. */
  readonly timeoutMs?: number | undefined;
  readonly waitForReady?: boolean | undefined;
}

/** One attempt. Its outcome counts for the throttle all the same. */
const once: Retrying = checkRetryPolicy({ maxAttempts: 1 }, "the policy");

/**
 * A transport that tries calls again which fail because a server is not there or says to come back: gRFC A6. A stream is run
 * again until something of its response that is not its failure has come. The error of the last attempt is what callers get;
 * `attemptsOf(error)` tells how many there were.
 *
 * Specification: https://github.com/grpc/proposal/blob/master/A6-client-retries.md
 *
 * @throws TypeError or RangeError for a bad option
 */
export function withRetry(transport: Transport, options: RetryOptions = {}): Transport {
  checkOptions("withRetry", options, {
    policy: undefined,
    perMethod: "function",
    serviceConfig: undefined,
    throttle: undefined,
    replayBytes: undefined,
    onRetry: "function",
  });
  return new RetryTransport(transport, options);
}

class RetryTransport implements Transport {
  readonly inner: Transport;
  readonly options: RetryOptions;
  readonly standard: Retrying;
  readonly config: ServiceConfig | undefined;
  readonly throttle: Throttling | undefined;
  readonly replayBytes: number;
  readonly plans: Map<string, Plan> = new Map();
  /** By the servers' addresses. */
  readonly buckets: Map<string, TokenBucket> = new Map();

  constructor(inner: Transport, options: RetryOptions) {
    const { policy = {}, serviceConfig, throttle, replayBytes = 65_536 } = options;
    this.inner = inner;
    this.options = options;
    this.standard = policy === false ? once : checkRetryPolicy(policy, "the policy");
    this.config = serviceConfig === undefined ? undefined : parseServiceConfig(serviceConfig);
    this.throttle = throttle === false ? undefined : checkThrottle(throttle ?? this.config?.throttle ?? {});
    if (!(typeof replayBytes === "number" && replayBytes >= 0)) {
      throw new RangeError(`replayBytes must be a number from 0, and ${String(replayBytes)} is not`);
    }
    this.replayBytes = replayBytes;
    if (inner.close !== undefined) this.close = inner.close.bind(inner);
  }

  readonly close?: () => void;

  peer(): ReturnType<Transport["peer"]> {
    return this.inner.peer();
  }

  async unary<I, O>(call: TransportCall<I, O>, message: OutgoingMessage<I>): Promise<TransportResponse<O>> {
    const plan = this.planOf(call.spec);
    const limited = limitedCall(call, plan);
    try {
      return await this.tryUnary(limited ?? call, message, plan);
    } finally {
      limited?.release();
    }
  }

  async tryUnary<I, O>(
    call: TransportCall<I, O>,
    message: OutgoingMessage<I>,
    { retrying, hedging }: Plan,
  ): Promise<TransportResponse<O>> {
    const attempts = this.attempts(call, retrying);
    if (hedging !== undefined) return hedge(this.inner, call, message, hedging, attempts.bucket);
    for (;;) {
      const attempt = new AttemptCall(call, attempts.failed, retrying.attemptTimeoutMs);
      let delayMs: number | undefined;
      try {
        const response = await runUnary(this.inner, attempt, message);
        attempts.succeeded();
        return response;
      } catch (reason) {
        const error = ConnectError.from(reason);
        if (attempt.isCallOver) throw counted(error, attempts.failed + 1);
        delayMs = attempts.afterFailure(error);
        if (delayMs === undefined) throw counted(error, attempts.failed);
      }
      await pause(call, delayMs);
    }
  }

  stream<I, O>(call: TransportCall<I, O>): ClientConn<I, O> {
    const plan = this.planOf(call.spec);
    const limited = limitedCall(call, plan);
    const own = limited ?? call;
    const conn = new RetryConn(this.inner, own, this.attempts(own, plan.retrying), this.replayBytes);
    if (limited !== undefined) conn.onEnd(() => limited.release());
    return conn;
  }

  attempts(call: TransportCall, policy: Retrying): Attempts {
    return new Attempts(call, policy, this.bucket(), this.options.onRetry);
  }

  bucket(): typeof unlimited {
    if (this.throttle === undefined) return unlimited;
    const { address } = this.inner.peer();
    let bucket = this.buckets.get(address);
    if (bucket === undefined) {
      bucket = new TokenBucket(this.throttle);
      this.buckets.set(address, bucket);
    }
    return bucket;
  }

  planOf(spec: Spec): Plan {
    let plan = this.plans.get(spec.procedure);
    if (plan === undefined) {
      const { timeoutMs, waitForReady } = this.configOf(spec.procedure) ?? {};
      plan = { ...this.plan(spec), timeoutMs, waitForReady };
      this.plans.set(spec.procedure, plan);
    }
    return plan;
  }

  plan(spec: Spec): Plan {
    const { procedure, idempotency } = spec;
    const own = this.options.perMethod?.(spec);
    if (own === false) return { retrying: once };
    if (own !== undefined) {
      return typeof own === "object" && own !== null && "hedging" in own
        ? hedged(spec, own.hedging)
        : { retrying: checkRetryPolicy(own, procedure) };
    }
    const config = this.configOf(procedure);
    if (config?.hedging !== undefined) return hedged(spec, config.hedging);
    if (config?.retry !== undefined) return { retrying: checkRetryPolicy(config.retry, procedure) };
    return { retrying: idempotency === "unknown" ? once : this.standard };
  }

  configOf(procedure: string): MethodConfig | undefined {
    const methods = this.config?.methods;
    return (
      methods?.get(procedure) ?? methods?.get(procedure.slice(0, procedure.lastIndexOf("/") + 1)) ?? methods?.get("")
    );
  }
}

/** A call within the limits of the service config; `undefined` where it has none. */
function limitedCall<I, O>(
  call: TransportCall<I, O>,
  { timeoutMs, waitForReady }: Plan,
): AttemptCall<I, O> | undefined {
  if (timeoutMs === undefined && waitForReady === undefined) return undefined;
  const limited = new AttemptCall(call, 0, timeoutMs, "call");
  limited.waitForReady ||= waitForReady === true;
  return limited;
}

/** Hedging is only for unary RPCs without side effects; any other is sent once. */
function hedged({ procedure, kind, idempotency }: Spec, policy: HedgingPolicy): Plan {
  const hedging = checkHedgingPolicy(policy, procedure);
  return kind === "unary" && idempotency === "no_side_effects" ? { retrying: once, hedging } : { retrying: once };
}
