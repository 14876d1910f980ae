import http from "node:http";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { connect } from "@connect-ts/runtime";
import { createFetchTransport, fetchHandler } from "@connect-ts/runtime/fetch";
import { createNodeTransport, nodeHandler } from "@connect-ts/runtime/node";
import { afterAll, describe, expect, it } from "@jest/globals";
import { SpanKind } from "@opentelemetry/api";
import { callKind, handlerOf, installGlobals, kinds, Telemetry } from "./testing/telemetry.js";

const uninstall = installGlobals();
afterAll(uninstall);

const oneWay = kinds.filter((kind) => kind !== "talk");

describe("under fetchHandler, called by fetch", () => {
  it.each(oneWay)("spans of %s end and are joined, and tell of no network that nobody knows", async (kind) => {
    const telemetry = new Telemetry();
    const handler = fetchHandler([handlerOf([telemetry.otel()])]);
    const transport = createFetchTransport({
      baseUrl: "https://api.example.com:8443/rpc",
      protocol: connect(),
      fetch: (input, init) => {
        const request = new Request(input, init);
        return handler(new Request(request.url.replace("/rpc/", "/"), request));
      },
    });
    expect(await callKind(transport, kind, "a", [telemetry.otel()])).toBeUndefined();
    const spans = await telemetry.ended(2);
    const client = spans.find((span) => span.kind === SpanKind.CLIENT);
    const server = spans.find((span) => span.kind === SpanKind.SERVER);
    expect(server?.parentSpanContext?.spanId).toBe(client?.spanContext().spanId);
    for (const span of [client, server]) {
      expect(span?.attributes).toMatchObject({ "server.address": "api.example.com", "server.port": 8443 });
      expect(Object.keys(span?.attributes ?? {}).filter((name) => name.startsWith("network."))).toEqual([]);
    }
  });
});

describe.each(["1.1", "2"] as const)("under nodeHandler in a server of one's own, HTTP/%s", (version) => {
  it.each(oneWay)("spans of %s end and are joined", async (kind) => {
    const telemetry = new Telemetry();
    const listener = nodeHandler([handlerOf([telemetry.otel()])]);
    const server = version === "2" ? http2.createServer(listener) : http.createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const baseUrl = `http://localhost:${(server.address() as AddressInfo).port}`;
    const transport = createNodeTransport({ baseUrl, http: version });
    try {
      expect(await callKind(transport, kind, "a", [telemetry.otel()])).toBeUndefined();
      const spans = await telemetry.ended(2);
      expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(1);
      expect(spans.map(({ attributes }) => attributes["network.protocol.version"])).toEqual([version, version]);
      expect(spans.map(({ attributes }) => attributes["server.address"])).toEqual(["localhost", "localhost"]);
    } finally {
      transport.close?.();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
