import { createFileRegistry, type DescService, fromJson, type JsonValue } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { ConnectError, type HandlerContext, type Interceptor, type ServiceHandler } from "@connect-ts/runtime";
import { createClient, createHandler } from "@connect-ts/runtime/dynamic";
import type { Transport } from "@connect-ts/runtime/transport";
import { type Attributes, context, propagation, type SpanContext, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { DataPointType, type Histogram, MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { type OtelOptions, otel } from "../otel.js";

const rpc = (name: string, kind: object = {}): JsonValue => ({
  name,
  inputType: ".t.Item",
  outputType: ".t.Item",
  options: { idempotencyLevel: "IDEMPOTENT" },
  ...kind,
});
const serverStreaming = { serverStreaming: true };
const clientStreaming = { clientStreaming: true };
const registry = createFileRegistry(
  fromJson(FileDescriptorSetSchema, {
    file: [
      {
        name: "t.proto",
        package: "t",
        syntax: "proto3",
        messageType: [
          {
            name: "Item",
            field: [{ name: "name", number: 1, label: "LABEL_OPTIONAL", type: "TYPE_STRING", jsonName: "name" }],
          },
        ],
        service: [
          {
            name: "S",
            method: [
              rpc("Get"),
              rpc("List", serverStreaming),
              rpc("Fill", clientStreaming),
              rpc("Talk", { ...serverStreaming, ...clientStreaming }),
            ],
          },
        ],
      },
    ],
  }),
);

/** A service with an RPC of each kind. */
export function serviceOf(): DescService {
  const service = registry.getService("t.S");
  if (service === undefined) throw new Error("the schema has no service");
  return service;
}

export const kinds = ["get", "list", "fill", "talk"] as const;
export type Kind = (typeof kinds)[number];
export const isStreamOut = (kind: Kind): boolean => kind === "list" || kind === "talk";

export interface Item {
  readonly name: string;
}

/** The SDK in memory, and the API's global context manager and propagator. */
export class Telemetry {
  readonly exporter: InMemorySpanExporter = new InMemorySpanExporter();
  readonly tracerProvider: BasicTracerProvider = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(this.exporter)],
  });
  readonly reader: MetricReader = new InMemoryReader();
  readonly meterProvider: MeterProvider = new MeterProvider({ readers: [this.reader] });

  /** The interceptor that tells this SDK. */
  otel(options: OtelOptions = {}): Interceptor {
    const { tracerProvider, meterProvider } = this;
    return otel({ tracerProvider, meterProvider, ...options });
  }

  get spans(): ReadableSpan[] {
    return this.exporter.getFinishedSpans();
  }

  /** Waits for so many spans to end. */
  async ended(count: number): Promise<ReadableSpan[]> {
    for (let i = 0; i < 4_000 && this.spans.length < count; i++) await new Promise((resolve) => setTimeout(resolve, 5));
    return this.spans;
  }

  /** What histograms have, by their names. */
  async histograms(): Promise<Map<string, Measured>> {
    const { resourceMetrics, errors } = await this.reader.collect();
    if (errors.length > 0) throw errors[0];
    const found = new Map<string, Measured>();
    for (const { metrics } of resourceMetrics.scopeMetrics) {
      for (const metric of metrics) {
        if (metric.dataPointType !== DataPointType.HISTOGRAM) continue;
        const { unit, name } = metric.descriptor;
        const points = metric.dataPoints.map(({ attributes, value }) => ({ attributes, value }));
        found.set(name, { unit, points });
      }
    }
    return found;
  }
}

export interface Measured {
  readonly unit: string;
  readonly points: { readonly attributes: Attributes; readonly value: Histogram }[];
}

class InMemoryReader extends MetricReader {
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }

  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}

/** Sets up what the API has one of for a test file. */
export function installGlobals(): () => void {
  const manager = new AsyncLocalStorageContextManager().enable();
  context.setGlobalContextManager(manager);
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  return () => {
    context.disable();
    propagation.disable();
  };
}

/** The span that code runs in. */
export function activeSpan(): SpanContext | undefined {
  return trace.getSpanContext(context.active());
}

/** A service that answers what it is sent, after it told where it is. A name that is a code is thrown. */
export function handlerOf(
  interceptors: readonly Interceptor[],
  at: (place: string, context: HandlerContext) => void | Promise<void> = () => undefined,
): ServiceHandler {
  const echo = ({ name }: Item): Item => {
    if (name === "bug") throw new Error("a secret of the server");
    if (name.startsWith("!")) throw new ConnectError(name.slice(1) as "not_found", "as told");
    return { name };
  };
  return createHandler(
    serviceOf(),
    {
      get: async (item: Item, call: HandlerContext) => {
        await at("get", call);
        return echo(item);
      },
      async *list(item: Item, call: HandlerContext) {
        await at("list", call);
        yield echo(item);
        await at("list again", call);
        yield echo(item);
      },
      async fill(items: AsyncIterable<Item>, call: HandlerContext) {
        let last: Item = { name: "" };
        for await (const item of items) {
          await at("fill", call);
          last = echo(item);
        }
        return last;
      },
      async *talk(items: AsyncIterable<Item>, call: HandlerContext) {
        for await (const item of items) {
          await at("talk", call);
          yield echo(item);
        }
      },
    },
    { interceptors, onError: () => undefined },
  );
}

/** Makes a call of whatever kind, of two request messages where there can be several, and gives the error that it ended with. */
export async function callKind(
  transport: Transport,
  kind: Kind,
  name: string,
  interceptors: readonly Interceptor[] = [],
  options: object = {},
): Promise<ConnectError | undefined> {
  const client = createClient(serviceOf(), transport, { interceptors });
  const method = client[kind] as unknown as (request: unknown, options: object) => unknown;
  const items = kind === "fill" || kind === "talk" ? [{ name }, { name }] : { name };
  try {
    const result = method(items, options);
    if (isStreamOut(kind)) for await (const _ of result as AsyncIterable<Item>);
    else await result;
    return undefined;
  } catch (error) {
    return ConnectError.from(error);
  }
}
