import { sentInfo } from "../call/hooks.js";
import { canceledBy } from "../call/lifetime.js";
import type { OutgoingMessage } from "../call/outgoing-message.js";
import type { Spec } from "../call/spec.js";
import { quiet } from "../call/stream-receiver.js";
import { ConnectError } from "../error/connect-error.js";
import { ClientCall, type ClientConfig } from "./client-call.js";
import { ClientInterception } from "./client-interception.js";
import type { TransportResponse } from "./transport.js";
import type { CallOptions, UnaryCall, UnaryResponse } from "./types.js";

/**
 * The promise of a single response message. The promise that a caller sees is made when it is asked
 * for, so that a call which nobody reads is no unhandled rejection.
 */
export class PendingCall<O> implements UnaryCall<O> {
  readonly outcome: Promise<UnaryResponse<O>>;
  readonly cancel: (reason?: unknown) => void;

  constructor(outcome: Promise<UnaryResponse<O>>, cancel: (reason?: unknown) => void) {
    this.outcome = quiet(outcome);
    this.cancel = cancel;
  }

  get response(): Promise<UnaryResponse<O>> {
    return this.outcome;
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a promise
  then<A = O, B = never>(
    onFulfilled?: ((value: O) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.outcome.then(
      onFulfilled == null ? ({ message }) => message as unknown as A : ({ message }) => onFulfilled(message),
      onRejected,
    );
  }

  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<O | B> {
    return this.then(undefined, onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<O> {
    return this.then().finally(onFinally);
  }

  get [Symbol.toStringTag](): string {
    return "Promise";
  }
}

/** Makes a call of kind `unary`. */
export function startUnary<I, O>(
  config: ClientConfig,
  spec: Spec<I, O>,
  request: unknown,
  options: CallOptions | undefined,
): UnaryCall<O> {
  const call = new ClientCall(config, spec, options);
  const cancel = (reason?: unknown): void => {
    call.cancel(canceledBy(reason));
  };
  let message: I;
  try {
    message = spec.input.create(request);
  } catch (cause) {
    call.finish();
    return new PendingCall(Promise.reject(cannotCreate(spec.input.typeName, cause)), cancel);
  }
  const { interceptors } = config.options;
  const outcome =
    interceptors === undefined || interceptors.length === 0
      ? plainUnary(call, message)
      : interceptedUnary(call, message, interceptors);
  return new PendingCall(outcome, cancel);
}

export function cannotCreate(typeName: string, cause: unknown): ConnectError {
  return new ConnectError("internal", `cannot make a ${typeName} of what was given`, { cause });
}

/** An attempt that also ends when the call is canceled, whatever the transport does. */
function attempt<I, O>(call: ClientCall<I, O>, outgoing: OutgoingMessage<I>): Promise<TransportResponse<O>> {
  if (call.reason !== undefined) return Promise.reject(call.reason);
  return new Promise((resolve, reject) => {
    call.onCancel(reject);
    call.config.transport.unary(call, outgoing).then(resolve, reject);
  });
}

/** {@link attempt} for a call that is over with it: the same with fewer promises. */
function plainUnary<I, O>(call: ClientCall<I, O>, message: I): Promise<UnaryResponse<O>> {
  if (call.reason !== undefined) return Promise.reject(call.reason);
  return new Promise((resolve, reject) => {
    call.onCancel(reject);
    call.config.transport.unary(call, { message, compress: call.options?.compress }).then(
      (response) => {
        call.finish();
        resolve(response);
      },
      (error: unknown) => {
        call.finish();
        reject(error);
      },
    );
  });
}

async function interceptedUnary<I, O>(
  call: ClientCall<I, O>,
  message: I,
  interceptors: NonNullable<ClientConfig["options"]["interceptors"]>,
): Promise<UnaryResponse<O>> {
  const seen = new ClientInterception(call);
  const { hooks, stats } = seen;
  const { input, output } = call.spec;
  let outgoing: OutgoingMessage<I> | undefined;
  await seen.run(interceptors, async () => {
    if (outgoing === undefined) {
      const compress = call.options?.compress;
      const replaced = await hooks.onRequest(message, sentInfo(message, input, compress, 0), input);
      outgoing = { message: replaced, compress };
    }
    const response = await attempt(call, outgoing);
    stats.requestMessages = 1;
    stats.requestBytes = outgoing.frame?.size ?? 0;
    seen.peer = response.peer;
    seen.responseHeaders = response.headers;
    await hooks.onHeaders(response.headers);
    const { compressed, bytes } = response;
    stats.responseMessages = 1;
    stats.responseBytes = bytes;
    seen.answer = await hooks.onResponse(response.message, { compressed, bytes, index: 0 }, output);
    seen.responseTrailers = response.trailers;
  });
  return seen.response();
}
