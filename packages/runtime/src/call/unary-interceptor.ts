import type { Message } from "@bufbuild/protobuf";
import type { Call, Interceptor } from "./interceptor.js";

/**
 * Makes an interceptor for calls with one request and one response message; calls of other kinds
 * pass it by.
 *
 * @param intercept - gets the call, its request, and `next`, which runs the rest of the call with a
 * request (the one it got, or another one) and gives the response. What it returns is the response.
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
  return async (call, next) => {
    if (call.spec.kind !== "unary") return next();
    // The request is known inside `next()` only: the interceptor runs there, and `next` waits for the response's hook.
    const outer = deferred<unknown>();
    const inner = deferred<Message>();
    let running: Promise<void> | undefined;
    call.onRequest((message) => {
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
    });
    call.onResponse((message) => {
      inner.resolve(message);
      return outer.promise;
    });
    try {
      await next();
    } catch (error) {
      inner.reject(error);
      await running;
      call.respond(await outer.promise);
    }
  };
}

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
  promise.catch(() => undefined);
  return { promise, ...settle };
}
