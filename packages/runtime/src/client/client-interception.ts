import { runChain } from "../call/chain.js";
import { type ContextValues, createContextValues } from "../call/context-values.js";
import { Hooks } from "../call/hooks.js";
import type { Call, CallStats, Interceptor, MessageHook } from "../call/interceptor.js";
import type { Peer } from "../call/peer.js";
import type { Spec } from "../call/spec.js";
import type { Code } from "../error/code.js";
import { ConnectError } from "../error/connect-error.js";
import type { Awaitable } from "../framing/compression.js";
import { HeaderMap, type HeaderMapInit } from "../http/header-map.js";
import type { ClientCall } from "./client-call.js";
import type { UnaryResponse } from "./types.js";

/** How long interceptors may take over a canceled call before the caller is told without them, in milliseconds. */
const cancelGraceMs = 50;

/** A client's call as its interceptors see it. Made only when there are interceptors. */
export class ClientInterception<I, O> implements Call {
  readonly side = "client";
  readonly lifetime: ClientCall<I, O>;
  readonly hooks: Hooks = new Hooks();
  readonly stats: { -readonly [K in keyof CallStats]: number } = {
    requestMessages: 0,
    requestBytes: 0,
    responseMessages: 0,
    responseBytes: 0,
  };
  peer: Peer;
  responseHeaders: HeaderMap = new HeaderMap();
  responseTrailers: HeaderMap = new HeaderMap();
  error: ConnectError | undefined = undefined;
  status: "ok" | Code | undefined = undefined;
  /** The answer of a call with a single response message. */
  answer: O | undefined = undefined;
  /** Part of the response reached the caller: the call cannot be run again. */
  committed = false;
  resolveDone: (() => void) | undefined = undefined;
  donePromise: Promise<void> | undefined = undefined;
  values_: ContextValues | undefined = undefined;

  constructor(lifetime: ClientCall<I, O>) {
    this.lifetime = lifetime;
    this.peer = lifetime.config.transport.peer();
  }

  get spec(): Spec {
    return this.lifetime.spec as Spec;
  }

  get requestHeaders(): HeaderMap {
    return this.lifetime.requestHeaders;
  }

  get values(): ContextValues {
    this.values_ ??= this.lifetime.options?.values ?? createContextValues();
    return this.values_;
  }

  get signal(): AbortSignal {
    return this.lifetime.signal;
  }

  timeoutMs(): number | undefined {
    return this.lifetime.timeoutMs();
  }

  setTimeoutMs(timeoutMs: number): void {
    this.lifetime.setTimeoutMs(timeoutMs);
  }

  get done(): Promise<void> {
    this.donePromise ??=
      this.status === undefined
        ? new Promise((resolve) => {
            this.resolveDone = resolve;
          })
        : Promise.resolve();
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
    const { kind, procedure, output } = this.lifetime.spec;
    if (kind === "server_streaming" || kind === "bidi_streaming") {
      throw new ConnectError("internal", `respond() answers RPCs with one response message, and ${procedure} streams`);
    }
    this.answer = output.create(message);
    this.responseHeaders = new HeaderMap(metadata?.headers);
    this.responseTrailers = new HeaderMap(metadata?.trailers);
    this.error = undefined;
    this.status = "ok";
  }

  /** Begins a further run: what the last one left is gone. */
  reset(): void {
    if (this.committed) {
      throw new ConnectError("internal", "next() cannot run the call again: the caller has seen part of the response");
    }
    this.responseHeaders = new HeaderMap();
    this.responseTrailers = new HeaderMap();
    this.answer = undefined;
    this.error = undefined;
    this.status = undefined;
  }

  /** An attempt ended. */
  settle(error: ConnectError | undefined): void {
    this.error = error;
    this.status = error === undefined ? "ok" : error.code;
  }

  /**
   * Runs the interceptors around an attempt, which may run several times. Resolves when the call is
   * over; rejects with the error that the caller gets.
   */
  run(interceptors: readonly Interceptor[], attempt: () => Promise<void>): Promise<void> {
    const innermost = async (): Promise<void> => {
      try {
        await attempt();
        this.settle(undefined);
      } catch (reason) {
        this.settle(ConnectError.from(reason, "internal"));
        throw this.error;
      }
    };
    const onRun = (): (() => void) => {
      this.reset();
      return this.hooks.mark();
    };
    const chain = runChain(interceptors, this, innermost, onRun).then(() => {
      // An interceptor that swallows an error without an answer of its own has not made the call succeed.
      if (this.status === undefined) {
        throw new ConnectError("internal", `an interceptor ended ${this.spec.procedure} without next() or respond()`);
      }
      if (this.error !== undefined) throw this.error;
    });
    return new Promise<void>((resolve, reject) => {
      const over = (error: ConnectError | undefined): void => {
        this.lifetime.finish();
        this.settle(error);
        this.resolveDone?.();
        if (error === undefined) resolve();
        else reject(error);
      };
      chain.then(
        () => over(undefined),
        (reason: unknown) => over(ConnectError.from(reason)),
      );
      // Interceptors that ignore the cancellation do not hold the caller up.
      this.lifetime.onCancel((error) => {
        const timer = setTimeout(over, cancelGraceMs, error);
        chain.catch(() => undefined).finally(() => clearTimeout(timer));
      });
    });
  }

  /** The response of a call with a single message. */
  response(): UnaryResponse<O> {
    return {
      message: this.answer as O,
      headers: this.responseHeaders,
      trailers: this.responseTrailers,
      peer: this.peer,
    };
  }
}
