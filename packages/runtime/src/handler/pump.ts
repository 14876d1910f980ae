import { Turns } from "../call/turns.js";
import { misused } from "../error/confidential.js";
import { ConnectError, memberOf } from "../error/connect-error.js";
import { isPromiseLike } from "../http/awaitable.js";
import { after, cancel } from "../time.js";
import type { HandlerCall } from "./handler-call.js";

export type Messages = AsyncIterator<unknown> | Iterator<unknown>;

/** How long the end of a call that failed waits for what an iterator does to clean up, in milliseconds. */
const closeGraceMs = 50;

/** Sends what a handler streams, no faster than the transport takes it. */
export async function pump(call: HandlerCall, messages: unknown): Promise<void> {
  const { response, interception } = call;
  const { output, procedure } = call.spec;
  const iterator = iteratorOf(messages, `the handler of ${procedure} must return`);
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= closeIterator(call, iterator);
    return closing;
  };
  // At once when the client leaves, also while next() is pending: subscriptions end by it. A promise, so that it is done
  // in the async context of this function.
  void new Promise<void>((resolve) => call.onCancel(() => resolve())).then(close);
  const turns = new Turns();
  // An iterator that has ended, or thrown, is not told that nobody wants more of it.
  let goesOn = true;
  try {
    for (let index = 0; !call.over; index++) {
      goesOn = false;
      const result = await iterator.next();
      if (result.done === true) break;
      goesOn = true;
      if (call.over) return;
      // As `for await` does: a synchronous iterable may give promises.
      const init = isPromiseLike(result.value) ? await result.value : result.value;
      if (init === undefined) throw misused(`the handler of ${procedure} yielded undefined, not a message`);
      let message = output.create(init);
      if (interception !== undefined) message = await interception.sendsResponse(message, index);
      const encoded = response.encode(message);
      const frame = isPromiseLike(encoded) ? await encoded : encoded;
      interception?.sentResponse(frame);
      const wait = response.send(frame);
      if (wait !== undefined) await wait;
      const pause = turns.take();
      if (pause !== undefined) await pause;
    }
    const head = response.openHead();
    if (head !== undefined) await head;
  } finally {
    if (goesOn) {
      if (call.over) await close();
      else await briefly(call, close());
    }
  }
}

/** Waits for an iterator that cleans up, but not for ever: the call is over. */
function briefly(call: HandlerCall, closing: Promise<void>): Promise<void> {
  call.enter();
  return new Promise((resolve) => {
    const timer = after(closeGraceMs, resolve);
    void closing.then(() => {
      cancel(timer);
      call.leave();
      resolve();
    });
  });
}

/** Never rejects. */
async function closeIterator(call: HandlerCall, iterator: Messages): Promise<void> {
  try {
    await iterator.return?.();
  } catch (reason) {
    // That work was broken off is no news when the client left.
    if (!(reason instanceof ConnectError || memberOf(reason, "name") === "AbortError")) call.report(reason);
  }
}

/** @param must - who must give an iterable, for the error's text */
export function iteratorOf(messages: unknown, must: string): Messages {
  if (typeof messages === "object" && messages !== null) {
    if (Symbol.asyncIterator in messages) return (messages as AsyncIterable<unknown>)[Symbol.asyncIterator]();
    if (Symbol.iterator in messages) return (messages as Iterable<unknown>)[Symbol.iterator]();
  }
  // Of an async function that was meant to be a generator: what it throws is no unhandled rejection.
  if (isPromiseLike(messages)) messages.then(undefined, () => undefined);
  throw new TypeError(`${must} an async iterable, such as a generator`);
}
