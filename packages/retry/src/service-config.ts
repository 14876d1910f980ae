import { Code, codeFromNumber, isCode } from "@connect-ts/runtime";
import type { HedgingPolicy, RetryPolicy, ThrottlePolicy } from "./policy.js";

/** What a service config says of one method. */
export interface MethodConfig {
  readonly retry?: RetryPolicy;
  readonly hedging?: HedgingPolicy;
  /** How long a call may take in all; a deadline of the call's own that is earlier comes before it. */
  readonly timeoutMs?: number;
  /** Calls wait until their server can be connected to. */
  readonly waitForReady?: boolean;
}

/** What a service config says, as far as it concerns attempts. */
export interface ServiceConfig {
  /** By `"/acme.v1.Shop/Buy"`, `"/acme.v1.Shop/"` for a service, `""` for all. */
  readonly methods: ReadonlyMap<string, MethodConfig>;
  readonly throttle?: ThrottlePolicy;
}

type Json = { readonly [name: string]: unknown };

/**
 * Reads a gRPC service config (JSON): `methodConfig` with `name`, `retryPolicy`, `hedgingPolicy`, `timeout` and
 * `waitForReady`, and `retryThrottling`. What else there is belongs to name resolution and load balancing.
 *
 * Specification: https://github.com/grpc/grpc-proto/blob/master/grpc/service_config/service_config.proto
 *
 * @throws TypeError for text that is no JSON, and for a config that is none
 */
export function parseServiceConfig(config: string | object): ServiceConfig {
  const { methodConfig = [], retryThrottling } = object(typeof config === "string" ? parsed(config) : config, "it");
  const methods = new Map<string, MethodConfig>();
  for (const [index, one] of array(methodConfig, "methodConfig").entries()) {
    const path = `methodConfig[${index}]`;
    const given = object(one, path);
    const parsed = method(given, path);
    for (const name of array(given.name, `${path}.name`)) {
      const key = keyOf(object(name, `${path}.name`), path);
      if (methods.has(key)) throw bad(`${path}.name`, `names ${key === "" ? "all methods" : key} a second time`);
      methods.set(key, parsed);
    }
  }
  if (retryThrottling === undefined) return { methods };
  const { maxTokens, tokenRatio } = object(retryThrottling, "retryThrottling");
  return {
    methods,
    throttle: {
      maxTokens: number(maxTokens, "retryThrottling.maxTokens"),
      // Only three decimals count (gRFC A6).
      tokenRatio: Math.floor(number(tokenRatio, "retryThrottling.tokenRatio") * 1000) / 1000,
    },
  };
}

function method(given: Json, path: string): MethodConfig {
  const { retryPolicy, hedgingPolicy, timeout, waitForReady } = given;
  if (retryPolicy !== undefined && hedgingPolicy !== undefined) {
    throw bad(path, "has a retryPolicy and a hedgingPolicy, and one of them is allowed");
  }
  if (waitForReady !== undefined && typeof waitForReady !== "boolean") {
    throw bad(`${path}.waitForReady`, `must be true or false, and ${JSON.stringify(waitForReady)} is neither`);
  }
  return {
    ...(timeout !== undefined && { timeoutMs: duration(timeout, `${path}.timeout`) }),
    ...(waitForReady !== undefined && { waitForReady }),
    ...(retryPolicy !== undefined && {
      retry: retry(object(retryPolicy, `${path}.retryPolicy`), `${path}.retryPolicy`),
    }),
    ...(hedgingPolicy !== undefined && {
      hedging: hedging(object(hedgingPolicy, `${path}.hedgingPolicy`), `${path}.hedgingPolicy`),
    }),
  };
}

function retry(given: Json, path: string): RetryPolicy {
  const retryableCodes = codes(given.retryableStatusCodes, `${path}.retryableStatusCodes`);
  if (retryableCodes.length === 0) throw bad(`${path}.retryableStatusCodes`, "must have one code at least");
  const perAttempt = given.perAttemptRecvTimeout;
  return {
    maxAttempts: attempts(given.maxAttempts, path),
    initialBackoffMs: duration(given.initialBackoff, `${path}.initialBackoff`),
    maxBackoffMs: duration(given.maxBackoff, `${path}.maxBackoff`),
    backoffMultiplier: number(given.backoffMultiplier, `${path}.backoffMultiplier`),
    retryableCodes,
    ...(perAttempt !== undefined && { attemptTimeoutMs: duration(perAttempt, `${path}.perAttemptRecvTimeout`) }),
  };
}

function hedging(given: Json, path: string): HedgingPolicy {
  const { hedgingDelay = "0s", nonFatalStatusCodes = [] } = given;
  return {
    maxAttempts: attempts(given.maxAttempts, path),
    hedgingDelayMs: hedgingDelay === "0s" ? 0 : duration(hedgingDelay, `${path}.hedgingDelay`),
    nonFatalCodes: codes(nonFatalStatusCodes, `${path}.nonFatalStatusCodes`),
  };
}

function keyOf({ service = "", method: name = "" }: Json, path: string): string {
  if (typeof service !== "string" || typeof name !== "string" || (service === "" && name !== "")) {
    throw bad(`${path}.name`, "must have a service, and a method only with a service");
  }
  return service === "" ? "" : `/${service}/${name}`;
}

function attempts(value: unknown, path: string): number {
  if (Number.isInteger(value) && (value as number) > 1) return value as number;
  throw bad(`${path}.maxAttempts`, `must be an integer above 1, and ${JSON.stringify(value)} is not`);
}

/** protobuf's JSON for a duration: `"0.1s"`. */
function duration(value: unknown, path: string): number {
  const [, seconds] = typeof value === "string" ? (/^(\d{1,12}(?:\.\d{1,9})?)s$/.exec(value) ?? []) : [];
  const ms = Number(seconds) * 1000;
  if (ms > 0) return Math.max(1, Math.min(ms, 0x7fffffff));
  throw bad(path, `must be a duration above 0 such as "0.1s", and ${JSON.stringify(value)} is not`);
}

/** Codes by their names, in whatever case, or by their numbers. */
function codes(value: unknown, path: string): Code[] {
  return array(value, path).map((one) => {
    const code = typeof one === "number" ? codeFromNumber(one) : codeOf(String(one).toLowerCase());
    if (code === undefined) throw bad(path, `has ${JSON.stringify(one)}, which is no status code`);
    return code;
  });
}

function codeOf(name: string): Code | undefined {
  const ours = name === "cancelled" ? Code.Canceled : name;
  return isCode(ours) ? ours : undefined;
}

function number(value: unknown, path: string): number {
  if (typeof value === "number" && value > 0) return value;
  throw bad(path, `must be a number above 0, and ${JSON.stringify(value)} is not`);
}

function array(value: unknown, path: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw bad(path, "must be a list");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TypeError("the service config is wrong: it must be JSON", { cause });
  }
}

function object(value: unknown, path: string): Json {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  throw bad(path, "must be an object");
}

function bad(path: string, what: string): TypeError {
  return new TypeError(`the service config is wrong: ${path} ${what}`);
}
