import { runChain } from "../call/chain.js";
import type { ContextValues } from "../call/context-values.js";
import { Hooks } from "../call/hooks.js";
import type { Call, CallStats, Interceptor, MessageHook } from "../call/interceptor.js";
import type { Frame } from "../call/outgoing-message.js";
import type { Peer } from "../call/peer.js";
import type { Spec } from "../call/spec.js";
import type { Code } from "../error/code.js";
import { ConnectError } from "../error/connect-error.js";
import type { Awaitable } from "../framing/compression.js";
import { HeaderMap, type HeaderMapInit } from "../http/header-map.js";
import type { HandlerCall } from "./handler-call.js";

/** How long interceptors may take over a canceled call before the client is told without them, in milliseconds. */
const cancelGraceMs = 50;

/** A handler's call as its interceptors see it. Made only when there are interceptors. */
export class HandlerInterception implements Call {
  readonly side = "handler";
  readonly call: HandlerCall;
  readonly hooks: Hooks = new Hooks();
  readonly stats: { -readonly [K in keyof CallStats]: number } = {
    requestMessages: 0,
    requestBytes: 0,
    responseMessages: 0,
    responseBytes: 0,
  };
  thrown: unknown = undefined;
  error: ConnectError | undefined = undefined;
  status: "ok" | Code | undefined = undefined;
  /** There is an answer, of the service or of an interceptor. */
  answered = false;
  ran = false;
  over = false;
  resolveDone: (() => void) | undefined = undefined;
  donePromise: Promise<void> | undefined = undefined;

  constructor(call: HandlerCall) {
    this.call = call;
  }

  get spec(): Spec {
    return this.call.method.spec;
  }

  get peer(): Peer {
    return this.call.peer;
  }

  get requestHeaders(): HeaderMap {
    return this.call.request.headers;
  }

  get responseHeaders(): HeaderMap {
    return this.call.responseHeaders;
  }

  get responseTrailers(): HeaderMap {
    return this.call.responseTrailers;
  }

  get values(): ContextValues {
    return this.call.values;
  }

  get signal(): AbortSignal {
    return this.call.signal;
  }

  timeoutMs(): number | undefined {
    return this.call.timeoutMs();
  }

  setTimeoutMs(timeoutMs: number): void {
    this.call.setTimeoutMs(timeoutMs);
  }

  get done(): Promise<void> {
    this.donePromise ??= this.over
      ? Promise.resolve()
      : new Promise((resolve) => {
          this.resolveDone = resolve;
        });
    return this.donePromise;
  }

  onRequest(hook: MessageHook): void {
    this.hooks.request.push(hook);
  }

  onResponse(hook: MessageHook): void {
    this.hooks.response.push(hook);
  }

  onResponseHeaders(hook: (headers: HeaderMap) => Awaitable<void>): void {
    this.hooks.headers.push(hook);
  }

  respond(message: unknown, metadata?: { readonly headers?: HeaderMapInit; readonly trailers?: HeaderMapInit }): void {
    const { kind, procedure, output } = this.spec;
    if (kind === "server_streaming" || kind === "bidi_streaming") {
      throw new ConnectError("internal", `respond() answers RPCs with one response message, and ${procedure} streams`);
    }
    this.call.answer = output.create(message);
    for (const [name, value] of new HeaderMap(metadata?.headers)) this.responseHeaders.append(name, value);
    for (const [name, value] of new HeaderMap(metadata?.trailers)) this.responseTrailers.append(name, value);
    this.answered = true;
    this.settle(undefined);
  }

  /** Notes how the call ended so far; `reason` is what was thrown. */
  settle(reason: unknown): void {
    this.thrown = reason;
    this.error =
      reason === undefined || reason instanceof ConnectError
        ? reason
        : new ConnectError("internal", "", { cause: reason });
    this.status = this.error === undefined ? "ok" : this.error.code;
  }

  /** Runs the interceptors around the service. Settles as the call does. */
  async run(interceptors: readonly Interceptor[], serve: () => Promise<void>): Promise<void> {
    const innermost = async (): Promise<void> => {
      if (this.ran) throw new ConnectError("internal", "a handler's next() runs the call once, and it did");
      this.ran = true;
      try {
        await this.orCanceled(serve());
        this.settle(undefined);
      } catch (reason) {
        this.settle(reason);
        throw reason;
      }
    };
    const chain = runChain(interceptors, this, innermost, () => () => undefined).then(() => {
      if (this.status === undefined) {
        throw new ConnectError("internal", `an interceptor ended ${this.spec.procedure} without next() or respond()`);
      }
      // An interceptor that swallows an error without an answer of its own has not made the call succeed.
      if (this.error !== undefined) throw this.thrown;
    });
    try {
      await new Promise<void>((resolve, reject) => {
        chain.then(resolve, reject);
        // Interceptors that ignore the cancellation do not hold the answer up.
        this.call.onCancel((error) => {
          const timer = setTimeout(reject, cancelGraceMs, error);
          chain.catch(() => undefined).finally(() => clearTimeout(timer));
        });
      });
      this.settle(undefined);
    } catch (reason) {
      this.settle(reason);
      throw reason;
    }
  }

  /** The service's end, or the call's if that comes first. */
  orCanceled(served: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.call.onCancel(reject);
      served.then(resolve, reject).finally(() => this.call.serveEnded());
    });
  }

  sawRequest(message: unknown, info: { readonly compressed: boolean; readonly bytes: number }): Awaitable<unknown> {
    const index = this.stats.requestMessages++;
    this.stats.requestBytes += info.bytes;
    return this.hooks.onRequest(message, { ...info, index }, this.spec.input);
  }

  sentResponse(frame: Frame): void {
    this.stats.responseMessages++;
    this.stats.responseBytes += frame.size;
  }

  /** The response's end is being written. */
  responseDone(frame: Frame | undefined): void {
    if (frame !== undefined) this.sentResponse(frame);
  }

  closed(): void {
    this.over = true;
    this.resolveDone?.();
  }
}
