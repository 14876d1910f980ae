// User code that does what nobody should: callers, handlers and interceptors, each in its own way.
import {
  type AnyIterable,
  type BidiStream,
  type CallOptions,
  ConnectError,
  createContextKey,
  createContextValues,
  type HandlerContext,
  type Interceptor,
  unaryInterceptor,
} from "@connect-ts/runtime";
import { type CallLog, dataOf, streamsResponses } from "./log.js";
import type { CallerOddity, HandlerOddity, InterceptorOddity } from "./odd-plan.js";
import type { Kind } from "./plan.js";
import type { Surroundings } from "./service.js";

const planned = (): Error => new Error("as planned");

// -------------------------------------------------------------------- callers

const key = createContextKey("nothing", { description: "a key of the simulation" });

export function oddOptions(oddity: CallerOddity | undefined, options: CallOptions): CallOptions {
  switch (oddity) {
    case "bad timeout":
      return { ...options, timeoutMs: -1 };
    case "unknown option":
      return { ...options, nothing: 1 } as CallOptions;
    case "bad headers":
      return { ...options, headers: { "not a name": "1" } };
    case "aborted before":
      return { ...options, signal: AbortSignal.abort() };
    case "timed out before":
      return { ...options, signal: AbortSignal.abort(new DOMException("too late", "TimeoutError")) };
    case "aborted with an error":
      return { ...options, signal: AbortSignal.abort(new ConnectError("aborted", "as planned")) };
    case "parent":
      return { ...options, parent: { timeoutMs: () => 500, signal: new AbortController().signal } as never };
    case "parent without time":
      return { ...options, parent: { timeoutMs: () => undefined, signal: AbortSignal.abort(planned()) } as never };
    case "values": {
      const values = createContextValues().set(key, "something");
      if (values.get(key) !== "something" || values.delete(key).get(key) !== "nothing") throw new Error("no values");
      return { ...options, values };
    }
    default:
      return options;
  }
}

/** A request that cannot be made. */
export function badRequest(): never {
  return Object.defineProperty({}, "text", {
    enumerable: true,
    get() {
      throw planned();
    },
  }) as never;
}

type Iterator_ = AsyncIterator<unknown> | Iterator<unknown>;

/** Requests that are not what they should be, in place of those of the plan. */
export function oddRequests<T>(oddity: CallerOddity | undefined, given: AnyIterable<T>): AnyIterable<T> {
  const inner = (): Iterator_ =>
    Symbol.asyncIterator in given ? given[Symbol.asyncIterator]() : given[Symbol.iterator]();
  const iterable = (change: (iterator: Iterator_) => Partial<Iterator_>): AnyIterable<T> => {
    const iterator = inner();
    const changed = { next: () => iterator.next(), ...change(iterator) };
    return { [Symbol.asyncIterator]: () => changed } as AnyIterable<T>;
  };
  switch (oddity) {
    case "proxy that throws":
      return new Proxy(given as object, {
        has() {
          throw planned();
        },
        get() {
          throw planned();
        },
      }) as AnyIterable<T>;
    case "return throws":
      return iterable((iterator) => ({
        return() {
          void iterator.return?.();
          throw planned();
        },
      }));
    case "return rejects":
      return iterable((iterator) => ({
        async return() {
          await iterator.return?.();
          throw planned();
        },
      }));
    case "no return":
      return iterable((iterator) => {
        void iterator.return?.();
        return {};
      });
    case "yields nothing":
      return [undefined, 5, "text"] as never;
    default:
      return given;
  }
}

/** What a caller does with a stream beside sending and reading. */
export function oddUse(oddity: CallerOddity | undefined, stream: BidiStream<unknown, unknown>): void {
  const quiet = (promise: PromiseLike<unknown>): void => void Promise.resolve(promise).catch(() => undefined);
  switch (oddity) {
    case "sends headers":
      stream.sendHeaders();
      stream.sendHeaders();
      break;
    case "sends after the end":
      stream.closeSend();
      stream.closeSend();
      quiet(stream.send({}));
      stream.sendHeaders();
      break;
    case "bad option of send":
      quiet(stream.send({}, { compress: 5 } as never));
      break;
    case "bad message":
      quiet(stream.send(badRequest()));
      break;
    case "throws into it":
      quiet(stream[Symbol.asyncIterator]().throw?.(planned()) ?? Promise.resolve());
      break;
    case "returns at once":
      quiet(stream[Symbol.asyncIterator]().return?.() ?? Promise.resolve());
      break;
    case "disposes":
      quiet(stream[Symbol.asyncDispose]());
      break;
    case "cancels twice":
      stream.cancel(new ConnectError("aborted", "as planned"));
      stream.cancel("again");
      quiet(stream.headers);
      break;
    case "reads on":
      quiet(stream.trailers.then(() => stream.headers));
      // The transport of a user may throw.
      quiet(new Promise((resolve) => resolve(stream.peer)));
      break;
    default:
  }
}

// -------------------------------------------------------------------- handlers

/** What a handler gives in place of its answer; undefined: what it would give anyway. */
export function oddAnswer(
  oddity: HandlerOddity | undefined,
  world: Surroundings,
  { plan }: CallLog,
  context: HandlerContext,
): { readonly answer: unknown } | undefined {
  const message = {
    number: 0n,
    text: `call ${plan.id}`,
    data: dataOf(plan.id, 0, plan.handler.responses[0]?.size ?? 0),
  };
  const streams = streamsResponses(plan.kind);
  switch (oddity) {
    case "gives undefined":
      return { answer: streams ? [undefined] : undefined };
    case "gives a number":
      return { answer: 5 };
    case "gives a promise":
      return { answer: streams ? Promise.reject(planned()) : Promise.resolve(message) };
    case "gives promises":
      return { answer: streams ? [Promise.resolve(message)] : Promise.resolve(message) };
    case "gives no message":
      return { answer: streams ? [{ number: "x", data: 5 }] : { number: "x", data: 5 } };
    case "throws an AbortError":
      throw new DOMException("as planned", "AbortError");
    case "throws a frozen error":
      throw Object.freeze(new ConnectError("aborted", "as planned", { details: [{ type: 5, value: "x" } as never] }));
    case "throws strange metadata":
      throw new ConnectError("aborted", "as planned", { metadata: { "x-long": "l".repeat(100_000) } });
    case "return throws":
    case "return rejects":
    case "return hangs": {
      const ends = (): Promise<never> => {
        if (oddity === "return throws") throw planned();
        return oddity === "return rejects"
          ? Promise.reject(planned())
          : world.gate.then(() => Promise.reject(planned()));
      };
      let given = 0;
      const next = async (): Promise<unknown> => {
        await world.clock.sleep(5);
        return { done: ++given > 20, value: message };
      };
      return streams ? { answer: { [Symbol.asyncIterator]: () => ({ next, return: ends }) } } : undefined;
    }
    case "many fields":
      for (let i = 0; i < 150; i++) context.responseTrailers.append(`x-field-${i}`, "1");
      return undefined;
    case "strange fields":
      context.responseHeaders.set("x-long", "l".repeat(100_000));
      context.sendHeaders();
      return undefined;
    case "late headers":
      context.sendHeaders();
      void world.clock.sleep(3).then(() => {
        try {
          context.responseHeaders.set("x-late", "1");
        } catch {
          // They were sent.
        }
        context.sendHeaders();
      });
      return undefined;
    default:
      return undefined;
  }
}

// -------------------------------------------------------------------- interceptors

export function oddInterceptor(oddity: InterceptorOddity, world: Surroundings): Interceptor {
  const answer = ({ plan }: CallLog): unknown => {
    const size = plan.handler.responses[0]?.size ?? 0;
    return { number: 0n, text: `call ${plan.id}`, data: dataOf(plan.id, 0, size) };
  };
  const metadata = { headers: { "x-answered": "1" }, trailers: { "x-answered-end": "1" } };
  switch (oddity) {
    case "replaces":
      return unaryInterceptor(async (_call, request, next) => {
        const response = await next(request);
        return { ...response };
      });
    case "answers without next":
      return unaryInterceptor((call) => Promise.resolve(answer(world.logOf(call.requestHeaders))));
    case "throws in between":
      return unaryInterceptor(async (_call, request, next) => {
        await next(request);
        throw planned();
      });
    default:
  }
  return async (call, next) => {
    const log = world.logOf(call.requestHeaders);
    switch (oddity) {
      case "answers": {
        // For a single response alone: the others are a mistake that is told.
        const streams = streamsResponses(call.spec.procedure.split("/").at(-1) as Kind);
        try {
          call.respond(answer(log), metadata);
          if (streams) log.inexcusable.push(`respond() answers ${call.spec.procedure}`);
        } catch (error) {
          const tooLarge = error instanceof ConnectError && /\(sendMaxBytes\)$/.test(error.message);
          if (!streams && !tooLarge) log.inexcusable.push(`respond() fails with ${String(error)}`);
          throw error;
        }
        return;
      }
      case "answers an error":
        return next().catch(() => call.respond(answer(log), metadata));
      case "answers badly":
        await next();
        call.respond({ number: "x", data: 5 });
        return;
      case "answers late":
        void call.done.then(() => call.respond(answer(log))).catch(() => undefined);
        return next();
      case "returns":
        return;
      case "does not wait":
        void next().catch(() => undefined);
        call.respond(answer(log), metadata);
        return;
      case "swallows":
        return next().catch(() => undefined);
      case "throws":
        throw planned();
      case "throws after":
        await next();
        throw new ConnectError("aborted", "as planned");
      case "twice":
        await next();
        return next();
      case "again after an error":
        return next().catch(() => next());
      case "again when it is over":
        void call.done.then(() => next()).catch(() => undefined);
        return next();
      case "hook throws":
        call.onRequest(() => {
          throw planned();
        });
        return next();
      case "hook of responses throws":
        call.onResponse(() => Promise.reject(planned()));
        return next();
      case "hook of heads throws":
        call.onResponseHeaders(() => Promise.reject(planned()));
        return next();
      case "bad timeout":
        call.setTimeoutMs(-5);
        return next();
      case "deaf":
        await next().catch(() => undefined);
        await world.clock.sleep(500);
        call.respond(answer(log));
        return;
      default:
        return next();
    }
  };
}
