// What the SDK of OpenTelemetry needs, in one place: it is the only file that knows of an exporter.
import { context, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { BasicTracerProvider, BatchSpanProcessor, type SpanProcessor } from "@opentelemetry/sdk-trace-base";

/**
 * Sets OpenTelemetry up: by default spans go to the collector that the environment names (`OTEL_EXPORTER_OTLP_ENDPOINT`).
 *
 * @returns what sends the rest and ends it
 */
export function startTelemetry(
  processor: SpanProcessor = new BatchSpanProcessor(new OTLPTraceExporter()),
): () => Promise<void> {
  const provider = new BasicTracerProvider({ spanProcessors: [processor] });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  return async () => {
    await provider.shutdown();
    trace.disable();
    context.disable();
    propagation.disable();
  };
}
