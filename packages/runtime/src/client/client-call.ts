import type { ContextValues } from "../call/context-values.js";
import { Lifetime, signalRule, timeLeft } from "../call/lifetime.js";
import type { Spec } from "../call/spec.js";
import { checkOption, checkOptions, type Elsewhere, has, type RulesFor } from "../check-options.js";
import { misused } from "../error/confidential.js";
import { ConnectError } from "../error/connect-error.js";
import { HeaderMap, type HeaderMapInit } from "../http/header-map.js";
import { named } from "./caller-frames.js";
import type { OpenStream, Transport, TransportCall } from "./transport.js";
import type { CallOptions, ClientOptions } from "./types.js";

/** What all calls of a client share. */
export interface ClientBinding {
  readonly transport: Transport;
  readonly options: ClientOptions;
}

/** Options of transports, for whoever gives them to something else. */
export const ofTransports: Elsewhere = [
  "baseUrl protocol codec sendCompression acceptCompression compressMinBytes readMaxBytes decodedMaxBytes sendMaxBytes",
  "give it to the transport: createNodeTransport({ ... })",
];
const rules: RulesFor<CallOptions> = {
  headers: "object",
  signal: signalRule,
  timeoutMs: timeLeft,
  values: ["object", "what createContextValues() makes", has("get")],
  parent: ["object", "the context of a handler's call", has("timeoutMs")],
  compress: "boolean",
  waitForReady: "boolean",
};

/** A call on the client's side: its life, and what a transport needs of it. */
export class ClientCall<I = unknown, O = unknown> extends Lifetime implements TransportCall<I, O> {
  readonly config: ClientBinding;
  readonly spec: Spec<I, O>;
  readonly openStream: OpenStream | undefined;
  requestHeaders: HeaderMap;
  waitForReady: boolean;
  values: ContextValues | undefined;
  compress: boolean | undefined;

  /** Never throws: a call with options that cannot be is over at once. */
  constructor(config: ClientBinding, spec: Spec<I, O>, options: CallOptions | undefined, openStream?: OpenStream) {
    super();
    this.config = config;
    this.spec = spec;
    this.openStream = openStream;
    this.waitForReady = false;
    this.values = undefined;
    this.compress = undefined;
    try {
      if (options !== undefined)
        checkOptions("a call", options, rules, ofTransports, ["interceptors replayBytes", "give it to the client"]);
      this.requestHeaders = mergeHeaders(config.options.headers, options?.headers);
      const timeoutMs = options?.timeoutMs ?? config.options.timeoutMs;
      if (timeoutMs !== undefined) this.limit(timeoutMs);
      if (options !== undefined) this.inherit(options);
    } catch (cause) {
      this.requestHeaders = new HeaderMap();
      this.cancel(misused(`the call has a bad option: ${ConnectError.from(cause).rawMessage}`, cause));
    }
  }

  inherit({ parent, signal, values, compress, waitForReady = false }: CallOptions): void {
    this.values = values;
    this.compress = compress;
    this.waitForReady = waitForReady;
    if (parent !== undefined) {
      const left = parent.timeoutMs();
      if (left !== undefined) this.limit(left);
      checkOption("parent.signal", parent.signal, signalRule);
      this.follow(parent.signal);
    }
    if (signal !== undefined) this.follow(signal);
  }

  limit(timeoutMs: number): void {
    checkOption("timeoutMs", timeoutMs, timeLeft);
    this.setTimeoutMs(timeoutMs);
  }

  /** The call's own error for something that was thrown. */
  errorOf(reason: unknown): ConnectError {
    return named(ConnectError.from(reason, "internal"), this.spec.procedure);
  }
}

/** The headers of one call: its own replace the client's of the same name. */
function mergeHeaders(defaults: HeaderMapInit | undefined, own: HeaderMapInit | undefined): HeaderMap {
  if (defaults === undefined) return new HeaderMap(own);
  const merged = new HeaderMap(defaults);
  const added = new HeaderMap(own);
  for (const name of added.names()) merged.delete(name);
  merged.list.push(...added.list);
  return merged;
}
