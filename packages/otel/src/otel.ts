import type { Call, HeaderMap, Interceptor } from "@connect-ts/runtime";
import { checkOptions } from "@connect-ts/runtime/transport";
import {
  type Context,
  context,
  type MeterProvider,
  propagation,
  SpanKind,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  type TracerProvider,
  trace,
} from "@opentelemetry/api";
import type { Names } from "./conventions.js";
import { methodOf, startAttributes } from "./conventions.js";
import { Instruments } from "./instruments.js";
import { type Begin, type Recorded, Recording } from "./recording.js";

/** Where spans and metrics go, and what they tell. */
export interface OtelOptions {
  /** Makes the spans. @default the API's global one, whenever it is set */
  readonly tracerProvider?: TracerProvider | undefined;
  /** Makes the instruments. @default the API's global one, whenever it is set */
  readonly meterProvider?: MeterProvider | undefined;
  /** Reads and writes the headers that join spans of several processes. @default the API's global one */
  readonly propagator?: Pick<TextMapPropagator, "extract" | "inject"> | undefined;
  /** What is left out: services (`"acme.v1.Shop"`) and RPCs (`"/acme.v1.Shop/Ping"`). See {@link healthAndReflection}. @default nothing */
  readonly exclude?: readonly string[] | undefined;
  /** Request headers that spans show, as `rpc.request.header.<name>`. They may be secrets: name those that are not. @default none */
  readonly requestHeaders?: readonly string[] | undefined;
  /** Response headers that spans show, as `rpc.response.header.<name>`. @default none */
  readonly responseHeaders?: readonly string[] | undefined;
  /** Response trailers that spans show, as `rpc.response.trailer.<name>`. @default none */
  readonly responseTrailers?: readonly string[] | undefined;
}

/** Services that probes and tools call all the time: for {@link OtelOptions.exclude}. */
export const healthAndReflection: readonly string[] = [
  "grpc.health.v1.Health",
  "grpc.reflection.v1.ServerReflection",
  "grpc.reflection.v1alpha.ServerReflection",
];

const getter: TextMapGetter<HeaderMap> = {
  keys: (headers) => [...headers.keys()],
  get: (headers, name) => headers.get(name) ?? undefined,
};
const setter: TextMapSetter<HeaderMap> = { set: (headers, name, value) => headers.set(name, value) };

/**
 * An interceptor for clients and handlers that makes a span of each call and measures how long it takes, after OpenTelemetry's
 * conventions for RPC, v1.45. A client sends the context on, a handler takes up what came; it is active in what runs inside:
 * other interceptors, handlers and their generators, hooks. Give it first, so that it sees all of the call.
 *
 * With `rpc/dup` in the environment variable `OTEL_SEMCONV_STABILITY_OPT_IN` the names of before are there too.
 *
 * Specification: https://opentelemetry.io/docs/specs/semconv/rpc/
 *
 * @example
 * await serve({ handlers, interceptors: [otel({ exclude: healthAndReflection })] });
 */
export function otel(options: OtelOptions = {}): Interceptor {
  checkOptions("otel", options, {
    tracerProvider: undefined,
    meterProvider: undefined,
    propagator: undefined,
    exclude: undefined,
    requestHeaders: undefined,
    responseHeaders: undefined,
    responseTrailers: undefined,
  });
  const { exclude = [], propagator = propagation } = options;
  const names = namesOf();
  const instruments = new Instruments(options.tracerProvider, options.meterProvider, names);
  const recorded: Recorded = {
    names,
    "request.header": lowerCase(options.requestHeaders),
    "response.header": lowerCase(options.responseHeaders),
    "response.trailer": lowerCase(options.responseTrailers),
  };
  const excluded = new Set(exclude);
  return (call, next) => {
    const { procedure } = call.spec;
    if (excluded.has(procedure) || excluded.has(procedure.slice(1, procedure.lastIndexOf("/")))) return next();
    const isClient = call.side === "client";
    const parent = isClient ? context.active() : parentOf(call, propagator);
    const attributes = startAttributes(call, names);
    const kind = isClient ? SpanKind.CLIENT : SpanKind.SERVER;
    // Told to the span, so that it takes exactly as long as what is measured.
    const begin: Begin = { time: Date.now(), clock: performance.now(), attributes };
    const span = instruments.tracer().startSpan(methodOf(call), { kind, attributes, startTime: begin.time }, parent);
    const inside = trace.setSpan(parent, span);
    if (isClient) propagator.inject(inside, call.requestHeaders, setter);
    return new Recording(call, begin, inside, instruments.of(call.side), recorded).run(next);
  };
}

/** What came with the request; but the active span where that belongs to the same trace: an HTTP server's instrumentation has made it. */
function parentOf({ requestHeaders }: Call, propagator: Pick<TextMapPropagator, "extract">): Context {
  const active = context.active();
  const came = propagator.extract(active, requestHeaders, getter);
  const span = trace.getSpan(active);
  const isSameTrace = span?.spanContext().traceId === trace.getSpanContext(came)?.traceId;
  return span !== undefined && isSameTrace ? trace.setSpan(came, span) : came;
}

function lowerCase(names: readonly string[] = []): readonly string[] {
  return names.map((name) => name.toLowerCase());
}

function namesOf(): Names {
  const wanted = typeof process === "undefined" ? undefined : process.env.OTEL_SEMCONV_STABILITY_OPT_IN;
  return wanted?.split(",").some((item) => item.trim() === "rpc/dup") === true ? "both" : "stable";
}
