import { sentInfo } from "../call/hooks.js";
import { encodeFrame, isPromiseLike } from "../call/outgoing-message.js";
import type { SingleReceiver } from "../call/single-receiver.js";
import { Turns } from "../call/turns.js";
import { ConnectError } from "../error/connect-error.js";
import type { Awaitable } from "../framing/compression.js";
import { type HandlerCall, incompleteRequest } from "./handler-call.js";
import type { HandlerInterception } from "./handler-interception.js";

/**
 * Runs what a user wrote for an RPC: reads the request, calls the handler, sends what it streams.
 * All user code is entered from here, inside the innermost `next()`, so that the async context of
 * interceptors holds for it. Ends when the handler has.
 */
export async function serveCall(call: HandlerCall): Promise<void> {
  const { method } = call;
  const { kind } = method.spec;
  call.serving = true;
  call.open();
  let request: unknown;
  if (call.single === undefined) {
    request = requestsOf(call);
  } else {
    if (!call.requestOver) {
      await new Promise<void>((resolve) => {
        call.requestWaiter = resolve;
      });
    }
    const message = readRequest(call, call.single);
    request = isPromiseLike(message) ? await message : message;
    if (call.reason !== undefined) throw call.reason;
    if (call.interception !== undefined) {
      const { compressed, size } = call.single;
      request = await call.interception.sawRequest(request, { compressed, bytes: size });
    }
  }
  const context = method.context === undefined ? call.context : await method.context(call.context);
  const result = method.implementation(request as never, context);
  if (kind === "unary" || kind === "client_streaming") {
    const answered = answer(call, await result);
    if (answered !== undefined) await answered;
  } else await pump(call, result);
}

/** The one request message, when the request has ended. */
function readRequest(call: HandlerCall, single: SingleReceiver<unknown>): Awaitable<unknown> {
  if (call.requestFailure !== undefined) throw call.requestFailure;
  const incomplete = single.incomplete();
  if (incomplete !== undefined) throw incompleteRequest(incomplete);
  if (single.last !== undefined) call.endEnvelope(single.last.flags);
  return single.message();
}

/** The request messages, for a handler to iterate. */
function requestsOf(call: HandlerCall): AsyncIterableIterator<unknown, undefined, undefined> {
  const stream = call.stream as NonNullable<typeof call.stream>;
  const { interception } = call;
  const next =
    interception === undefined
      ? () => stream.receive()
      : async (): Promise<IteratorResult<unknown, undefined>> => {
          const result = await stream.receive();
          if (result.done === true) return result;
          const info = { compressed: stream.lastCompressed, bytes: stream.lastSize };
          return { done: false, value: await interception.sawRequest(result.value, info) };
        };
  return {
    next,
    return: () => {
      // The handler wants no more messages: leave them to the flow control.
      call.pause();
      return Promise.resolve({ done: true, value: undefined });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Takes the answer. Returns a promise when there are interceptors, which see it. */
function answer(call: HandlerCall, init: unknown): Promise<void> | undefined {
  if (call.over) return undefined;
  const message = call.method.spec.output.create(init);
  const { interception } = call;
  if (interception !== undefined) return showAnswer(call, interception, message);
  call.answer = message;
  return undefined;
}

async function showAnswer(call: HandlerCall, interception: HandlerInterception, message: unknown): Promise<void> {
  const { output } = call.method.spec;
  await interception.hooks.onHeaders(call.responseHeaders);
  const info = sentInfo(message, output, call.context.compress, 0);
  call.answer = await interception.hooks.onResponse(message, info, output);
  interception.answered = true;
}

/** Sends what a handler streams, no faster than the transport takes it. */
async function pump(call: HandlerCall, messages: unknown): Promise<void> {
  const { output, procedure } = call.method.spec;
  const { interception, context } = call;
  const iterator = iteratorOf(messages, procedure);
  const turns = new Turns();
  let exhausted = false;
  try {
    for (let index = 0; !call.over; index++) {
      const result = await iterator.next();
      if (result.done === true) {
        exhausted = true;
        return;
      }
      if (call.over) return;
      let message = output.create(result.value);
      if (interception !== undefined) {
        const info = sentInfo(message, output, context.compress, index);
        message = await interception.hooks.onResponse(message, info, output);
      }
      const encoded = encodeFrame(message, context.compress, output, call);
      const frame = isPromiseLike(encoded) ? await encoded : encoded;
      interception?.sentResponse(frame);
      const wait = call.sendFrame(frame);
      if (wait !== undefined) await wait;
      const pause = turns.take();
      if (pause !== undefined) await pause;
    }
  } finally {
    // An iterator that ended or threw by itself takes no notice.
    if (!exhausted) await iterator.return?.();
  }
}

function iteratorOf(messages: unknown, procedure: string): AsyncIterator<unknown> | Iterator<unknown> {
  if (typeof messages === "object" && messages !== null) {
    if (Symbol.asyncIterator in messages) return (messages as AsyncIterable<unknown>)[Symbol.asyncIterator]();
    if (Symbol.iterator in messages) return (messages as Iterable<unknown>)[Symbol.iterator]();
  }
  throw new ConnectError("internal", `the handler of ${procedure} must return an async iterable, such as a generator`);
}
