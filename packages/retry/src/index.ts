// The door of the package: what users import.
export { attemptsOf, type RetryInfo } from "./attempts.js";
export type { HedgingPolicy, RetryPolicy, ThrottlePolicy } from "./policy.js";
export { type RetryOptions, withRetry } from "./with-retry.js";
