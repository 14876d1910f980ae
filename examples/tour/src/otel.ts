import { healthAndReflection, otel } from "@connect-ts/otel";
import { withRetry } from "@connect-ts/retry";
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import { context, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { createElizaServiceClient, elizaHandler } from "./eliza.js";

// What an SDK sets up: NodeSDK of @opentelemetry/sdk-node does it in one call.
const spans = new InMemorySpanExporter();
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }));
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());

// #region both
const server = await serve({
  handlers: [elizaHandler],
  interceptors: [otel({ exclude: healthAndReflection })],
});
const transport = createNodeTransport({ baseUrl: server.url });
const eliza = createElizaServiceClient(transport, { interceptors: [otel()] });
// #endregion

await eliza.say({ sentence: "Hello" });
for await (const _ of eliza.introduce({ name: "Ada" }));

// #region headers
const tenants = otel({ requestHeaders: ["x-tenant"], responseTrailers: ["x-cost"] });
// #endregion

// #region retries
const careful = withRetry(transport, {
  onRetry: ({ attempt, error }) => trace.getActiveSpan()?.addEvent("retry", { attempt, code: error.code }),
});
// #endregion
await createElizaServiceClient(careful, { interceptors: [tenants] }).say(
  { sentence: "Bye" },
  { headers: { "x-tenant": "acme" } },
);

await server.drain();
transport.close?.();
const ids = new Set(spans.getFinishedSpans().map((span) => span.spanContext().traceId));
for (const id of ids) {
  const [inner, outer] = spans.getFinishedSpans().filter((span) => span.spanContext().traceId === id);
  const joined = inner?.parentSpanContext?.spanId === outer?.spanContext().spanId;
  const { attributes } = joined ? (outer ?? {}) : (inner ?? {});
  console.log(
    `  ${inner?.name}: client and server in one trace, ${attributes?.["connect_ts.response.messages"]} messages`,
  );
}
trace.disable();
context.disable();
propagation.disable();
