// A file of its own, and in the lowest room: whatever waits for users' code or for compression needs these three.

/** A promise or a plain value. Not `PromiseLike`: comparing with it costs the type checker 120 instantiations at each `async` handler. */
export type Awaitable<T> = T | Promise<T>;

/** Whether an awaitable must be awaited. */
export function isPromiseLike<T>(value: Awaitable<T>): value is Promise<T> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}

/** A promise that nobody needs to handle. */
export function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
