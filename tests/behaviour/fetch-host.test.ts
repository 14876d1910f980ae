import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream as NodeReadableStream } from "node:stream/web";
import { connect, grpcWeb } from "@connect-ts/runtime";
import { cors, createFetchTransport, fetchHandler, fetchRequest } from "@connect-ts/runtime/fetch";
import { afterEach, describe, expect, it } from "@jest/globals";
import {
  createPingServiceClient,
  createPingServiceHandler,
  type PingServiceClient,
  type PingServiceHandler,
} from "../gen/src/ping/v1/ping_connect.js";
import { rejection, sleep, until } from "./helpers.js";
import { observed, pingService } from "./ping-service.js";

type Fetch = (request: Request) => Promise<Response>;

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A host for fetch handlers as frameworks on Node are: streams on both sides, and a signal for clients that leave. */
async function host(handler: Fetch): Promise<string> {
  const serve = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const gone = new AbortController();
    res.on("close", () => gone.abort());
    const body = req.method === "GET" ? null : (Readable.toWeb(req) as ReadableStream);
    const init = { method: req.method, headers: req.headers, body, duplex: "half", signal: gone.signal };
    const response = await handler(new Request(`http://${req.headers.host}${req.url}`, init as RequestInit));
    res.writeHead(response.status, [...response.headers].flat());
    res.flushHeaders();
    if (response.body === null) res.end();
    else await pipeline(Readable.fromWeb(response.body as NodeReadableStream), res);
  };
  const server = createServer((req, res) => void serve(req, res).catch(() => res.destroy()));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function ping(methods: Partial<PingServiceHandler> = {}): ReturnType<typeof createPingServiceHandler> {
  return createPingServiceHandler({ ...pingService(), ...methods });
}

async function start(
  methods: Partial<PingServiceHandler> = {},
  protocol = connect(),
): Promise<{ client: PingServiceClient; baseUrl: string }> {
  const baseUrl = await host(fetchHandler([ping(methods)]));
  return { client: createPingServiceClient(createFetchTransport({ baseUrl, protocol, duplex: "full" })), baseUrl };
}

const json = { "content-type": "application/json" };

describe.each([connect(), grpcWeb()])("fetch on both sides of HTTP/1.1: $name", (protocol) => {
  it("serves all four kinds, a conversation too", async () => {
    const { client } = await start({}, protocol);
    expect((await client.ping({ text: "hi" })).text).toBe("hi");
    expect((await client.sum([{ number: 1n }, { number: 2n }])).sum).toBe(3n);
    const counted: bigint[] = [];
    for await (const { number } of client.countUp({ number: 3n })) counted.push(number);
    expect(counted).toEqual([1n, 2n, 3n]);
    const talk = client.cumSum();
    await talk.send({ number: 1n });
    const sums: bigint[] = [];
    for await (const { sum } of talk) {
      sums.push(sum);
      if (sum < 3n) await talk.send({ number: 1n });
      else talk.closeSend();
    }
    expect(sums).toEqual([1n, 2n, 3n]);
  });

  it("moves messages of megabytes both ways", async () => {
    const { client } = await start({}, protocol);
    const data = new Uint8Array(3_000_000).fill(7);
    expect((await client.ping({ data })).data.length).toBe(data.length);
    let bytes = 0;
    for await (const { padding } of client.countUp({ number: 20n, padding: data.subarray(0, 500_000) })) {
      bytes += padding.length;
    }
    expect(bytes).toBe(10_000_000);
  });

  it("tells the handler when its client leaves the loop, or cancels before the answer", async () => {
    const seen = observed();
    const { client } = await start(pingService(seen), protocol);
    for await (const { number } of client.countUp({ number: 10_000_000n })) if (number === 3n) break;
    await until(() => seen.finished.length === 1);
    const call = client.ping({ delayMs: 10_000 });
    const failed = rejection(call);
    await sleep(50);
    call.cancel();
    expect((await failed).code).toBe("canceled");
    await until(() => seen.aborted.length === 1);
  });

  it("holds a handler back whose client does not read", async () => {
    let made = 0;
    const padding = new Uint8Array(64 * 1024);
    const { client } = await start(
      {
        async *countUp() {
          for (;;) yield { number: BigInt(++made), padding };
        },
      },
      protocol,
    );
    const stream = client.countUp({});
    await stream.headers;
    let before: number;
    do {
      before = made;
      await sleep(100);
    } while (made !== before);
    // Sockets, both ends' streams and our own buffers: some megabytes.
    expect(made).toBeLessThan(300);
    stream.cancel();
    await rejection(stream.trailers);
  });

  it("gives the messages before an error, then the error", async () => {
    const { client } = await start({}, protocol);
    const counted: bigint[] = [];
    const error = await rejection(
      (async () => {
        for await (const { number } of client.countUp({ number: 2n, failCode: 9 })) counted.push(number);
      })(),
    );
    expect([counted, error.code]).toEqual([[1n, 2n], "failed_precondition"]);
  });

  it("is unavailable when the connection dies in a stream", async () => {
    const { client } = await start(
      {
        async *countUp() {
          yield { number: 1n };
          setTimeout(() => servers[0]?.closeAllConnections(), 20);
          await sleep(80);
        },
      },
      protocol,
    );
    const counted: bigint[] = [];
    const error = await rejection(
      (async () => {
        for await (const { number } of client.countUp({})) counted.push(number);
      })(),
    );
    expect([counted, error.code]).toEqual([[1n], "unavailable"]);
  });
});

describe("fetchHandler with services", () => {
  it("answers gRPC with unimplemented and the reason", async () => {
    const response = await fetchHandler([ping()])(
      new Request("http://h.example/ping.v1.PingService/Ping", {
        method: "POST",
        headers: { "content-type": "application/grpc", te: "trailers" },
        body: new Uint8Array(5),
      }),
    );
    expect(response.status).toBe(200);
    expect(response.headers.get("grpc-status")).toBe("12");
    expect(decodeURIComponent(response.headers.get("grpc-message") ?? "")).toContain(
      "the protocol grpc needs HTTP trailers",
    );
  });

  it.each(["application/json", "application/connect+json", "application/grpc-web+proto"])(
    "answers a %s request whose body was parsed already, with a hint",
    async (contentType) => {
      const procedure = contentType === "application/connect+json" ? "CountUp" : "Ping";
      const request = new Request(`http://h.example/ping.v1.PingService/${procedure}`, {
        method: "POST",
        headers: { "content-type": contentType },
        body: "{}",
      });
      await request.text();
      const response = await fetchHandler([ping()], { onError: () => undefined })(request);
      const text = `${await response.text()} ${response.headers.get("grpc-message")}`;
      expect(decodeURIComponent(text)).toContain("mount the RPC handler before whatever parses bodies");
    },
  );

  it("is a pair of a path and a handler for one service", async () => {
    const [path, handler] = fetchHandler(ping());
    expect(path).toBe("/ping.v1.PingService/");
    expect(handler.paths).toEqual([path]);
    expect(fetchHandler([ping()]).paths).toEqual([path]);
  });

  it("shows handlers the request, the client's address and its query", async () => {
    const facts: unknown[] = [];
    const handler = fetchHandler(
      [
        ping({
          ping: (_request, context) => {
            facts.push(fetchRequest(context)?.headers.get("x-a"), context.peer.address, context.peer.query?.get("q"));
            return {};
          },
        }),
      ],
      { address: (_request, info: { readonly ip: string }) => info.ip },
    );
    const request = new Request("http://h.example/ping.v1.PingService/Ping?q=1", {
      method: "POST",
      headers: { ...json, "x-a": "b" },
      body: "{}",
    });
    expect((await handler(request, { ip: "203.0.113.7" })).status).toBe(200);
    expect(facts).toEqual(["b", "203.0.113.7", "1"]);
    expect(fetchRequest({ request: {} })).toBeUndefined();
  });

  it("survives a client that leaves in the middle of its request", async () => {
    const outcome: unknown[] = [];
    const handler = fetchHandler([
      ping({
        sum: async (requests) => {
          try {
            for await (const _ of requests) outcome.push("message");
            outcome.push("end");
          } catch (error) {
            outcome.push((error as { code: string }).code);
            throw error;
          }
          return { sum: 0n };
        },
      }),
    ]);
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new Uint8Array([0, 0, 0, 0, 0]));
      },
      pull(controller) {
        controller.error(new Error("connection reset"));
      },
    });
    const response = await handler(
      new Request("http://h.example/ping.v1.PingService/Sum", {
        method: "POST",
        headers: { "content-type": "application/connect+proto" },
        body,
        duplex: "half",
      } as RequestInit),
    );
    await response.text();
    // A stream's error overtakes what it holds: the message may be seen or not, the end never.
    expect(outcome.filter((what) => what !== "message")).toEqual(["canceled"]);
  });

  it("does not let a form of another site call, behind cors()", async () => {
    let calls = 0;
    const handler = fetchHandler([
      ping({
        ping: () => {
          calls++;
          return {};
        },
      }),
    ]);
    const guarded = cors({ origin: "https://app.example.com" }).wrap(handler);
    const call = (headers: { [name: string]: string }): Promise<Response> =>
      guarded(new Request("https://api.example.com/ping.v1.PingService/Ping", { method: "POST", headers, body: "{}" }));
    const form = { "content-type": "application/x-www-form-urlencoded", origin: "https://evil.example" };
    expect((await call(form)).status).toBe(403);
    expect(calls).toBe(0);
    const allowed = await call({ ...json, origin: "https://app.example.com" });
    expect([allowed.status, allowed.headers.get("access-control-allow-origin")]).toEqual([
      200,
      "https://app.example.com",
    ]);
    expect(calls).toBe(1);
  });
});

describe("a host that has a limit of its own on requests", () => {
  it("breaks a large one off, and the client is told whose limit it is", async () => {
    const handler = fetchHandler([createPingServiceHandler(pingService())]);
    const fetch = async (url: string, init: RequestInit): Promise<Response> => {
      const tooLarge = Object.assign(new Error("Payload Too Large"), { status: 413 });
      const body = new ReadableStream({ start: (controller) => controller.error(tooLarge) });
      return handler(new Request(url, { ...init, body, duplex: "half" } as RequestInit));
    };
    const client = createPingServiceClient(createFetchTransport({ baseUrl: "http://a", fetch }));
    const expected = {
      code: "resource_exhausted",
      rawMessage:
        "the request is larger than the server's host takes: raise its limit, such as BODY_SIZE_LIMIT of SvelteKit",
    };
    expect(await rejection(client.ping({ text: "large" }))).toMatchObject(expected);
    expect(await rejection(client.sum([{ number: 1n }]))).toMatchObject(expected);
  });
});
