import { binary, connect, grpcWeb, type HandlerContext, json } from "@connect-ts/runtime";
import { cors, createFetchTransport, type FetchTransportOptions } from "@connect-ts/runtime/fetch";
import { type LambdaEvent, type LambdaResult, lambdaHandler, lambdaInvocation } from "@connect-ts/runtime/lambda";
import { describe, expect, it } from "@jest/globals";
import { pingService } from "../behaviour/ping-service.js";
import {
  createPingServiceClient,
  createPingServiceHandler,
  type PingServiceClient,
  type PingServiceHandler,
} from "../gen/src/ping/v1/ping_connect.js";
import { fetchThrough, type Sender, senders } from "./lambda-events.js";

const [functionUrl] = senders as [Sender];

type Options = Parameters<typeof lambdaHandler>[1];

function handlerOf(methods: Partial<PingServiceHandler> = {}, options: Options = {}): ReturnType<typeof lambdaHandler> {
  return lambdaHandler([createPingServiceHandler({ ...pingService(), ...methods })], options);
}

const baseUrl = "https://lambda.example";

function clientOf(fetch: FetchTransportOptions["fetch"], more: Partial<FetchTransportOptions> = {}): PingServiceClient {
  return createPingServiceClient(createFetchTransport({ baseUrl, fetch, ...more }));
}

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of stream) all.push(one);
  return all;
}

describe.each(senders)("Lambda behind $name", (sender) => {
  it.each([
    ["Connect", connect(), binary()],
    ["Connect with JSON", connect(), json()],
    ["Connect by GET", connect({ useHttpGet: true }), binary()],
    ["Connect by GET with JSON", connect({ useHttpGet: true }), json()],
    ["gRPC-Web", grpcWeb(), binary()],
    ["gRPC-Web with JSON", grpcWeb(), json()],
  ])("serves unary calls and streams of %s", async (_name, protocol, codec) => {
    const ping = clientOf(fetchThrough(sender, handlerOf()), { protocol, codec });
    const data = Uint8Array.from({ length: 256 }, (_, index) => index);
    const answer = await ping.ping({ text: "grüß & = ? #", data });
    expect([answer.text, answer.data]).toEqual(["grüß & = ? #", data]);
    expect((await collect(ping.countUp({ number: 3n }))).map(({ number }) => number)).toEqual([1n, 2n, 3n]);
    expect((await ping.sum([{ number: 1n }, { number: 2n }])).sum).toBe(3n);
    await expect(ping.fail({ code: 7, message: "no" })).rejects.toMatchObject({
      code: "permission_denied",
      rawMessage: "no",
    });
  });

  it("keeps headers and cookies apart, both ways, and tells the client's address", async () => {
    let context: HandlerContext | undefined;
    const results: LambdaResult[] = [];
    const fetch = fetchThrough(
      sender,
      handlerOf({
        ping(_request, given) {
          context = given;
          given.responseHeaders.append("set-cookie", "a=1; Path=/");
          given.responseHeaders.append("set-cookie", "b=2");
          given.responseHeaders.append("x-two", "1");
          given.responseHeaders.append("x-two", "2");
          return {};
        },
      }),
      {},
      (_event, result) => results.push(result),
    );
    const response = await fetch(`${baseUrl}/ping.v1.PingService/Ping`, {
      method: "POST",
      body: "{}",
      headers: { "content-type": "application/json", cookie: "c=3; d=4", "x-asked": "yes" },
    });
    expect(await response.text()).toBe("{}");
    expect(results[0]?.isBase64Encoded).toBe(false);
    // A balancer without multi-value headers takes one value of a name.
    const cookies = sender.name === "a load balancer" ? ["b=2"] : ["a=1; Path=/", "b=2"];
    expect(response.headers.getSetCookie()).toEqual(cookies);
    expect(response.headers.get("x-two")).toBe("1, 2");
    expect([context?.requestHeaders.get("cookie"), context?.requestHeaders.get("x-asked")]).toEqual([
      "c=3; d=4",
      "yes",
    ]);
    expect(context?.peer.address).toBe("203.0.113.7");
    expect(lambdaInvocation(context as HandlerContext)?.event).toHaveProperty("requestContext");
  });
});

describe("lambdaHandler", () => {
  const event = (path: string, headers: Record<string, string>, body = ""): LambdaEvent =>
    functionUrl.event(new Request(`https://lambda.example${path}`, { method: "POST", headers }), Buffer.from(body));

  it("answers gRPC with unimplemented, and says why", async () => {
    const result = await handlerOf()(event("/ping.v1.PingService/Ping", { "content-type": "application/grpc" }), {});
    expect(result.headers).toMatchObject({ "grpc-status": "12", "content-type": "application/grpc" });
    expect(decodeURIComponent(result.headers?.["grpc-message"] ?? "")).toContain("trailers");
  });

  it("answers with deadline_exceeded before Lambda ends the invocation, whatever the client asked for", async () => {
    const fetch = fetchThrough(functionUrl, handlerOf(), { getRemainingTimeInMillis: () => 260 });
    const error = await clientOf(fetch)
      .ping({ delayMs: 20_000 }, { timeoutMs: 15_000 })
      .catch((reason) => reason);
    expect(error).toMatchObject({ code: "deadline_exceeded", rawMessage: "the deadline of 10 ms has passed" });
  });

  it.each(senders)("answers resource_exhausted where a response is larger than $name takes", async (sender) => {
    const ping = clientOf(fetchThrough(sender, handlerOf({ ping: () => ({ data: new Uint8Array(5 << 20) }) })), {
      readMaxBytes: 1 << 24,
    });
    await expect(ping.ping({})).rejects.toMatchObject({
      code: "resource_exhausted",
      rawMessage: expect.stringMatching(
        /^the response has more than the \d+ bytes that Lambda takes: send less, or stream/,
      ),
    });
    const text = clientOf(fetchThrough(sender, handlerOf({ ping: () => ({ text: '"'.repeat(2_100_000) }) })), {
      codec: json(),
    });
    await expect(text.ping({})).rejects.toMatchObject({ code: "resource_exhausted" });
  });

  it("ends a stream that grows beyond what fits into a response, and lets pages of other origins read why", async () => {
    let ended = false;
    const origin = "https://app.example";
    const handler = handlerOf(
      {
        async *countUp(_request, { signal }) {
          try {
            for (;;) {
              await new Promise<void>((resolve) => setImmediate(resolve));
              if (signal.aborted) return;
              yield { number: 1n, padding: new Uint8Array(1 << 20) };
            }
          } finally {
            ended = true;
          }
        },
      },
      { cors: cors({ origin }), compressions: [] },
    );
    const result = await handler(
      event("/ping.v1.PingService/CountUp", { "content-type": "application/connect+json", origin }, "\0\0\0\0\x02{}"),
      {},
    );
    expect(result.headers?.["access-control-allow-origin"]).toBe(origin);
    expect(Buffer.from(result.body, "base64").toString()).toContain('"resource_exhausted"');
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(ended).toBe(true);
  });

  it("has routes, a fallback and a prefix, and 404 for the rest", async () => {
    const platform: unknown[] = [];
    const handler = handlerOf(
      {},
      {
        pathPrefix: "/api",
        fallback(_request, ...given) {
          platform.push(...given);
          return new Response("page", { headers: { "content-type": "text/html" } });
        },
      },
    );
    const context = {};
    const asked = event("/", { "content-type": "text/plain" });
    expect(await handler(asked, context)).toMatchObject({ statusCode: 200, body: "page", isBase64Encoded: false });
    expect(platform).toEqual([asked, context]);
    const json = { "content-type": "application/json" };
    expect(await handler(event("/api/ping.v1.PingService/Ping", json, "{}"), context)).toMatchObject({ body: "{}" });
    expect((await handlerOf()(event("/ping.v1.PingService/Pong", json, "{}"), context)).statusCode).toBe(404);
  });

  it.each([
    ["a body that is said to be base64", { body: "no base64!", isBase64Encoded: true }],
    ["a header that no request can have", { headers: { "a b": "c" } }],
    ["a method that no request can have", { requestContext: { http: { method: "TRACE" } } }],
  ])("answers 400 for %s", async (_what, change) => {
    const asked = { ...event("/ping.v1.PingService/Ping", { "content-type": "application/proto" }), ...change };
    const result = await handlerOf()(asked as LambdaEvent, {});
    expect(result.statusCode).toBe(400);
    expect(result.body).not.toBe("");
  });

  it.each([
    [{}],
    [undefined],
    [{ Records: [{ eventSource: "aws:sqs" }] }],
    [{ requestContext: { connectionId: "x" } }],
  ])("rejects %j, which is no HTTP request, and says what it is for", async (wrong) => {
    await expect(handlerOf()(wrong as never, {})).rejects.toThrow(
      "the event is not an HTTP request: it has neither requestContext.http nor httpMethod.",
    );
  });

  it("names itself in errors about options", () => {
    expect(() => handlerOf({}, { streaming: 1 as never })).toThrow(
      "streaming of lambdaHandler must be of type boolean, not 1",
    );
    expect(() => handlerOf({}, { port: 1 } as never)).toThrow('lambdaHandler has no option "port"');
  });
});
