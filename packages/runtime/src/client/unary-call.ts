import type { Spec } from "../call/spec.js";
import { misused } from "../error/confidential.js";
import { type ClientBinding, ClientCall } from "./client-call.js";
import { PendingCall } from "./pending-call.js";
import type { CallOptions, UnaryCall, UnaryResponse } from "./types.js";

/** Makes a call of kind `unary`. How it runs is given: what runs interceptors is not in a client without them. */
export function startUnary<I, O>(
  config: ClientBinding,
  spec: Spec<I, O>,
  request: unknown,
  options: CallOptions | undefined,
  run: typeof plainUnary<I, O>,
): UnaryCall<O> {
  const call = new ClientCall(config, spec, options);
  const pending = new PendingCall(call as ClientCall<unknown, O>);
  try {
    run(call, createMessage(spec, request), pending);
  } catch (reason) {
    pending.fail(reason);
  }
  return pending;
}

/** Ends a call as a promise does. */
export function follow<O>(pending: PendingCall<O>, response: Promise<UnaryResponse<O>>): void {
  response.then(
    (result) => pending.succeed(result),
    (reason: unknown) => pending.fail(reason),
  );
}

/** A request message. @throws ConnectError */
export function createMessage<I>({ input }: Spec<I>, init: unknown): I {
  try {
    return input.create(init);
  } catch (cause) {
    throw misused(`cannot make a ${input.typeName} from the given request`, cause);
  }
}

/** Runs a call without interceptors. */
export function plainUnary<I, O>(call: ClientCall<I, O>, message: I, pending: PendingCall<O>): void {
  call.onCancel((error) => pending.fail(error));
  if (!call.over) follow(pending, call.config.transport.unary(call, { message, compress: call.compress }));
}
