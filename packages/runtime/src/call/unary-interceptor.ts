import type { Message } from "@bufbuild/protobuf";
import { misused } from "../error/confidential.js";
import { quiet } from "../http/awaitable.js";
import type { Call, Interceptor } from "./interceptor.js";

/**
 * Makes an interceptor for calls with one request and one response message; calls of other kinds
 * pass it by.
 *
 * @param intercept - gets the call, its request, and `next`, which runs the rest of the call with a
 * request (the one it got, or another one) and gives the response. What it returns is the response.
 * Where an interceptor around it runs the call again, it runs again too; the request is sent again as it was sent first.
 *
 * @example
 * const shout = unaryInterceptor(async (call, request, next) => {
 *   const response = await next(request);
 *   console.log(call.spec.procedure, request, response);
 *   return response;
 * });
 */
export function unaryInterceptor(
  intercept: (call: Call, request: Message, next: (request: unknown) => Promise<Message>) => Promise<unknown>,
): Interceptor {
  const shown = new WeakMap<Call, Message>();
  return async (call, next) => {
    if (call.spec.kind !== "unary") return next();
    // The request is known inside `next()` only: the interceptor runs there, and `next` waits for the response's hook.
    const outer = deferred<unknown>();
    const inner = deferred<Message>();
    let running: Promise<void> | undefined;
    const start = (message: Message): Promise<unknown> => {
      const forwarded = deferred<unknown>();
      running = intercept(call, message, (request) => {
        forwarded.resolve(request);
        return inner.promise;
      }).then(
        (response) => {
          outer.resolve(response);
          forwarded.reject(new Error("answered without next()"));
        },
        (error: unknown) => {
          outer.reject(error);
          forwarded.reject(error);
        },
      );
      return forwarded.promise;
    };
    // Requests are shown once: in a further run of the call it is the one of before.
    const before = shown.get(call);
    if (before !== undefined) void start(before);
    call.onRequest((message) => {
      shown.set(call, message);
      return start(message);
    });
    call.onResponse((message) => {
      if (running === undefined) throw misused(madeAnew);
      inner.resolve(message);
      return outer.promise;
    });
    try {
      await next();
    } catch (error) {
      // The request never came here: it cannot be read, or an outer interceptor has refused or answered the call.
      if (running === undefined) throw error;
      inner.reject(error);
      await running;
      call.respond(await outer.promise);
    }
  };
}

const madeAnew =
  "an interceptor that unaryInterceptor() made while the call ran did not see its request, which is shown once: make it before, for all calls";

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
}

function deferred<T>(): Deferred<T> {
  let settle!: Omit<Deferred<T>, "promise">;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise: quiet(promise), ...settle };
}
