import type { ContextValues } from "../call/context-values.js";
import type { Peer } from "../call/peer.js";
import type { Spec } from "../call/spec.js";
import type { HeaderMap } from "../http/header-map.js";
import type { CallView } from "./call-view.js";
import type { HandlerContext, ServiceHandler } from "./types.js";

/** A call as its handler sees it. Everything is looked up when it is asked for. */
export class CallContext implements HandlerContext {
  /** @internal */
  readonly call: CallView;
  compress: boolean | undefined = undefined;

  constructor(call: CallView) {
    this.call = call;
  }

  get spec(): Spec {
    return this.call.spec;
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
    return this.call.signal;
  }

  get drainSignal(): AbortSignal {
    return this.call.drainSignal;
  }

  get services(): readonly ServiceHandler[] {
    return this.call.services;
  }

  timeoutMs(): number | undefined {
    return this.call.timeoutMs();
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

const members: readonly (string | symbol)[] = [
  ...Object.getOwnPropertyNames(CallContext.prototype).filter((name) => name !== "constructor"),
  "compress",
];

/** Shows the members as if the context had them itself, and not its class. */
const ownMembers: ProxyHandler<CallContext> = {
  get(context, name) {
    const value: unknown = Reflect.get(context, name);
    return typeof value === "function" ? value.bind(context) : value;
  },
  has: (context, name) => name !== "call" && name in context,
  ownKeys: (context) => [...new Set([...members, ...Reflect.ownKeys(context)])].filter((name) => name !== "call"),
  getOwnPropertyDescriptor(context, name) {
    const own = Reflect.getOwnPropertyDescriptor(context, name);
    return own === undefined && members.includes(name)
      ? { value: undefined, writable: true, enumerable: true, configurable: true }
      : own;
  },
};

/**
 * A context that can be spread, for those who make one of their own: `{ ...call, patient }`. Only they pay: to give every
 * context members of its own would cost each call more than all the rest of its handling.
 */
export function spreadable(context: CallContext): HandlerContext {
  return new Proxy(context, ownMembers);
}
