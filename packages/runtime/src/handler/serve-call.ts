import { failed, success } from "../call/outcome.js";
import { misused } from "../error/confidential.js";
import { isPromiseLike } from "../http/awaitable.js";
import type { HandlerCall } from "./handler-call.js";
import { spreadable } from "./handler-context.js";
import { HandlerInterception } from "./handler-interception.js";
import { pump } from "./pump.js";
import type { SingleRequest, StreamRequest } from "./request-body.js";
import type { HandlerContext } from "./types.js";

/** Begins a call: its deadline, its interceptors, its service. */
export function startCall(call: HandlerCall): void {
  const { exchange, method, request } = call;
  const timeoutMs = shortest(shortest(exchange.timeoutMs, method.maxTimeoutMs), request.timeoutMs);
  if (timeoutMs !== undefined) {
    call.setTimeoutMs(timeoutMs);
    // An expired call is not run.
    if (call.over) return;
  }
  if (method.interceptors.length === 0) {
    serve(call).then(
      () => call.conclude(success),
      (reason: unknown) => call.conclude(failed(reason)),
    );
    return;
  }
  const interception = new HandlerInterception(call, call.response);
  call.interception = interception;
  void interception
    .run(method.interceptors, () => interception.attempt(() => serve(call)))
    .then((outcome) => call.conclude(outcome));
}

function shortest(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Math.min(one, other);
}

/**
 * Runs what a user wrote for an RPC: reads the request, calls the handler, sends what it streams.
 * All user code is entered from here, inside the innermost `next()`, so that the async context of
 * interceptors holds for it. Ends when the handler has.
 */
async function serve(call: HandlerCall): Promise<void> {
  const { method, interception } = call;
  call.enter();
  try {
    call.openRequest();
    let request: unknown;
    if (method.singleRequest) {
      const body = call.body as SingleRequest;
      if (!body.over) await body.whole();
      const message = body.read();
      request = isPromiseLike(message) ? await message : message;
      if (interception !== undefined) request = await interception.sawRequest(request, body.compressed, body.size);
    } else request = (call.body as StreamRequest).messages(interception);
    let context: HandlerContext = call.context;
    if (method.context !== undefined) context = await ownContext(call, method.context);
    if (call.reason !== undefined) throw call.reason;
    const result = method.implementation(request as never, context);
    if (method.singleResponse) {
      const answering = answer(call, await result);
      if (answering !== undefined) await answering;
    } else await pump(call, result);
  } finally {
    call.leave();
  }
}

/** The context that the service makes for itself. */
async function ownContext(
  call: HandlerCall,
  make: NonNullable<HandlerCall["method"]["context"]>,
): Promise<HandlerContext> {
  const given = spreadable(call.context);
  const context = await make(given);
  if (context === given) return call.context;
  if (typeof context !== "object" || context === null) {
    throw new TypeError(`the option "context" of ${call.spec.procedure} returned ${context}: expected an object`);
  }
  // What the handler sets there counts, whether it is a copy or not.
  call.response.choice = context;
  return context;
}

/** Takes the handler's answer, and encodes it. Returns a promise when that has to wait. */
function answer(call: HandlerCall, init: unknown): Promise<void> | undefined {
  if (call.over) return undefined;
  const { response, interception } = call;
  // Most often a `return` that was forgotten; an empty message is written `{}`.
  if (init === undefined) throw misused(`the handler of ${call.spec.procedure} returned undefined, not a message`);
  const message = call.spec.output.create(init);
  if (interception !== undefined) return showAnswer(call, interception, message);
  const frame = response.encode(message);
  if (isPromiseLike(frame)) {
    return frame.then((ready) => {
      response.answer = ready;
    });
  }
  response.answer = frame;
  return undefined;
}

/** Interceptors see the answer, and then how large it is. */
async function showAnswer(
  { response }: HandlerCall,
  interception: HandlerInterception,
  message: unknown,
): Promise<void> {
  await interception.hooks.onHeaders(response.headers);
  const shown = await interception.sendsResponse(message, 0);
  response.answer = await response.encode(shown);
}
