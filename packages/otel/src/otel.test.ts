import { connect, grpc, grpcWeb } from "@connect-ts/runtime";
import { createNodeTransport, type Server, serve } from "@connect-ts/runtime/node";
import type { Transport } from "@connect-ts/runtime/transport";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type Attributes, SpanKind, SpanStatusCode } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";
import {
  ATTR_CLIENT_ADDRESS,
  ATTR_CLIENT_PORT,
  ATTR_ERROR_TYPE,
  ATTR_EXCEPTION_MESSAGE,
  ATTR_EXCEPTION_STACKTRACE,
  ATTR_EXCEPTION_TYPE,
  ATTR_NETWORK_PEER_ADDRESS,
  ATTR_NETWORK_PEER_PORT,
  ATTR_NETWORK_PROTOCOL_NAME,
  ATTR_NETWORK_PROTOCOL_VERSION,
  ATTR_RPC_METHOD,
  ATTR_RPC_STATUS_CODE,
  ATTR_RPC_SYSTEM_NAME,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  METRIC_RPC_CLIENT_CALL_DURATION,
  METRIC_RPC_SERVER_CALL_DURATION,
} from "@opentelemetry/semantic-conventions";
import { ATTR_RPC_RESPONSE_STATUS_CODE } from "@opentelemetry/semantic-conventions/incubating";
import { callKind, handlerOf, installGlobals, type Kind, kinds, Telemetry } from "./testing/telemetry.js";

const uninstall = installGlobals();
let telemetry: Telemetry;
let server: Server;
let transports: { readonly [protocol: string]: Transport };

beforeAll(async () => {
  telemetry = new Telemetry();
  server = await serve({ handlers: handlerOf([telemetry.otel()]), host: "127.0.0.1" });
  const baseUrl = `http://localhost:${server.port}`;
  transports = {
    connect: createNodeTransport({ baseUrl, protocol: connect(), http: "1.1" }),
    grpc: createNodeTransport({ baseUrl, protocol: grpc() }),
    "grpc-web": createNodeTransport({ baseUrl, protocol: grpcWeb(), http: "2" }),
  };
});
afterAll(async () => {
  for (const transport of Object.values(transports)) transport.close?.();
  await server.close();
  uninstall();
});

async function spansOf(protocol: string, kind: Kind, name: string) {
  telemetry.exporter.reset();
  const error = await callKind(transports[protocol] as Transport, kind, name, [telemetry.otel()]);
  const spans = await telemetry.ended(2);
  const of = (wanted: SpanKind): ReadableSpan => spans.find((span) => span.kind === wanted) as ReadableSpan;
  return { error, count: spans.length, client: of(SpanKind.CLIENT), handler: of(SpanKind.SERVER) };
}

/** A code stands under the name that is stable and under the one before. */
const told = (code: string) => ({ [ATTR_RPC_STATUS_CODE]: code, [ATTR_RPC_RESPONSE_STATUS_CODE]: code });

const messages = (kind: string): [number, number] => [
  kind === "fill" || kind === "talk" ? 2 : 1,
  kind === "list" || kind === "talk" ? 2 : 1,
];

const shapes = [
  { protocol: "connect", system: "connectrpc", version: "1.1", ok: {}, code: (code: string) => code },
  {
    protocol: "grpc",
    system: "grpc",
    version: "2",
    ok: { ...told("OK") },
    code: (code: string) => code.toUpperCase(),
  },
  {
    protocol: "grpc-web",
    system: "grpc",
    version: "2",
    ok: { ...told("OK") },
    code: (code: string) => code.toUpperCase(),
  },
];

describe.each(shapes)("over $protocol", ({ protocol, system, version, ok, code }) => {
  const port = () => server.port;
  const both = (kind: string): Attributes => ({
    [ATTR_RPC_SYSTEM_NAME]: system,
    [ATTR_RPC_METHOD]: `t.S/${kind[0]?.toUpperCase()}${kind.slice(1)}`,
    [ATTR_SERVER_ADDRESS]: "localhost",
    [ATTR_SERVER_PORT]: port(),
    [ATTR_NETWORK_PROTOCOL_NAME]: "http",
    [ATTR_NETWORK_PROTOCOL_VERSION]: version,
    "connect_ts.protocol": protocol,
    "connect_ts.request.messages": messages(kind)[0],
    "connect_ts.response.messages": messages(kind)[1],
    "connect_ts.request.bytes": messages(kind)[0] * 3,
    "connect_ts.response.bytes": messages(kind)[1] * 3,
  });

  // HTTP/1.1 cannot carry both directions at once.
  const carried = kinds.filter((kind) => version === "2" || kind !== "talk");

  it.each(carried)(
    "a good call of %s has two spans with the attributes of the conventions, and no others",
    async (kind) => {
      const { client, handler, count, error } = await spansOf(protocol, kind, "a");
      expect([error, count]).toEqual([undefined, 2]);
      expect([client.name, handler.name]).toEqual([both(kind)[ATTR_RPC_METHOD], both(kind)[ATTR_RPC_METHOD]]);
      expect(client.attributes).toEqual({
        ...both(kind),
        ...ok,
        [ATTR_NETWORK_PEER_ADDRESS]: "127.0.0.1",
        [ATTR_NETWORK_PEER_PORT]: port(),
      });
      const clientPort = handler.attributes[ATTR_CLIENT_PORT];
      expect(clientPort).toEqual(expect.any(Number));
      expect(handler.attributes).toEqual({
        ...both(kind),
        ...ok,
        [ATTR_CLIENT_ADDRESS]: "127.0.0.1",
        [ATTR_CLIENT_PORT]: clientPort,
        [ATTR_NETWORK_PEER_ADDRESS]: "127.0.0.1",
        [ATTR_NETWORK_PEER_PORT]: clientPort,
      });
      for (const span of [client, handler]) expect(span.status).toEqual({ code: SpanStatusCode.UNSET });
      expect([...client.events, ...handler.events]).toEqual([]);
      expect(handler.spanContext().traceId).toBe(client.spanContext().traceId);
      expect(handler.parentSpanContext?.spanId).toBe(client.spanContext().spanId);
    },
  );

  it.each(carried)("a call of %s that the server is not to blame for is an error of the client alone", async (kind) => {
    const { client, handler, error } = await spansOf(protocol, kind, "!not_found");
    expect(error?.code).toBe("not_found");
    expect(client.status).toEqual({ code: SpanStatusCode.ERROR, message: "as told" });
    expect(client.attributes).toMatchObject({
      ...told(code("not_found")),
      [ATTR_ERROR_TYPE]: code("not_found"),
    });
    expect(handler.status).toEqual({ code: SpanStatusCode.UNSET });
    expect(handler.attributes[ATTR_RPC_STATUS_CODE]).toBe(code("not_found"));
    expect(handler.attributes).not.toHaveProperty(ATTR_ERROR_TYPE);
    expect(handler.events).toEqual([]);
  });

  it.each(carried)("a bug behind %s is shown where it is, and not to the client", async (kind) => {
    const { client, handler } = await spansOf(protocol, kind, "bug");
    expect(handler.status).toEqual({ code: SpanStatusCode.ERROR, message: "a secret of the server" });
    expect(handler.attributes).toMatchObject({
      ...told(code("internal")),
      [ATTR_ERROR_TYPE]: code("internal"),
    });
    expect(handler.events.map(({ name, attributes }) => ({ name, attributes }))).toEqual([
      {
        name: "exception",
        attributes: {
          [ATTR_EXCEPTION_TYPE]: "Error",
          [ATTR_EXCEPTION_MESSAGE]: "a secret of the server",
          [ATTR_EXCEPTION_STACKTRACE]: expect.stringContaining("telemetry.ts"),
        },
      },
    ]);
    expect(JSON.stringify([client.status, client.events[0]?.attributes?.[ATTR_EXCEPTION_MESSAGE]])).not.toContain(
      "secret",
    );
    expect(client.events[0]?.attributes?.[ATTR_EXCEPTION_TYPE]).toBe("ConnectError");
  });
});

it.each(["unknown", "deadline_exceeded", "unimplemented", "internal", "unavailable", "data_loss"])(
  "%s is an error of the server",
  async (code) => {
    const { handler } = await spansOf("grpc", "get", `!${code}`);
    expect(handler.status.code).toBe(SpanStatusCode.ERROR);
    expect(handler.attributes[ATTR_ERROR_TYPE]).toBe(code.toUpperCase());
  },
);

it.each([
  ["grpc", "CANCELLED"],
  ["connect", "canceled"],
])("a canceled call has the name that %s gives it", async (protocol, code) => {
  const { client, handler } = await spansOf(protocol, "get", "!canceled");
  expect([client.attributes[ATTR_RPC_STATUS_CODE], handler.attributes[ATTR_RPC_STATUS_CODE]]).toEqual([code, code]);
});

it("a server that is not there is an error of the client, with the name that was configured", async () => {
  const nowhere = createNodeTransport({ baseUrl: "http://localhost:1", protocol: grpc() });
  const own = new Telemetry();
  expect((await callKind(nowhere, "get", "a", [own.otel()]))?.code).toBe("unavailable");
  expect(own.spans[0]?.attributes).toEqual({
    [ATTR_RPC_SYSTEM_NAME]: "grpc",
    [ATTR_RPC_METHOD]: "t.S/Get",
    ...told("UNAVAILABLE"),
    [ATTR_ERROR_TYPE]: "UNAVAILABLE",
    [ATTR_SERVER_ADDRESS]: "localhost",
    [ATTR_SERVER_PORT]: 1,
    "connect_ts.protocol": "grpc",
    "connect_ts.request.messages": expect.any(Number),
    "connect_ts.request.bytes": expect.any(Number),
    "connect_ts.response.messages": 0,
    "connect_ts.response.bytes": 0,
  });
  nowhere.close?.();
});

it("durations are in seconds, in the advised buckets, by the attributes of the conventions", async () => {
  const own = new Telemetry();
  const { port } = server;
  await callKind(transports.grpc as Transport, "talk", "a", [own.otel()]);
  await callKind(transports.grpc as Transport, "get", "!not_found", [own.otel()]);
  const measured = (await own.histograms()).get(METRIC_RPC_CLIENT_CALL_DURATION);
  const common = { [ATTR_RPC_SYSTEM_NAME]: "grpc", [ATTR_SERVER_ADDRESS]: "localhost", [ATTR_SERVER_PORT]: port };
  expect(measured?.unit).toBe("s");
  expect(measured?.points.map(({ attributes }) => attributes)).toEqual([
    { ...common, [ATTR_RPC_METHOD]: "t.S/Talk", ...told("OK") },
    { ...common, [ATTR_RPC_METHOD]: "t.S/Get", ...told("NOT_FOUND"), [ATTR_ERROR_TYPE]: "NOT_FOUND" },
  ]);
  expect(measured?.points[0]?.value.buckets.boundaries).toEqual([
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
  ]);
  const [seconds, nanoseconds] = own.spans[0]?.duration ?? [0, 0];
  expect(measured?.points[0]?.value.sum).toBeCloseTo(seconds + nanoseconds / 1e9, 6);
});

it("a server's durations say nothing that a client could make new values of", async () => {
  await spansOf("grpc", "get", "a");
  const measured = (await telemetry.histograms()).get(METRIC_RPC_SERVER_CALL_DURATION);
  expect(measured?.unit).toBe("s");
  const point = measured?.points.find(({ attributes }) => attributes[ATTR_RPC_STATUS_CODE] === "OK");
  expect(Object.keys(point?.attributes ?? {}).sort()).toEqual(
    [ATTR_RPC_METHOD, ATTR_RPC_STATUS_CODE, ATTR_RPC_RESPONSE_STATUS_CODE, ATTR_RPC_SYSTEM_NAME].sort(),
  );
});
