// The interceptors of the examples: each is in a file of its own.
export { type Identity, identity, requireToken, sendToken } from "./auth.js";
export { authorize } from "./authorize.js";
export { cache } from "./cache.js";
export { defaultDeadline } from "./default-deadline.js";
export { limitConcurrency } from "./limit-concurrency.js";
export { type LogEntry, log } from "./log.js";
export { mapErrors } from "./map-errors.js";
export { retry } from "./retry.js";
export { currentSpan, type Span, trace } from "./tracing.js";
export { validate } from "./validate.js";
