import { checkOption } from "../check-options.js";
import type { Code } from "../error/code.js";
import { misused } from "../error/confidential.js";
import type { ConnectError } from "../error/connect-error.js";
import type { Awaitable } from "../http/awaitable.js";
import { HeaderMap, type HeaderMapInit } from "../http/header-map.js";
import { after, cancel, type Timer } from "../time.js";
import { runChain } from "./chain.js";
import type { ContextValues } from "./context-values.js";
import { Hooks } from "./hooks.js";
import type { Call, CallStats, Interceptor, MessageHook } from "./interceptor.js";
import { type Lifetime, timeLeft } from "./lifetime.js";
import { failed, type Outcome, success } from "./outcome.js";
import type { Peer } from "./peer.js";
import type { Spec } from "./spec.js";

/** How long interceptors may take over a canceled call before it ends without them, in milliseconds. */
const cancelGraceMs = 50;

/** A call as its interceptors see it: what is the same on clients and handlers. Made only when there are interceptors. */
export abstract class Interception implements Call {
  abstract readonly side: "client" | "handler";
  abstract readonly peer: Peer;
  abstract readonly url: string | undefined;
  abstract readonly requestHeaders: HeaderMap;
  abstract readonly responseHeaders: HeaderMap;
  abstract readonly responseTrailers: HeaderMap;
  abstract readonly values: ContextValues;

  readonly lifetime: Lifetime;
  readonly spec: Spec;
  readonly hooks: Hooks = new Hooks();
  readonly stats: { -readonly [K in keyof CallStats]: number } = {
    requestMessages: 0,
    requestBytes: 0,
    responseMessages: 0,
    responseBytes: 0,
  };
  /** How the call ended so far: interceptors may change it. */
  outcome: Outcome | undefined = undefined;
  error: ConnectError | undefined = undefined;
  /** The interceptors have ended, or are no longer waited for. */
  chainOver = false;
  closed = false;
  resolveDone: (() => void) | undefined = undefined;
  donePromise: Promise<void> | undefined = undefined;

  constructor(lifetime: Lifetime, spec: Spec) {
    this.lifetime = lifetime;
    this.spec = spec;
  }

  /** The call's error for something that was thrown. */
  abstract errorOf(reason: unknown): ConnectError;

  /** Takes the answer of {@link Call.respond}. */
  abstract answerWith(message: unknown, headers: HeaderMap, trailers: HeaderMap): void;

  get status(): "ok" | Code | undefined {
    return this.outcome === undefined ? undefined : (this.error?.code ?? "ok");
  }

  get signal(): AbortSignal {
    return this.lifetime.signal;
  }

  timeoutMs(): number | undefined {
    return this.lifetime.timeoutMs();
  }

  setTimeoutMs(timeoutMs: number): void {
    checkOption("timeoutMs", timeoutMs, timeLeft);
    this.lifetime.setTimeoutMs(timeoutMs);
  }

  get done(): Promise<void> {
    this.donePromise ??= this.closed
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
      throw misused(`respond() works for RPCs with a single response, and ${procedure} streams its responses`);
    }
    // Whoever waited for the call has been told already.
    if (this.chainOver) return;
    this.answerWith(output.create(message), new HeaderMap(metadata?.headers), new HeaderMap(metadata?.trailers));
    this.settle(success);
  }

  /** Notes how the call ended so far. */
  settle(outcome: Outcome): void {
    this.error = outcome.ok ? undefined : this.errorOf(outcome.reason);
    this.outcome = outcome;
  }

  /** An interceptor calls `next()`. What it returns is called when that run settled. */
  begin(): () => void {
    return nothing;
  }

  /** An interceptor ended: what it threw is how the call ended, for those outside of it. They wait for what is returned. */
  interceptorEnded(outcome: Outcome): Promise<void> | undefined {
    if (!outcome.ok && !this.chainOver) this.settle(outcome);
    return undefined;
  }

  /** Runs the interceptors around an attempt. Gives how the call ended when they have; never rejects. */
  run(interceptors: readonly Interceptor[], attempt: () => Promise<void>): Promise<Outcome> {
    const innermost = async (): Promise<void> => {
      let outcome: Outcome = success;
      try {
        await attempt();
      } catch (reason) {
        outcome = failed(reason);
      }
      if (!this.chainOver) this.settle(outcome);
      if (!outcome.ok) throw outcome.reason;
    };
    return new Promise((resolve) => {
      let timer: Timer | undefined;
      const end = (outcome: Outcome): void => {
        if (this.chainOver) return;
        this.chainOver = true;
        cancel(timer);
        this.settle(outcome);
        resolve(outcome);
      };
      const chain = runChain(
        interceptors,
        this,
        innermost,
        () => this.begin(),
        (outcome) => this.interceptorEnded(outcome),
      );
      chain.then(
        // An interceptor that swallows an error without an answer of its own has not made the call succeed. To give up when
        // the call is canceled is no misuse.
        () => end(this.outcome ?? failed(this.lifetime.reason ?? neverRan(this.spec))),
        (reason: unknown) => end(failed(reason)),
      );
      // Interceptors that ignore the cancellation hold nobody up.
      this.lifetime.onCancel((error) => {
        if (!this.chainOver) timer = after(cancelGraceMs, () => end(failed(error)));
      });
    });
  }

  /** Everything is over. */
  close(): void {
    this.closed = true;
    this.resolveDone?.();
  }
}

function nothing(): void {
  // There is nothing to undo.
}

function neverRan({ procedure }: Spec): ConnectError {
  return misused(
    `an interceptor of ${procedure} returned before next() settled and without a call of respond(): await next()`,
  );
}
