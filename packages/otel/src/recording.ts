import type { Call, ConnectError, HeaderMap } from "@connect-ts/runtime";
import { type Attributes, type Context, context, type Span, SpanStatusCode, trace } from "@opentelemetry/api";
import {
  endAttributes,
  headerNames,
  isFailure,
  metricAttributes,
  type Names,
  oldMetricAttributes,
} from "./conventions.js";
import type { OldInstruments, SideInstruments } from "./instruments.js";

/** Which headers spans show, in lower case, and under which names. */
export interface Recorded {
  readonly names: Names;
  readonly "request.header": readonly string[];
  readonly "response.header": readonly string[];
  readonly "response.trailer": readonly string[];
}

/** What is known when a call begins. */
export interface Begin {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** By the clock that is never set, in milliseconds. */
  readonly clock: number;
  readonly attributes: Attributes;
}

/** One call as a span and measurements. It ends once, whatever becomes of the call. */
export class Recording {
  readonly call: Call;
  readonly begin: Begin;
  readonly inside: Context;
  readonly span: Span;
  readonly instruments: SideInstruments;
  readonly recorded: Recorded;
  /** What was thrown: on a handler, where the client is told less. */
  reason: unknown = undefined;
  ended = false;

  /** @param inside - has the call's span */
  constructor(call: Call, begin: Begin, inside: Context, instruments: SideInstruments, recorded: Recorded) {
    this.call = call;
    this.begin = begin;
    this.inside = inside;
    this.span = trace.getSpan(inside) as Span;
    this.instruments = instruments;
    this.recorded = recorded;
  }

  async run(next: () => Promise<void>): Promise<void> {
    const { call } = this;
    // On a handler the span goes on until the response was written. On a client it comes to this only when an interceptor
    // further in holds on to a call that is over.
    void call.done.then(() => this.end());
    if (this.instruments.old !== undefined) this.measureMessages(this.instruments.old);
    try {
      await context.with(this.inside, next);
    } catch (reason) {
      this.reason = reason;
      throw reason;
    } finally {
      if (call.side === "client" && call.status !== undefined) this.end();
    }
  }

  measureMessages({ requestSize, responseSize }: OldInstruments): void {
    const { call, inside, begin } = this;
    const attributes = oldMetricAttributes(call, undefined, begin.attributes);
    call.onRequest((_, { bytes }) => requestSize.record(bytes, attributes, inside));
    call.onResponse((_, { bytes }) => responseSize.record(bytes, attributes, inside));
  }

  end(): void {
    if (this.ended) return;
    this.ended = true;
    const { call, span, begin, inside, instruments, recorded } = this;
    const milliseconds = performance.now() - begin.clock;
    const status = call.status ?? "unknown";
    if (status !== "ok" && isFailure(call, status)) this.fail(call.error);
    span.setAttributes(endAttributes(call, status, recorded.names));
    this.showHeaders("request.header", call.requestHeaders);
    this.showHeaders("response.header", call.responseHeaders);
    this.showHeaders("response.trailer", call.responseTrailers);
    span.end(begin.time + milliseconds);
    instruments.duration.record(milliseconds / 1000, metricAttributes(call, status, begin.attributes), inside);
    if (instruments.old === undefined) return;
    const attributes = oldMetricAttributes(call, status, begin.attributes);
    instruments.old.duration.record(milliseconds, attributes, inside);
    instruments.old.requests.record(call.stats.requestMessages, attributes, inside);
    instruments.old.responses.record(call.stats.responseMessages, attributes, inside);
  }

  fail(error: ConnectError | undefined): void {
    const shown = isErrorLike(this.reason) ? this.reason : error;
    this.span.setStatus({ code: SpanStatusCode.ERROR, message: error?.rawMessage || (shown?.message ?? "") });
    if (shown === undefined) return;
    const { name, message, stack } = shown;
    // Not the error as it is: the SDK would take its code for its type.
    this.span.recordException(stack === undefined ? { name, message } : { name, message, stack });
  }

  showHeaders(where: "request.header" | "response.header" | "response.trailer", headers: HeaderMap): void {
    for (const name of this.recorded[where]) {
      const values = headers.getAll(name);
      if (values.length === 0) continue;
      for (const prefix of headerNames(this.call, where, this.recorded.names)) {
        this.span.setAttribute(prefix + name, values);
      }
    }
  }
}

function isErrorLike(reason: unknown): reason is Error {
  return typeof reason === "object" && reason !== null && "message" in reason && typeof reason.message === "string";
}
