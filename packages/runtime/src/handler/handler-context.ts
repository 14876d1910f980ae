import type { ContextValues } from "../call/context-values.js";
import type { Peer } from "../call/peer.js";
import type { Spec } from "../call/spec.js";
import type { HeaderMap } from "../http/header-map.js";
import type { HandlerCall } from "./handler-call.js";
import type { HandlerContext } from "./types.js";

/** A call as its handler sees it. Everything is looked up when it is asked for. */
export class CallContext implements HandlerContext {
  /** @internal */
  readonly call: HandlerCall;
  compress: boolean | undefined = undefined;

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

  sendHeaders(): void {
    this.call.sendHeaders();
  }

  get requestCompressed(): boolean {
    return this.call.requestCompressed;
  }

  get signal(): AbortSignal {
    return this.call.lifetime.signal;
  }

  get drainSignal(): AbortSignal {
    return this.call.router.drainSignal;
  }

  timeoutMs(): number | undefined {
    return this.call.lifetime.timeoutMs();
  }

  get values(): ContextValues {
    return this.call.values;
  }

  get httpMethod(): string {
    return this.call.request.method;
  }

  get url(): string {
    return this.call.request.url;
  }

  get request(): unknown {
    return this.call.request.native;
  }
}
