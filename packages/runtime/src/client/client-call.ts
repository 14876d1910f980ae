import { Lifetime } from "../call/lifetime.js";
import type { Spec } from "../call/spec.js";
import { HeaderMap, type HeaderMapInit } from "../http/header-map.js";
import type { Transport, TransportCall } from "./transport.js";
import type { CallOptions, ClientOptions } from "./types.js";

/** What all calls of a client share. */
export interface ClientConfig {
  readonly transport: Transport;
  readonly options: ClientOptions;
}

/** A call on the client's side: its life, and what a transport needs of it. */
export class ClientCall<I = unknown, O = unknown> extends Lifetime implements TransportCall<I, O> {
  readonly config: ClientConfig;
  readonly spec: Spec<I, O>;
  readonly options: CallOptions | undefined;
  readonly requestHeaders: HeaderMap;

  constructor(config: ClientConfig, spec: Spec<I, O>, options: CallOptions | undefined) {
    super();
    this.config = config;
    this.spec = spec;
    this.options = options;
    this.requestHeaders = mergeHeaders(config.options.headers, options?.headers);
    const timeoutMs = options?.timeoutMs ?? config.options.timeoutMs;
    if (timeoutMs !== undefined) this.setTimeoutMs(timeoutMs);
    const parent = options?.parent;
    if (parent !== undefined) {
      const left = parent.timeoutMs();
      if (left !== undefined) this.setTimeoutMs(left);
      this.follow(parent.signal);
    }
    if (options?.signal !== undefined) this.follow(options.signal);
  }
}

/** The headers of one call: its own replace the client's of the same name. */
function mergeHeaders(defaults: HeaderMapInit | undefined, own: HeaderMapInit | undefined): HeaderMap {
  if (defaults === undefined) return new HeaderMap(own);
  const merged = new HeaderMap(defaults);
  if (own !== undefined) {
    const added = new HeaderMap(own);
    for (const name of added.names()) merged.delete(name);
    merged.list.push(...added.list);
  }
  return merged;
}
