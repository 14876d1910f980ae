import {
  type Histogram,
  type Meter,
  type MeterProvider,
  metrics,
  type Tracer,
  type TracerProvider,
  trace,
} from "@opentelemetry/api";
import { durationBuckets, type Names } from "./conventions.js";

const scope = "@connect-ts/otel";
const schemaUrl = "https://opentelemetry.io/schemas/1.45.0";

/** What one side of calls is measured with. */
export interface SideInstruments {
  /** In seconds. */
  readonly duration: Histogram;
  readonly old: OldInstruments | undefined;
}

/** The metrics of before, for `rpc/dup`. */
export interface OldInstruments {
  /** In milliseconds. */
  readonly duration: Histogram;
  readonly requestSize: Histogram;
  readonly responseSize: Histogram;
  readonly requests: Histogram;
  readonly responses: Histogram;
}

/** Where spans and measurements go. */
export class Instruments {
  readonly tracerProvider: TracerProvider | undefined;
  readonly meterProvider: MeterProvider | undefined;
  readonly names: Names;
  /** Who made the instruments: programs may set up their SDK after the first interceptor was made. */
  madeBy: MeterProvider | undefined;
  client: SideInstruments | undefined;
  handler: SideInstruments | undefined;

  constructor(tracerProvider: TracerProvider | undefined, meterProvider: MeterProvider | undefined, names: Names) {
    this.tracerProvider = tracerProvider;
    this.meterProvider = meterProvider;
    this.names = names;
  }

  tracer(): Tracer {
    return (this.tracerProvider ?? trace.getTracerProvider()).getTracer(scope, undefined, { schemaUrl });
  }

  of(side: "client" | "handler"): SideInstruments {
    const provider = this.meterProvider ?? metrics.getMeterProvider();
    if (provider !== this.madeBy) {
      this.madeBy = provider;
      this.client = undefined;
      this.handler = undefined;
    }
    this[side] ??= makeInstruments(provider.getMeter(scope, undefined, { schemaUrl }), side, this.names);
    return this[side];
  }
}

function makeInstruments(meter: Meter, side: "client" | "handler", names: Names): SideInstruments {
  const name = side === "client" ? "rpc.client" : "rpc.server";
  const way = side === "client" ? "outgoing" : "incoming";
  return {
    duration: meter.createHistogram(`${name}.call.duration`, {
      unit: "s",
      description: `Measures the duration of an ${way} Remote Procedure Call (RPC).`,
      advice: { explicitBucketBoundaries: durationBuckets },
    }),
    old: names === "both" ? makeOldInstruments(meter, name) : undefined,
  };
}

function makeOldInstruments(meter: Meter, name: string): OldInstruments {
  return {
    duration: meter.createHistogram(`${name}.duration`, { unit: "ms" }),
    requestSize: meter.createHistogram(`${name}.request.size`, { unit: "By" }),
    responseSize: meter.createHistogram(`${name}.response.size`, { unit: "By" }),
    requests: meter.createHistogram(`${name}.requests_per_rpc`, { unit: "{count}" }),
    responses: meter.createHistogram(`${name}.responses_per_rpc`, { unit: "{count}" }),
  };
}
