import { sentInfo } from "../call/hooks.js";
import { encodeFrame, isPromiseLike } from "../call/outgoing-message.js";
import { Turns } from "../call/turns.js";
import { ConnectError } from "../error/connect-error.js";
import { type HandlerCall, incompleteRequest } from "./handler-call.js";

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
  const request = call.single === undefined ? requestsOf(call) : await readRequest(call);
  const context = method.context === undefined ? call.context : await method.context(call.context);
  const result = method.implementation(request as never, context);
  if (kind === "unary" || kind === "client_streaming") await answer(call, await result);
  else await pump(call, result);
}

/** Waits for the one request message. */
async function readRequest(call: HandlerCall): Promise<unknown> {
  const single = call.single as NonNullable<typeof call.single>;
  if (!call.requestOver) {
    await new Promise<void>((resolve) => {
      call.requestWaiter = resolve;
    });
  }
  if (call.requestFailure !== undefined) throw call.requestFailure;
  const incomplete = single.incomplete();
  if (incomplete !== undefined) throw incompleteRequest(incomplete);
  if (single.last !== undefined) call.endEnvelope(single.last.flags);
  const decoded = single.message();
  const message = isPromiseLike(decoded) ? await decoded : decoded;
  if (call.reason !== undefined) throw call.reason;
  return call.interception === undefined
    ? message
    : call.interception.sawRequest(message, { compressed: single.compressed, bytes: single.size });
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

async function answer(call: HandlerCall, init: unknown): Promise<void> {
  const { output } = call.method.spec;
  if (call.over) return;
  const message = output.create(init);
  const { interception } = call;
  if (interception === undefined) {
    call.answer = message;
    return;
  }
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
