import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { connect, grpc } from "@connect-ts/runtime";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import type { ClientProtocol } from "@connect-ts/runtime/transport";
import { afterAll, afterEach, describe, expect, it } from "@jest/globals";
import { metrics, SpanKind, trace } from "@opentelemetry/api";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import {
  ATTR_RPC_CONNECT_RPC_ERROR_CODE,
  ATTR_RPC_GRPC_STATUS_CODE,
  ATTR_RPC_REQUEST_HEADER,
  ATTR_RPC_RESPONSE_HEADER,
  ATTR_RPC_RESPONSE_TRAILER,
  ATTR_RPC_SERVICE,
  ATTR_RPC_SYSTEM,
  METRIC_RPC_CLIENT_DURATION,
  METRIC_RPC_CLIENT_REQUEST_SIZE,
  METRIC_RPC_CLIENT_REQUESTS_PER_RPC,
  METRIC_RPC_CLIENT_RESPONSE_SIZE,
  METRIC_RPC_CLIENT_RESPONSES_PER_RPC,
  METRIC_RPC_SERVER_DURATION,
  METRIC_RPC_SERVER_REQUEST_SIZE,
  METRIC_RPC_SERVER_REQUESTS_PER_RPC,
  METRIC_RPC_SERVER_RESPONSE_SIZE,
  METRIC_RPC_SERVER_RESPONSES_PER_RPC,
} from "@opentelemetry/semantic-conventions/incubating";
import { healthAndReflection, otel } from "./index.js";
import { callKind, handlerOf, installGlobals, kinds, Telemetry } from "./testing/telemetry.js";

const uninstall = installGlobals();
afterAll(uninstall);
afterEach(() => {
  delete process.env.OTEL_SEMCONV_STABILITY_OPT_IN;
});

/** A call of each side, over HTTP. */
async function call(
  telemetry: Telemetry,
  options: Parameters<typeof otel>[0],
  {
    protocol = grpc(),
    kind = "get",
    name = "a",
  }: { protocol?: ClientProtocol; kind?: (typeof kinds)[number]; name?: string } = {},
) {
  const handler = handlerOf([telemetry.otel(options)], (_place, context) => {
    if (context.responseHeaders.has("x-version")) return;
    context.responseHeaders.set("x-version", "7");
    context.responseHeaders.set("set-cookie", "session=secret");
    context.responseTrailers.set("x-cost", "3");
  });
  const server = await serve({ handlers: handler, host: "127.0.0.1" });
  const transport = createNodeTransport({ baseUrl: server.url, protocol });
  const headers = [
    ["X-Tenant", "acme"],
    ["x-tenant", "other"],
    ["authorization", "Bearer secret"],
    ["x-key-bin", "AQID"],
  ];
  await callKind(transport, kind, name, [telemetry.otel(options)], { headers });
  const spans = await telemetry.ended(2);
  transport.close?.();
  await server.close();
  const of = (wanted: SpanKind) => spans.find((span) => span.kind === wanted)?.attributes ?? {};
  return { client: of(SpanKind.CLIENT), handler: of(SpanKind.SERVER) };
}

describe("headers", () => {
  it("are not shown", async () => {
    const { client, handler } = await call(new Telemetry(), {});
    const text = JSON.stringify([client, handler]);
    expect(text).not.toMatch(/secret|acme|x-version|x-cost/);
  });

  it("that are named are shown on both sides, each with all its values, and no others", async () => {
    const { client, handler } = await call(new Telemetry(), {
      requestHeaders: ["X-Tenant", "x-key-bin", "x-absent"],
      responseHeaders: ["x-version"],
      responseTrailers: ["x-cost"],
    });
    for (const side of [client, handler]) {
      const shown = Object.entries(side).filter(([name]) => /header|trailer|metadata/.test(name));
      expect(Object.fromEntries(shown)).toEqual({
        [ATTR_RPC_REQUEST_HEADER("x-tenant")]: ["acme", "other"],
        [ATTR_RPC_REQUEST_HEADER("x-key-bin")]: ["AQID"],
        [ATTR_RPC_RESPONSE_HEADER("x-version")]: ["7"],
        [ATTR_RPC_RESPONSE_TRAILER("x-cost")]: ["3"],
      });
    }
  });
});

describe("left out are", () => {
  const seen = async (exclude: readonly string[]): Promise<(string | undefined)[]> => {
    const telemetry = new Telemetry();
    const transport = createInProcessTransport(handlerOf([telemetry.otel({ exclude })]));
    for (const kind of kinds) await callKind(transport, kind, "a", [telemetry.otel({ exclude })]);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect((await telemetry.histograms()).size).toBe(telemetry.spans.length === 0 ? 0 : 2);
    return [...new Set(telemetry.spans.map(({ name }) => name))].sort();
  };

  it("services", async () => expect(await seen(["t.S"])).toEqual([]));
  it("single RPCs", async () => expect(await seen(["/t.S/Get", "/t.S/Talk"])).toEqual(["t.S/Fill", "t.S/List"]));
  it("no others", async () => {
    expect(await seen(["t", "S", "t.S/Get", "", "/t.S", ...healthAndReflection])).toHaveLength(4);
  });
  it("health and reflection, by their list", () => {
    expect(healthAndReflection).toEqual([
      "grpc.health.v1.Health",
      "grpc.reflection.v1.ServerReflection",
      "grpc.reflection.v1alpha.ServerReflection",
    ]);
  });
});

describe("OTEL_SEMCONV_STABILITY_OPT_IN", () => {
  const old = /^(rpc\.(system|service|grpc\.|connect_rpc\.)|network\.(transport|type))/;
  const oldOf = (attributes: object) =>
    Object.fromEntries(Object.entries(attributes).filter(([name]) => old.test(name) && name !== "rpc.system.name"));

  it.each(["", "rpc", "http/dup, database"])("%p: the stable names alone", async (value) => {
    process.env.OTEL_SEMCONV_STABILITY_OPT_IN = value;
    const telemetry = new Telemetry();
    const { client, handler } = await call(telemetry, {});
    expect([oldOf(client), oldOf(handler)]).toEqual([{}, {}]);
    expect([...(await telemetry.histograms()).keys()].sort()).toEqual([
      "rpc.client.call.duration",
      "rpc.server.call.duration",
    ]);
  });

  it("rpc/dup over gRPC: the names of before too", async () => {
    process.env.OTEL_SEMCONV_STABILITY_OPT_IN = "http, rpc/dup";
    const telemetry = new Telemetry();
    const { client, handler } = await call(telemetry, { requestHeaders: ["x-tenant"] }, { kind: "talk", name: "abc" });
    for (const side of [client, handler]) {
      expect(oldOf(side)).toEqual({
        [ATTR_RPC_SYSTEM]: "grpc",
        [ATTR_RPC_SERVICE]: "t.S",
        [ATTR_RPC_GRPC_STATUS_CODE]: 0,
        "network.transport": "tcp",
        "network.type": "ipv4",
        "rpc.grpc.request.metadata.x-tenant": ["acme", "other"],
      });
      expect(side).toMatchObject({ "rpc.system.name": "grpc", "rpc.method": "t.S/Talk", "rpc.status_code": "OK" });
    }
    const measured = await telemetry.histograms();
    const sums = Object.fromEntries(
      [...measured].map(([name, { unit, points }]) => [name, [unit, points[0]?.value.sum]]),
    );
    expect(sums).toMatchObject({
      [METRIC_RPC_CLIENT_DURATION]: ["ms", expect.any(Number)],
      [METRIC_RPC_SERVER_DURATION]: ["ms", expect.any(Number)],
      [METRIC_RPC_CLIENT_REQUESTS_PER_RPC]: ["{count}", 2],
      [METRIC_RPC_CLIENT_RESPONSES_PER_RPC]: ["{count}", 2],
      [METRIC_RPC_SERVER_REQUESTS_PER_RPC]: ["{count}", 2],
      [METRIC_RPC_SERVER_RESPONSES_PER_RPC]: ["{count}", 2],
      [METRIC_RPC_CLIENT_REQUEST_SIZE]: ["By", 10],
      [METRIC_RPC_CLIENT_RESPONSE_SIZE]: ["By", 10],
      [METRIC_RPC_SERVER_REQUEST_SIZE]: ["By", 10],
      [METRIC_RPC_SERVER_RESPONSE_SIZE]: ["By", 10],
    });
    expect(measured.get(METRIC_RPC_SERVER_DURATION)?.points[0]?.attributes).toEqual({
      [ATTR_RPC_SYSTEM]: "grpc",
      [ATTR_RPC_SERVICE]: "t.S",
      "rpc.method": "Talk",
      [ATTR_RPC_GRPC_STATUS_CODE]: 0,
      "network.transport": "tcp",
      "network.type": "ipv4",
    });
    const [client_, stable] = [METRIC_RPC_CLIENT_DURATION, "rpc.client.call.duration"].map(
      (name) => measured.get(name)?.points[0]?.value.sum ?? 0,
    );
    expect(client_).toBeCloseTo((stable ?? 0) * 1000, 5);
  });

  it("rpc/dup over Connect: the names of before too", async () => {
    process.env.OTEL_SEMCONV_STABILITY_OPT_IN = "rpc/dup,rpc";
    const { client, handler } = await call(new Telemetry(), {}, { protocol: connect(), name: "!canceled" });
    for (const side of [client, handler]) {
      expect(oldOf(side)).toMatchObject({
        [ATTR_RPC_SYSTEM]: "connect_rpc",
        [ATTR_RPC_SERVICE]: "t.S",
        [ATTR_RPC_CONNECT_RPC_ERROR_CODE]: "cancelled",
      });
    }
  });
});

it("an SDK that is set up after the interceptor was made is used", async () => {
  const interceptor = otel();
  const transport = createInProcessTransport(handlerOf([]));
  await callKind(transport, "get", "a", [interceptor]);
  const telemetry = new Telemetry();
  trace.setGlobalTracerProvider(telemetry.tracerProvider);
  metrics.setGlobalMeterProvider(telemetry.meterProvider);
  try {
    await callKind(transport, "get", "a", [interceptor]);
    expect(telemetry.spans).toHaveLength(1);
    expect([...(await telemetry.histograms()).keys()]).toEqual(["rpc.client.call.duration"]);
  } finally {
    trace.disable();
    metrics.disable();
  }
});

it("in a process there is no network to tell of", async () => {
  const telemetry = new Telemetry();
  const interceptors = [telemetry.otel()];
  await callKind(createInProcessTransport(handlerOf(interceptors)), "get", "a", interceptors);
  const [one, other] = await telemetry.ended(2);
  for (const span of [one, other]) {
    expect(Object.keys(span?.attributes ?? {}).filter((name) => name.startsWith("network."))).toEqual([]);
    expect(span?.attributes).toMatchObject({ "server.address": "in-process", "rpc.system.name": "grpc" });
  }
});

describe("a collector gets by OTLP", () => {
  interface Received {
    readonly path: string;
    readonly type: string | undefined;
    // biome-ignore lint/suspicious/noExplicitAny: JSON as it comes
    readonly body: any;
  }
  const received: Received[] = [];
  let collector: HttpServer | undefined;
  afterAll(() => void collector?.close());

  async function endpoint(): Promise<string> {
    const server = createServer(async (request, response) => {
      let text = "";
      for await (const piece of request) text += String(piece);
      received.push({ path: request.url ?? "", type: request.headers["content-type"], body: JSON.parse(text) });
      response.setHeader("connection", "close").end("{}");
    });
    collector = server;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it("spans and metrics, as the protocol writes them", async () => {
    const url = await endpoint();
    const tracerProvider = new BasicTracerProvider({
      spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: `${url}/v1/traces` }))],
    });
    const meterProvider = new MeterProvider({
      readers: [new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter({ url: `${url}/v1/metrics` }) })],
    });
    const interceptors = [otel({ tracerProvider, meterProvider })];
    await callKind(createInProcessTransport(handlerOf(interceptors)), "get", "!internal", interceptors);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await tracerProvider.shutdown();
    await meterProvider.shutdown();
    expect(received.map(({ path, type }) => [path, type]).sort()).toEqual([
      ["/v1/metrics", "application/json"],
      ["/v1/traces", "application/json"],
    ]);
    const traces = received.find(({ path }) => path === "/v1/traces")?.body.resourceSpans[0].scopeSpans[0];
    expect([traces.scope.name, traces.schemaUrl]).toEqual([
      "@connect-ts/otel",
      "https://opentelemetry.io/schemas/1.45.0",
    ]);
    const [first, second] = traces.spans;
    expect([first.kind, second.kind].sort()).toEqual([2, 3]);
    for (const span of [first, second]) {
      expect(span).toMatchObject({ name: "t.S/Get", status: { code: 2, message: "as told" } });
      expect(span.traceId).toMatch(/^[0-9a-f]{32}$/);
      expect(span.attributes).toContainEqual({ key: "rpc.status_code", value: { stringValue: "INTERNAL" } });
      expect(span.attributes).toContainEqual({ key: "connect_ts.request.messages", value: { intValue: 1 } });
      expect(BigInt(span.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(span.startTimeUnixNano));
    }
    const scope = received.find(({ path }) => path === "/v1/metrics")?.body.resourceMetrics[0].scopeMetrics[0];
    // biome-ignore lint/suspicious/noExplicitAny: JSON as it comes
    const names = scope.metrics.map((metric: any) => [metric.name, metric.unit, metric.histogram.dataPoints[0].count]);
    expect(names.sort()).toEqual([
      ["rpc.client.call.duration", "s", 1],
      ["rpc.server.call.duration", "s", 1],
    ]);
  });
});
