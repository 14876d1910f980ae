import { withRetry } from "@connect-ts/retry";
import type { ServiceHandler } from "@connect-ts/runtime";
import { createClient } from "@connect-ts/runtime/dynamic";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import { createNodeTransport, type Server, serve } from "@connect-ts/runtime/node";
import type { Transport } from "@connect-ts/runtime/transport";
import { afterAll, afterEach, describe, expect, it } from "@jest/globals";
import { context, SpanKind, trace } from "@opentelemetry/api";
import {
  activeSpan,
  callKind,
  handlerOf,
  type Item,
  installGlobals,
  isStreamOut,
  kinds,
  serviceOf,
  Telemetry,
} from "./testing/telemetry.js";

const uninstall = installGlobals();
afterAll(uninstall);

const open: { close?: () => unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close?.();
});

async function start(handler: ServiceHandler): Promise<Transport> {
  const server: Server = await serve({ handlers: handler, host: "127.0.0.1" });
  const transport = createNodeTransport({ baseUrl: `http://localhost:${server.port}`, http: "2" });
  open.push(transport as { close?: () => unknown }, server);
  return transport;
}

const tick = () => new Promise((resolve) => setTimeout(resolve, 1));

describe("the span is active", () => {
  it.each(kinds)("in the handler of %s, after each await, and in its hooks", async (kind) => {
    const telemetry = new Telemetry();
    const seen = new Set<string | undefined>();
    const note = () => void seen.add(activeSpan()?.spanId);
    const handler = handlerOf(
      [
        telemetry.otel(),
        (call, next) => {
          call.onRequest(note);
          call.onResponse(note);
          call.onResponseHeaders(note);
          return next();
        },
      ],
      async () => {
        note();
        await tick();
        note();
      },
    );
    const transport = await start(handler);
    expect(await callKind(transport, kind, "a")).toBeUndefined();
    const [span] = await telemetry.ended(1);
    expect([...seen]).toEqual([span?.spanContext().spanId]);
  });

  it.each(kinds)("in a client's interceptors and hooks of %s", async (kind) => {
    const telemetry = new Telemetry();
    const seen = new Set<string | undefined>();
    const note = () => void seen.add(activeSpan()?.spanId);
    const transport = createInProcessTransport(handlerOf([]));
    await callKind(transport, kind, "a", [
      telemetry.otel(),
      async (call, next) => {
        call.onRequest(note);
        call.onResponse(note);
        call.onResponseHeaders(note);
        await next();
        note();
      },
    ]);
    expect([...seen]).toEqual([telemetry.spans[0]?.spanContext().spanId]);
  });

  it.each(["fill", "talk"] as const)("the caller's own one in the generator that it gave to %s", async (kind) => {
    const telemetry = new Telemetry();
    const tracer = telemetry.tracerProvider.getTracer("caller");
    const transport = await start(handlerOf([]));
    const client = createClient(serviceOf(), transport, { interceptors: [telemetry.otel()] });
    const method = client[kind] as unknown as (items: AsyncIterable<Item>) => Promise<Item> & AsyncIterable<Item>;
    const seen: (string | undefined)[] = [];
    await tracer.startActiveSpan("caller", async (span) => {
      async function* items() {
        for (let i = 0; i < 3; i++) {
          await tick();
          seen.push(activeSpan()?.spanId);
          yield { name: "a" };
        }
      }
      const result = method(items());
      if (isStreamOut(kind)) for await (const _ of result);
      else await result;
      expect(seen).toEqual(Array(3).fill(span.spanContext().spanId));
      expect(activeSpan()?.spanId).toBe(span.spanContext().spanId);
      span.end();
    });
  });

  it("of its own call, however many run", async () => {
    const telemetry = new Telemetry();
    const mismatched: string[] = [];
    const transport = await start(
      handlerOf([telemetry.otel()], async (place, call) => {
        for (let i = 0; i < 3; i++) {
          const sent = call.requestHeaders.get("traceparent")?.split("-")[1];
          if (activeSpan()?.traceId !== sent) mismatched.push(place);
          await tick();
        }
      }),
    );
    const client = new Telemetry();
    const calls = Array.from({ length: 40 }, (_, i) =>
      callKind(transport, kinds[i % 4] ?? "get", "a", [client.otel()]),
    );
    expect((await Promise.all(calls)).filter((error) => error !== undefined)).toEqual([]);
    expect(mismatched).toEqual([]);
    expect(new Set(client.spans.map((span) => span.spanContext().traceId)).size).toBe(40);
  });
});

it.each(kinds)("three hops of %s are one trace", async (kind) => {
  const telemetry = new Telemetry();
  const interceptors = [telemetry.otel()];
  const last = await start(handlerOf(interceptors));
  const middle = await start(
    handlerOf(interceptors, async () => void (await callKind(last, "get", "a", interceptors))),
  );
  const first = await start(
    handlerOf(interceptors, async () => void (await callKind(middle, "get", "a", interceptors))),
  );
  await callKind(first, kind, "a", interceptors);
  const inner = { get: 1, list: 2, fill: 2, talk: 2 }[kind];
  const spans = await telemetry.ended(2 + 4 * inner);
  expect(spans).toHaveLength(2 + 4 * inner);
  expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(1);
  const byId = new Map(spans.map((span) => [span.spanContext().spanId, span]));
  const depth = (span: (typeof spans)[number]): number => {
    const parent = byId.get(span.parentSpanContext?.spanId ?? "");
    // A server's span belongs to a client's, and a client's to that of the server that makes the call.
    if (parent !== undefined) expect(parent.kind).not.toBe(span.kind);
    return parent === undefined ? 1 : 1 + depth(parent);
  };
  expect(Math.max(...spans.map(depth))).toBe(6);
});

describe("the parent on a server", () => {
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const headers = { traceparent };

  it("is what came with the request", async () => {
    const telemetry = new Telemetry();
    const transport = await start(handlerOf([telemetry.otel()]));
    await callKind(transport, "get", "a", [], { headers });
    const [span] = await telemetry.ended(1);
    expect([span?.parentSpanContext?.spanId, span?.parentSpanContext?.isRemote]).toEqual(["b7ad6b7169203331", true]);
    expect(span?.spanContext().traceId).toBe("0af7651916cd43dd8448eb211c80319c");
  });

  it("is the active span where that took up what came: an HTTP server's", async () => {
    const telemetry = new Telemetry();
    const tracer = telemetry.tracerProvider.getTracer("http");
    const remote = {
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
      traceFlags: 1,
      isRemote: true,
    };
    const http = tracer.startSpan("POST", {}, trace.setSpanContext(context.active(), remote));
    const transport = await start(
      handlerOf([(_call, next) => context.with(trace.setSpan(context.active(), http), next), telemetry.otel()]),
    );
    await callKind(transport, "get", "a", [], { headers });
    const [span] = await telemetry.ended(1);
    expect(span?.parentSpanContext?.spanId).toBe(http.spanContext().spanId);
    http.end();
  });

  it.each(["", "00-zz", `00-${"0".repeat(32)}-b7ad6b7169203331-01`])("is none when %p came", async (given) => {
    const telemetry = new Telemetry();
    const transport = await start(handlerOf([telemetry.otel()]));
    await callKind(transport, "get", "a", [], { headers: { traceparent: given } });
    const [span] = await telemetry.ended(1);
    expect(span?.parentSpanContext).toBeUndefined();
  });
});

describe("retries", () => {
  const failing = (times: number, telemetry: Telemetry) => {
    let left = times;
    return handlerOf([
      telemetry.otel(),
      (_call, next) => {
        if (left-- > 0) throw new Error("no");
        return next();
      },
    ]);
  };

  it("of a transport are one span of the client, and one of the server for each attempt; onRetry runs in the client's", async () => {
    const telemetry = new Telemetry();
    const transport = withRetry(await start(failing(2, telemetry)), {
      policy: { initialBackoffMs: 1, retryableCodes: ["internal"] },
      onRetry: ({ attempt, error }) =>
        trace.getActiveSpan()?.addEvent("retry", { attempt, "rpc.status_code": error.code }),
    });
    expect(await callKind(transport, "get", "a", [telemetry.otel()])).toBeUndefined();
    const spans = await telemetry.ended(4);
    const [client, ...others] = spans.filter(({ kind }) => kind === SpanKind.CLIENT);
    expect(others).toEqual([]);
    expect(client?.events.map(({ name, attributes }) => [name, attributes?.attempt])).toEqual([
      ["retry", 1],
      ["retry", 2],
    ]);
    const attempts = spans.filter(({ kind }) => kind === SpanKind.SERVER);
    expect(attempts.map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual(
      Array(3).fill(client?.spanContext().spanId),
    );
  });

  it.each(kinds)(
    "of %s by an interceptor around it are a span each, with the name of the server that was configured",
    async (kind) => {
      const telemetry = new Telemetry();
      const transport = await start(failing(1, telemetry));
      const twice = async (_call: unknown, next: () => Promise<void>) => next().catch(() => next());
      expect(await callKind(transport, kind, "a", [twice, telemetry.otel()])).toBeUndefined();
      const clients = (await telemetry.ended(4)).filter((span) => span.kind === SpanKind.CLIENT);
      expect(clients.map(({ attributes }) => [attributes["rpc.status_code"], attributes["server.address"]])).toEqual([
        ["internal", "localhost"],
        [undefined, "localhost"],
      ]);
    },
  );
});
