// A file of its own: client and server leave a caller's async context alike.
import { AsyncResource } from "node:async_hooks";

/** Made when this module is loaded: outside of any call, unless a call is what loads it. */
const scope = new AsyncResource("CONNECT_TS");

/**
 * Runs what makes sockets and timers that serve many calls. Made in the async context of the call that happens to need them
 * first, they would show that call's `AsyncLocalStorage` to the code of all others, and keep its store for as long as they live.
 */
export function outsideCalls<T>(run: () => T): T {
  return scope.runInAsyncScope(run);
}
