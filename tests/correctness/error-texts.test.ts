import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { ConnectError, type Interceptor, type Transport } from "@connect-ts/runtime";
import { createFetchTransport, fetchHandler } from "@connect-ts/runtime/fetch";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import { createNodeTransport } from "@connect-ts/runtime/node";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { type Connected, combinations, connected, rejection } from "../behaviour/helpers.js";
import { protocols } from "../behaviour/pairs.js";
import { pingService } from "../behaviour/ping-service.js";
import {
  createPingServiceClient,
  createPingServiceHandler,
  type PingServiceClient,
} from "../gen/src/ping/v1/ping_connect.js";

const passing: Interceptor = (_, next) => next();

async function callUnary(client: PingServiceClient): Promise<void> {
  await client.ping({});
}
async function callForResponse(client: PingServiceClient): Promise<void> {
  await client.ping({}).response;
}
async function callLater(client: PingServiceClient): Promise<void> {
  const call = client.ping({});
  await new Promise((resolve) => setTimeout(resolve, 15));
  await call;
}
async function callServerStream(client: PingServiceClient): Promise<void> {
  for await (const _ of client.countUp({}));
}
async function callClientStream(client: PingServiceClient): Promise<void> {
  await client.sum([{ number: 1n }]);
}
async function callBidi(client: PingServiceClient): Promise<void> {
  for await (const _ of client.cumSum([{ number: 1n }]));
}

const callers: readonly [caller: (client: PingServiceClient) => Promise<void>, method: string][] = [
  [callUnary, "Ping"],
  [callForResponse, "Ping"],
  [callLater, "Ping"],
  [callServerStream, "CountUp"],
  [callClientStream, "Sum"],
  [callBidi, "CumSum"],
];

/** Where an error reaches a caller beside the answer of its call. */
const places: readonly [place: string, fail: (client: PingServiceClient) => Promise<unknown>][] = [
  ["trailers", (client) => client.countUp({}).trailers],
  ["trailers of a canceled call", (client) => canceled(client.countUp({})).trailers],
  ["trailers of a call whose messages were read", trailersAfterwards],
  ["headers of a canceled call", (client) => canceled(client.cumSum()).headers],
  ["headers of a call with a bad option", (client) => client.cumSum({ timeoutMs: Number.NaN }).headers],
  ["headers of a call past its deadline", (client) => client.sum({ timeoutMs: -1 }).headers],
  ["send() of a canceled call", (client) => canceled(client.cumSum()).send({})],
  ["send() after closeSend()", sendClosed],
  ["send() with a bad option", (client) => client.cumSum().send({}, { compress: 1 as never })],
  ["send() of what is no message", (client) => client.cumSum().send({ number: "x" as never })],
  ["a second iterator", iterateTwice],
];

function canceled<Stream extends { cancel(): void }>(stream: Stream): Stream {
  stream.cancel();
  return stream;
}

async function trailersAfterwards(client: PingServiceClient): Promise<unknown> {
  const stream = client.countUp({});
  await rejection(stream[Symbol.asyncIterator]().next());
  return await stream.trailers;
}

function sendClosed(client: PingServiceClient): Promise<void> {
  const stream = client.cumSum();
  stream.closeSend();
  return stream.send({});
}

async function iterateTwice(client: PingServiceClient): Promise<unknown> {
  const stream = canceled(client.countUp({}));
  stream[Symbol.asyncIterator]();
  return stream[Symbol.asyncIterator]();
}

async function mustNameRpc(fail: (client: PingServiceClient) => Promise<unknown>, transport: Transport): Promise<void> {
  for (const interceptors of [[], [passing]]) {
    const error = await rejection(fail(createPingServiceClient(transport, { interceptors })));
    const [text] = (error.stack as string).split("\n");
    expect(text).toMatch(/^ConnectError: \[.*\] .* \(\/ping\.v1\.PingService\/(CountUp|CumSum|Sum)\)$/);
    expect(error.message).not.toContain("(/ping");
  }
}

it.each(places)("the error of a call in process names its RPC, of %s", (_, fail) => {
  // biome-ignore lint/correctness/useYield: it fails before
  const countUp = async function* (): AsyncGenerator<never> {
    throw new ConnectError("not_found", "no such number");
  };
  return mustNameRpc(fail, createInProcessTransport(createPingServiceHandler({ ...pingService(), countUp })));
});

describe.each(combinations)("the error of a call names its RPC and its caller, $name", (combination) => {
  let server: Connected;
  const refuse = (): never => {
    throw new ConnectError("not_found", "no such number");
  };

  beforeAll(async () => {
    const methods = {
      ping: refuse,
      sum: refuse,
      // biome-ignore lint/correctness/useYield: it fails before
      countUp: async function* () {
        refuse();
      },
      // biome-ignore lint/correctness/useYield: it fails before
      cumSum: async function* () {
        refuse();
      },
    };
    server = await connected(combination, methods as never);
  });
  afterAll(() => server.close());

  it.each(callers)("the RPC: %p", async (caller, method) => {
    for (const interceptors of [[], [passing]]) {
      const error = await rejection(caller(createPingServiceClient(server.transport(), { interceptors })));
      expect(error.procedure).toBe(`/ping.v1.PingService/${method}`);
      expect(error.message).toBe("[not_found] no such number");
      const [text] = (error.stack as string).split("\n");
      expect(text).toBe(`ConnectError: [not_found] no such number (/ping.v1.PingService/${method})`);
      expect(inspect(error)).toContain(`no such number (/ping.v1.PingService/${method})`);
    }
  });

  it.each(places)("the RPC, of %s", (_, fail) => mustNameRpc(fail, server.transport()));

  it.each(callers)("the caller: %p", async (caller) => {
    for (const interceptors of [[], [passing]]) {
      const error = await rejection(caller(createPingServiceClient(server.transport(), { interceptors })));
      const [, ...frames] = (error.stack as string).split("\n");
      // The first of all, but for the platform's own.
      const [first] = frames.filter((frame) => !/node:internal|ext:core/.test(frame));
      expect(first).toMatch(/error-texts\.test\.ts/);
    }
  });
});

describe("the error of a call", () => {
  const { captureStackTrace } = Error;
  const transport = (): Transport =>
    createFetchTransport({ baseUrl: "http://t", fetch: () => Promise.reject(new Error("no network")) });

  afterEach(() => {
    Error.captureStackTrace = captureStackTrace;
  });

  it("has its RPC also where the engine tells no callers", async () => {
    Error.captureStackTrace = undefined as never;
    const error = await rejection(callUnary(createPingServiceClient(transport())));
    expect(error.procedure).toBe("/ping.v1.PingService/Ping");
    expect(error.stack).toContain("no network");
  });

  it("keeps the frames of who threw it, before those of the caller", async () => {
    const guard: Interceptor = async function guarding() {
      throw new ConnectError("permission_denied", "not you");
    };
    const error = await rejection(callUnary(createPingServiceClient(transport(), { interceptors: [guard] })));
    expect(error.stack).toMatch(
      /^ConnectError: \[permission_denied\] not you \(.*Ping\)\n\s+at (async )?guarding [\s\S]*at (async )?callUnary/,
    );
  });

  it("is the call's own when one signal ends many", async () => {
    const reason = new ConnectError("aborted", "shutting down");
    const client = createPingServiceClient(transport());
    const options = { signal: AbortSignal.abort(reason) };
    const [first, second] = await Promise.all([
      rejection(client.ping({}, options)),
      rejection(client.sum([], options)),
    ]);
    expect([first.procedure, second.procedure]).toEqual(["/ping.v1.PingService/Ping", "/ping.v1.PingService/Sum"]);
    expect([first.cause, second.cause]).toEqual([reason, reason]);
    expect(reason.procedure).toBeUndefined();
  });

  it("says how long its deadline was", async () => {
    const never = createFetchTransport({ baseUrl: "http://t", fetch: () => new Promise(() => undefined) });
    const client = createPingServiceClient(never);
    expect((await rejection(client.ping({}, { timeoutMs: 30 }))).rawMessage).toBe("the deadline of 30 ms has passed");
  });
});

describe("a procedure that is served below another path", () => {
  it.each([
    ["/nope", undefined, "/ping.v1.PingService/Ping"],
    ["", "/api", "/api/ping.v1.PingService/Ping"],
    ["/v1/api", "/api", "/api/ping.v1.PingService/Ping"],
  ])("is named: %s for %s", async (prefix, pathPrefix, right) => {
    const handler = fetchHandler([createPingServiceHandler(pingService())], { pathPrefix });
    const fetch = (input: string | URL | Request, init?: RequestInit) => handler(new Request(input, init));
    for (const protocol of [protocols.connect(), protocols["grpc-web"]()]) {
      const client = createPingServiceClient(createFetchTransport({ baseUrl: `http://t${prefix}`, protocol, fetch }));
      const error = await rejection(client.ping({}));
      expect([error.code, error.rawMessage]).toEqual([
        "unimplemented",
        `no procedure is served at "${prefix}/ping.v1.PingService/Ping": it is served at "${right}", so correct the path in the client's baseUrl, or pathPrefix here`,
      ]);
    }
  });
});

describe("an answer that tells nothing but its HTTP status", () => {
  let status = 404;
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(status, { "content-type": "text/plain" }).end("nothing here");
  });
  let baseUrl = "";

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it.each([
    ["connect", 404, /status 404 for http:.*\/api\/ping\.v1\.PingService\/\w+: .*baseUrl/],
    ["grpc-web", 404, /status 404 for http:.*\/api\/ping\.v1\.PingService\/\w+: .*baseUrl/],
    ["connect", 415, /status 415 for .*\/api\/ping.*protocol: grpc\(\)/],
    ["grpc-web", 405, /status 405 for .*\/api\/ping.*protocol: grpc\(\)/],
    ["connect", 503, /status 503 for http/],
  ] as const)("names path and URL, and what is likely wrong: %s, %i", async (protocol, given, text) => {
    status = given;
    const transport = createNodeTransport({ baseUrl: `${baseUrl}/api`, protocol: protocols[protocol]() });
    const client = createPingServiceClient(transport);
    // HTTP/1.1 has no bidirectional calls.
    for (const [caller] of callers.slice(0, -1)) expect((await rejection(caller(client))).rawMessage).toMatch(text);
    transport.close?.();
  });
});
