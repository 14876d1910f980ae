import type { ContextValues } from "../call/context-values.js";
import { sentInfo } from "../call/hooks.js";
import { Interception } from "../call/interception.js";
import type { Lifetime } from "../call/lifetime.js";
import { failed, type Outcome, success } from "../call/outcome.js";
import type { Frame } from "../call/outgoing-message.js";
import type { Peer } from "../call/peer.js";
import { isAuthored, misused } from "../error/confidential.js";
import { ConnectError } from "../error/connect-error.js";
import { type Awaitable, isPromiseLike, quiet } from "../http/awaitable.js";
import type { HeaderMap } from "../http/header-map.js";
import type { CallView } from "./call-view.js";
import type { RequestObserver } from "./request-body.js";
import type { ResponseWriter } from "./response-writer.js";

/** A handler's call as its interceptors see it. Made only when there are interceptors. */
export class HandlerInterception extends Interception implements RequestObserver {
  readonly side = "handler";
  readonly call: CallView;
  readonly response: ResponseWriter;
  ran = false;
  /** Calls of `next()` that have not settled. */
  unsettled = 0;
  /** An interceptor's answer that is being compressed. */
  encoding: Promise<Frame> | undefined = undefined;

  constructor(call: Lifetime & CallView, response: ResponseWriter) {
    super(call, call.spec);
    this.call = call;
    this.response = response;
    response.hooks = this.hooks;
  }

  get peer(): Peer {
    return this.call.peer;
  }

  get url(): string {
    return this.call.request.url;
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

  /** What the client is told. */
  errorOf(reason: unknown): ConnectError {
    return isAuthored(reason) ? reason : new ConnectError("internal", "", { cause: reason });
  }

  answerWith(message: unknown, headers: HeaderMap, trailers: HeaderMap): void {
    const frame = this.response.encode(message);
    for (const [name, value] of headers) this.responseHeaders.append(name, value);
    for (const [name, value] of trailers) this.responseTrailers.append(name, value);
    const pending = isPromiseLike(frame);
    this.response.answer = pending ? undefined : frame;
    this.encoding = pending ? quiet(frame) : undefined;
  }

  override begin(): () => void {
    this.unsettled++;
    return () => {
      this.unsettled--;
    };
  }

  override interceptorEnded(outcome: Outcome): Promise<void> | undefined {
    if (!outcome.ok) this.encoding = undefined;
    void super.interceptorEnded(outcome);
    return this.encoding === undefined ? undefined : this.encoded(this.encoding);
  }

  /** Those outside of the interceptor that answered learn how that went. */
  async encoded(encoding: Promise<Frame>): Promise<void> {
    let outcome: Outcome = success;
    try {
      const frame = await encoding;
      if (this.encoding === encoding) this.response.answer = frame;
    } catch (reason) {
      outcome = failed(reason);
    }
    if (this.chainOver || this.encoding !== encoding) return;
    this.encoding = undefined;
    this.settle(outcome);
    if (!outcome.ok) throw outcome.reason;
  }

  override settle(outcome: Outcome): void {
    super.settle(outcome);
    const { method, answer } = this.response;
    if (!method.singleResponse) return;
    const sent = outcome.ok ? answer : undefined;
    this.stats.responseMessages = sent === undefined ? 0 : 1;
    this.stats.responseBytes = sent?.size ?? 0;
  }

  /** Runs the service, once, and no longer than the call lasts. */
  attempt(serve: () => Promise<void>): Promise<void> {
    if (this.ran) {
      throw this.outcome?.ok === false
        ? this.outcome.reason
        : misused(`next() runs ${this.spec.procedure} only once on a server, and it was called before`);
    }
    if (this.chainOver) throw this.lifetime.reason ?? misused("next() cannot run the call: the call has ended");
    this.ran = true;
    return new Promise((resolve, reject) => {
      this.lifetime.onCancel(reject);
      serve().then(resolve, reject);
    });
  }

  sawRequest(message: unknown, compressed: boolean, bytes: number): Awaitable<unknown> {
    const index = this.stats.requestMessages++;
    this.stats.requestBytes += bytes;
    return this.hooks.onRequest(message, { compressed, bytes, index }, this.spec.input);
  }

  /** The response message that is to be sent: hooks may replace it. */
  sendsResponse(message: unknown, index: number): Awaitable<unknown> {
    const { output } = this.spec;
    return this.hooks.onResponse(message, sentInfo(message, output, this.response.choice.compress, index), output);
  }

  /** Counts a message of a streaming response. */
  sentResponse(frame: Frame): void {
    this.stats.responseMessages++;
    this.stats.responseBytes += frame.size;
  }
}
