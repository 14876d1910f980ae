import { sentInfo } from "../call/hooks.js";
import type { Interceptor } from "../call/interceptor.js";
import type { OutgoingMessage } from "../call/outgoing-message.js";
import type { Spec } from "../call/spec.js";
import type { BoundMethod } from "./bind-transport.js";
import type { ClientBinding, ClientCall } from "./client-call.js";
import { ClientInterception } from "./client-interception.js";
import { isResponse, noResponse, type PendingCall } from "./pending-call.js";
import type { TransportResponse } from "./transport.js";
import type { CallOptions, UnaryResponse } from "./types.js";
import { follow, plainUnary, startUnary } from "./unary-call.js";

export function unaryMethod(client: ClientBinding, spec: Spec): BoundMethod {
  return (request, options) => startUnary(client, spec, request, options as CallOptions | undefined, runUnary) as never;
}

function runUnary<I, O>(call: ClientCall<I, O>, message: I, pending: PendingCall<O>): void {
  const { interceptors } = call.config.options;
  if (interceptors === undefined || interceptors.length === 0) plainUnary(call, message, pending);
  else follow(pending, interceptedUnary(call, message, interceptors));
}

/** An attempt that also ends when the call is canceled, whatever the transport does. */
function attempt<I, O>(call: ClientCall<I, O>, outgoing: OutgoingMessage<I>): Promise<TransportResponse<O>> {
  return new Promise((resolve, reject) => {
    call.onCancel(reject);
    if (call.over) return;
    call.config.transport.unary(call, outgoing).then((response) => {
      if (isResponse(response)) resolve(response);
      else reject(noResponse());
    }, reject);
  });
}

async function interceptedUnary<I, O>(
  call: ClientCall<I, O>,
  message: I,
  interceptors: readonly Interceptor[],
): Promise<UnaryResponse<O>> {
  const seen = new ClientInterception(call);
  const { hooks, stats } = seen;
  const { input, output } = call.spec;
  let outgoing: OutgoingMessage<I> | undefined;
  await seen.runCall(interceptors, async () => {
    if (outgoing === undefined) {
      const { compress } = call;
      const replaced = await hooks.onRequest(message, sentInfo(message, input, compress, 0), input);
      outgoing = { message: replaced, compress };
    }
    let response: TransportResponse<O> | undefined;
    try {
      response = await attempt(call, outgoing);
    } finally {
      // Of an attempt that failed, what was encoded tells that the message went.
      if (response !== undefined || outgoing.frame !== undefined) stats.requestMessages = 1;
      stats.requestBytes = outgoing.frame?.size ?? 0;
    }
    seen.peer = response.peer;
    seen.responseHeaders = response.headers;
    await hooks.onHeaders(response.headers);
    const { compressed, bytes } = response;
    stats.responseMessages = 1;
    stats.responseBytes = bytes;
    seen.answer = await hooks.onResponse(response.message, { compressed, bytes, index: 0 }, output);
    seen.responseTrailers = response.trailers;
    // A hook may have canceled the call.
    if (call.reason !== undefined) throw call.reason;
  });
  return seen.response();
}
