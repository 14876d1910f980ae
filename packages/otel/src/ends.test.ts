import { ConnectError, type Interceptor } from "@connect-ts/runtime";
import { createClient } from "@connect-ts/runtime/dynamic";
import { createNodeTransport, type Server, serve } from "@connect-ts/runtime/node";
import type { Transport } from "@connect-ts/runtime/transport";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type Context, SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { BasicTracerProvider, type ReadableSpan, type SpanProcessor } from "@opentelemetry/sdk-trace-base";
import {
  callKind,
  handlerOf,
  type Item,
  installGlobals,
  type Kind,
  kinds,
  serviceOf,
  Telemetry,
} from "./testing/telemetry.js";

const uninstall = installGlobals();
afterAll(uninstall);

/** Counts what begins and ends. */
class Counting implements SpanProcessor {
  started = 0;
  readonly ended: ReadableSpan[] = [];

  onStart(_span: unknown, _parent: Context): void {
    this.started++;
  }

  onEnd(span: ReadableSpan): void {
    this.ended.push(span);
  }

  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }

  /** Waits until so many, or else all that have begun, have ended, and gives their status codes by the kind of span. */
  async all(count?: number): Promise<[SpanKind, unknown][]> {
    const wanted = (): number => count ?? Math.max(this.started, 1);
    for (let i = 0; i < 4_000 && this.ended.length < wanted(); i++) await pause(5);
    expect([this.started, this.ended.length]).toEqual([wanted(), wanted()]);
    return this.ended
      .map((span): [SpanKind, unknown] => [span.kind, span.attributes["rpc.status_code"]])
      .sort(([a], [b]) => a - b);
  }
}

let spans: Counting;
let telemetry: Telemetry;
let tracing: Interceptor;
let server: Server;
let transport: Transport;
let reached: Promise<void>;
let hold: (signal: AbortSignal) => Promise<unknown>;

beforeEach(async () => {
  spans = new Counting();
  telemetry = new Telemetry();
  tracing = telemetry.otel({ tracerProvider: new BasicTracerProvider({ spanProcessors: [spans] }) });
  let arrive: () => void = () => undefined;
  reached = new Promise((resolve) => {
    arrive = resolve;
  });
  hold = () => Promise.resolve();
  server = await serve({
    handlers: handlerOf([tracing], async (_place, { signal }) => {
      arrive();
      await hold(signal);
    }),
    host: "127.0.0.1",
  });
  transport = createNodeTransport({ baseUrl: server.url, http: "2" });
});
afterEach(async () => {
  transport.close?.();
  await server.close();
});

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const untilAborted = (signal: AbortSignal) => new Promise((resolve) => signal.addEventListener("abort", resolve));

interface Running extends Promise<Item>, AsyncIterable<Item> {
  cancel(): void;
  send(item: Item): Promise<void>;
}

function begin(kind: Kind, options: object = {}): Running {
  const client = createClient(serviceOf(), transport, { interceptors: [tracing] });
  const method = client[kind] as unknown as (request: unknown, options: object) => Running;
  return method(kind === "fill" || kind === "talk" ? [{ name: "a" }] : { name: "a" }, options);
}

async function drain(kind: Kind, call: Running): Promise<void> {
  if (kind === "list" || kind === "talk") for await (const _ of call);
  else await call;
}

const canceled = [
  [SpanKind.SERVER, "canceled"],
  [SpanKind.CLIENT, "canceled"],
];

describe("spans end, once, of a call of", () => {
  it.each(kinds)("%s that its caller cancels", async (kind) => {
    hold = untilAborted;
    const call = begin(kind);
    const ended = drain(kind, call).catch((error: unknown) => ConnectError.from(error).code);
    await reached;
    call.cancel();
    expect(await ended).toBe("canceled");
    expect(await spans.all(2)).toEqual(canceled);
  });

  it.each(kinds)("%s that its signal ends", async (kind) => {
    hold = untilAborted;
    const controller = new AbortController();
    const ended = drain(kind, begin(kind, { signal: controller.signal })).catch(() => "ended");
    await reached;
    controller.abort();
    expect(await ended).toBe("ended");
    expect(await spans.all(2)).toEqual(canceled);
  });

  it.each(kinds)("%s that takes too long", async (kind) => {
    hold = untilAborted;
    const ended = drain(kind, begin(kind, { timeoutMs: 150 })).catch((error: unknown) => ConnectError.from(error).code);
    expect(await ended).toBe("deadline_exceeded");
    const codes = new Map(await spans.all());
    expect(codes.get(SpanKind.CLIENT)).toBe("deadline_exceeded");
    // The client's alone, when the request was too slow. Else whichever comes first: the handler's own clock, or the client that leaves.
    expect(["deadline_exceeded", "canceled", undefined]).toContain(codes.get(SpanKind.SERVER));
  });

  it.each(["list", "talk"] as const)("%s that its caller leaves in the middle", async (kind) => {
    hold = () => pause(20);
    for await (const _ of begin(kind)) break;
    expect((await spans.all(2)).map(([kindOf]) => kindOf)).toEqual([SpanKind.SERVER, SpanKind.CLIENT]);
  });

  it.each(kinds)("%s whose server breaks off", async (kind) => {
    hold = untilAborted;
    const ended = drain(kind, begin(kind)).catch((error: unknown) => ConnectError.from(error).code);
    await reached;
    await server.close();
    expect(await ended).toBe("unavailable");
    expect((await spans.all(2)).map(([kindOf]) => kindOf)).toEqual([SpanKind.SERVER, SpanKind.CLIENT]);
  });
});

it.each(kinds)("a client's span of %s ends though an interceptor further in never does", async (kind) => {
  const stuck: Interceptor = async (_call, next) => {
    await next().catch(() => undefined);
    await new Promise(() => undefined);
  };
  hold = untilAborted;
  const error = await callKind(transport, kind, "a", [tracing, stuck], { timeoutMs: 150 });
  expect(error?.code).toBe("deadline_exceeded");
  // Of the client's alone, when the request was too slow.
  const codes = new Map(await spans.all());
  expect(codes.get(SpanKind.CLIENT)).toBe("deadline_exceeded");
});

it.each(kinds)("a handler's span of %s has the status that the client is told, whoever made it so", async (kind) => {
  const own = new Telemetry();
  const outer: Interceptor = (_call, next) =>
    next().catch(() => {
      throw new ConnectError("unavailable", "later");
    });
  const other = await serve({ handlers: handlerOf([outer, own.otel()]), host: "127.0.0.1" });
  const to = createNodeTransport({ baseUrl: other.url, http: "2" });
  expect((await callKind(to, kind, "!not_found"))?.code).toBe("unavailable");
  const [span] = await own.ended(1);
  expect(span?.attributes["rpc.status_code"]).toBe("unavailable");
  expect(span?.status.code).toBe(SpanStatusCode.ERROR);
  to.close?.();
  await other.close();
});

it("no span is left of many calls that end in every way", async () => {
  const calls = Array.from({ length: 120 }, async (_, i) => {
    const kind = kinds[i % 4] ?? "get";
    const call = begin(kind, i % 5 === 0 ? { timeoutMs: 1 + (i % 7) } : {});
    const ended = drain(kind, call).catch(() => undefined);
    if (i % 3 === 0) setTimeout(() => call.cancel(), i % 11);
    await ended;
  });
  hold = () => pause(5);
  await Promise.all(calls);
  for (let i = 0; i < 4_000 && spans.ended.length < spans.started; i++) await pause(5);
  expect(spans.started).toBeGreaterThanOrEqual(120);
  expect(spans.ended).toHaveLength(spans.started);
  expect(new Set(spans.ended).size).toBe(spans.started);
});
