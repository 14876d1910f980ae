import type { Code } from "@connect-ts/runtime";
import type { RetryOptions } from "../with-retry.js";
import type { Answer } from "./scripted.js";

/** Short pauses. */
export const fast = { initialBackoffMs: 1, maxBackoffMs: 2 };
const all = ["get", "put", "list", "fill", "talk"];

/** A call, how its attempts are answered, and what becomes of it. */
export interface Case {
  readonly name: string;
  readonly method: string;
  readonly answers: readonly Answer[];
  readonly options?: RetryOptions;
  readonly call?: object;
  /** Milliseconds that a call or an attempt has, on a machine that is not busy. */
  readonly times?: { readonly timeoutMs?: number; readonly attemptTimeoutMs?: number };
  /** How many attempts the server saw. */
  readonly attempts: number;
  /** `"ok"`, or the code. */
  readonly ends: "ok" | Code;
}

export const pushback = (value: string): Answer => ({
  code: "unavailable",
  metadata: { "grpc-retry-pushback-ms": value },
});
/** `google.rpc.RetryInfo` of so many milliseconds below 128, as a detail. */
export const info = (ms: number): Extract<Answer, object> => ({
  code: "unavailable",
  metadata: {},
  details: [
    {
      type: "google.rpc.RetryInfo",
      value: Uint8Array.of(0x0a, 5, 0x10, ...varint(ms * 1_000_000)),
    },
  ],
});
const varint = (value: number): number[] => [
  (value & 127) | 128,
  ((value >> 7) & 127) | 128,
  ((value >> 14) & 127) | 128,
  value >> 21,
];
export const later = (value: string, code: Code = "unavailable"): Answer => ({
  code,
  metadata: { "retry-after": value },
});
export const down: readonly Answer[] = Array<Answer>(10).fill("unavailable");
const otherCodes: readonly Code[] = [
  "canceled",
  "unknown",
  "invalid_argument",
  "deadline_exceeded",
  "not_found",
  "already_exists",
  "permission_denied",
  "resource_exhausted",
  "failed_precondition",
  "aborted",
  "out_of_range",
  "unimplemented",
  "internal",
  "data_loss",
  "unauthenticated",
];
const config = (methodConfig: object, more: object = {}): string =>
  JSON.stringify({ methodConfig: [methodConfig], ...more });
const retryPolicy = {
  maxAttempts: 3,
  initialBackoff: "0.001s",
  maxBackoff: "0.002s",
  backoffMultiplier: 2,
  retryableStatusCodes: ["UNAVAILABLE", "aborted", 8],
};

export const cases: readonly Case[] = [
  // What is harmless to repeat is repeated, whatever kind it is.
  ...all.map(
    (method): Case => ({ name: "good at the second", method, answers: ["unavailable", "ok"], attempts: 2, ends: "ok" }),
  ),
  ...all.map(
    (method): Case => ({ name: "good at the fourth", method, answers: down.slice(0, 3), attempts: 4, ends: "ok" }),
  ),
  ...all.map((method): Case => ({ name: "never good", method, answers: down, attempts: 4, ends: "unavailable" })),
  ...["post", "feed"].map(
    (method): Case => ({ name: "not known to be idempotent", method, answers: down, attempts: 1, ends: "unavailable" }),
  ),
  // Codes.
  ...otherCodes.map(
    (code): Case => ({ name: "not a retryable code", method: "get", answers: [code], attempts: 1, ends: code }),
  ),
  ...otherCodes
    .filter((code) => !["canceled", "deadline_exceeded"].includes(code))
    .map(
      (code): Case => ({
        name: "a code that the policy names",
        method: "get",
        answers: [code, "ok"],
        options: { policy: { ...fast, retryableCodes: [code] } },
        attempts: 2,
        ends: "ok",
      }),
    ),
  {
    name: "another code after a retry ends it",
    method: "get",
    answers: ["unavailable", "internal"],
    attempts: 2,
    ends: "internal",
  },
  // Attempts.
  {
    name: "two attempts",
    method: "get",
    answers: down,
    options: { policy: { ...fast, maxAttempts: 2 } },
    attempts: 2,
    ends: "unavailable",
  },
  {
    name: "one attempt",
    method: "get",
    answers: down,
    options: { policy: { maxAttempts: 1 } },
    attempts: 1,
    ends: "unavailable",
  },
  {
    name: "no more than five",
    method: "get",
    answers: down,
    options: { policy: { ...fast, maxAttempts: 9 }, throttle: false },
    attempts: 5,
    ends: "unavailable",
  },
  { name: "no policy", method: "get", answers: down, options: { policy: false }, attempts: 1, ends: "unavailable" },
  // Each method.
  {
    name: "a policy of its own",
    method: "post",
    answers: ["aborted", "ok"],
    options: { perMethod: () => ({ ...fast, retryableCodes: ["aborted"] }) },
    attempts: 2,
    ends: "ok",
  },
  {
    name: "none of its own",
    method: "get",
    answers: down,
    options: { perMethod: () => false },
    attempts: 1,
    ends: "unavailable",
  },
  {
    name: "left to the rest",
    method: "get",
    answers: ["unavailable"],
    options: { policy: fast, perMethod: () => undefined },
    attempts: 2,
    ends: "ok",
  },
  // Service configs.
  {
    name: "config of the method",
    method: "post",
    answers: down,
    options: { serviceConfig: config({ name: [{ service: "t.S", method: "Post" }], retryPolicy }) },
    attempts: 3,
    ends: "unavailable",
  },
  {
    name: "config of the service",
    method: "post",
    answers: ["aborted"],
    options: { serviceConfig: config({ name: [{ service: "t.S" }], retryPolicy }) },
    attempts: 2,
    ends: "ok",
  },
  {
    name: "config of all, a code by number",
    method: "feed",
    answers: ["resource_exhausted"],
    options: { serviceConfig: config({ name: [{}], retryPolicy }) },
    attempts: 2,
    ends: "ok",
  },
  {
    name: "config of another method",
    method: "post",
    answers: down,
    options: { serviceConfig: config({ name: [{ service: "t.S", method: "Get" }], retryPolicy }) },
    attempts: 1,
    ends: "unavailable",
  },
  {
    name: "config without attempts leaves the default",
    method: "get",
    answers: ["unavailable"],
    options: { policy: fast, serviceConfig: config({ name: [{}], timeout: "1s" }) },
    attempts: 2,
    ends: "ok",
  },
  {
    name: "throttle of the config",
    method: "get",
    answers: down,
    options: {
      policy: fast,
      serviceConfig: config({ name: [] }, { retryThrottling: { maxTokens: 2, tokenRatio: 0.1 } }),
    },
    attempts: 1,
    ends: "unavailable",
  },
  // Throttle.
  {
    name: "throttled after two",
    method: "get",
    answers: down,
    options: { policy: fast, throttle: { maxTokens: 4 } },
    attempts: 2,
    ends: "unavailable",
  },
  {
    name: "not throttled",
    method: "get",
    answers: down,
    options: { policy: { ...fast, maxAttempts: 5 }, throttle: { maxTokens: 1000 } },
    attempts: 5,
    ends: "unavailable",
  },
  {
    name: "a stream is throttled too",
    method: "talk",
    answers: down,
    options: { policy: fast, throttle: { maxTokens: 4 } },
    attempts: 2,
    ends: "unavailable",
  },
  // Pushback.
  ...["get", "list", "fill"].map(
    (method): Case => ({ name: "pushback says when", method, answers: [pushback("1")], attempts: 2, ends: "ok" }),
  ),
  ...["-1", "soon", "", "1.5", "99999999999"].map(
    (value): Case => ({
      name: `pushback ${JSON.stringify(value)} means never`,
      method: "get",
      answers: [pushback(value)],
      attempts: 1,
      ends: "unavailable",
    }),
  ),
  { name: "pushback 0 is at once", method: "get", answers: [pushback("0")], attempts: 2, ends: "ok" },
  {
    name: "pushback makes no code retryable",
    method: "get",
    answers: [{ code: "internal", metadata: { "grpc-retry-pushback-ms": "1" } }],
    attempts: 1,
    ends: "internal",
  },
  {
    name: "pushback counts as an attempt",
    method: "get",
    answers: Array<Answer>(9).fill(pushback("1")),
    attempts: 4,
    ends: "unavailable",
  },
  { name: "Retry-After 0", method: "get", answers: [later("0")], attempts: 2, ends: "ok" },
  {
    name: "Retry-After, a date that has passed",
    method: "get",
    answers: [later("Wed, 21 Oct 2015 07:28:00 GMT")],
    attempts: 2,
    ends: "ok",
  },
  { name: "Retry-After that is neither", method: "get", answers: [later("soon")], attempts: 2, ends: "ok" },
  {
    name: "Retry-After makes no code retryable",
    method: "get",
    answers: [later("0", "internal")],
    attempts: 1,
    ends: "internal",
  },
  // Deadlines.
  {
    name: "no retry that the deadline does not leave time for",
    method: "get",
    answers: [pushback("500000")],
    call: { timeoutMs: 200_000 },
    attempts: 1,
    ends: "unavailable",
  },
  {
    name: "nor after a long Retry-After",
    method: "list",
    answers: [later("3600")],
    call: { timeoutMs: 200_000 },
    attempts: 1,
    ends: "unavailable",
  },
  {
    name: "the deadline is that of all attempts",
    method: "get",
    answers: ["unavailable", "hang"],
    times: { timeoutMs: 60 },
    attempts: 2,
    ends: "deadline_exceeded",
  },
  {
    name: "and of a stream's",
    method: "talk",
    answers: ["unavailable", "hang"],
    times: { timeoutMs: 60 },
    attempts: 2,
    ends: "deadline_exceeded",
  },
  ...["get", "list", "fill", "talk"].map(
    (method): Case => ({
      name: "an attempt that takes too long",
      method,
      answers: ["hang", "ok"],
      times: { attemptTimeoutMs: 30 },
      attempts: 2,
      ends: "ok",
    }),
  ),
  ...["get", "list"].map(
    (method): Case => ({
      name: "attempts that all take too long",
      method,
      answers: ["hang", "hang"],
      options: { policy: { ...fast, maxAttempts: 2 } },
      times: { attemptTimeoutMs: 20 },
      attempts: 2,
      ends: "deadline_exceeded",
    }),
  ),
  // Streams commit.
  { name: "not after a message", method: "list", answers: ["late"], attempts: 1, ends: "unavailable" },
  { name: "nor in a conversation", method: "talk", answers: ["late"], attempts: 1, ends: "unavailable" },
  {
    name: "after a failed attempt a message commits",
    method: "talk",
    answers: ["unavailable", "late"],
    attempts: 2,
    ends: "unavailable",
  },
  {
    name: "more was sent than is kept",
    method: "fill",
    answers: down,
    options: { policy: fast, replayBytes: 3 },
    attempts: 1,
    ends: "unavailable",
  },
  {
    name: "as much was sent as is kept",
    method: "fill",
    answers: ["unavailable"],
    options: { policy: fast, replayBytes: 1000 },
    attempts: 2,
    ends: "ok",
  },
];
