import net, { type AddressInfo } from "node:net";
import type { Transport } from "@connect-ts/runtime";
import { createFetchTransport } from "@connect-ts/runtime/fetch";
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import { describe, expect, it } from "@jest/globals";
import { createPingServiceClient, createPingServiceHandler } from "../gen/src/ping/v1/ping_connect.js";
import { rejection } from "./helpers.js";
import { kindsOfCalls } from "./kinds.js";
import { protocols } from "./pairs.js";
import { pingService } from "./ping-service.js";

const service = createPingServiceHandler(pingService());
const names = ["connect", "grpc-web"] as const;

interface Server {
  readonly port: number;
  close(): unknown;
}

async function listening(server: net.Server): Promise<Server> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

/** A server that answers whatever comes with the same bytes. */
function saying(answer: string): Promise<Server> {
  return listening(
    net.createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.end(answer));
    }),
  );
}

async function using<T>(
  starting: Promise<Server>,
  protocol: (typeof names)[number],
  fetch: boolean,
  test: (transport: Transport) => Promise<T>,
): Promise<void> {
  const server = await starting;
  const setup = {
    baseUrl: `http://127.0.0.1:${server.port}`,
    protocol: protocols[protocol](),
    allowHalfDuplexBidiOverHttp1: true,
  };
  const transport = fetch ? createFetchTransport(setup) : createNodeTransport({ ...setup, http: "1.1" });
  try {
    await test(transport);
  } finally {
    transport.close?.();
    await server.close();
  }
}

const headers = { "x-large": "a".repeat(70_000) };

describe.each(names)("request headers of 70 KB over HTTP/1.1, %s", (protocol) => {
  it("are refused by serve() with the limit", async () => {
    await using(serve({ handlers: service, host: "127.0.0.1" }), protocol, false, async (transport) => {
      const error = await rejection(createPingServiceClient(transport).ping({}, { headers }));
      expect(error).toMatchObject({
        code: "resource_exhausted",
        rawMessage: "the request's headers have more than 32768 bytes, and 16384 are allowed (maxHeaderBytes)",
      });
      expect((await createPingServiceClient(transport).ping({ number: 1n })).number).toBe(1n);
    });
  });

  it.each(kindsOfCalls)("are refused by serve() to each kind of call: $kind", async ({ run }) => {
    // So small that they come at once.
    const starting = serve({ handlers: service, host: "127.0.0.1", maxHeaderBytes: 1024 });
    await using(starting, protocol, false, async (transport) => {
      const error = await rejection(
        run(createPingServiceClient(transport), { headers: { "x-large": "a".repeat(4_000) } }),
      );
      expect(error).toMatchObject({
        code: "resource_exhausted",
        rawMessage: expect.stringContaining("maxHeaderBytes"),
      });
    });
  });

  it.each(kindsOfCalls)("that a server refuses by 431 alone are told with their size: $kind", async ({ run }) => {
    const answer = "HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n\r\n";
    await using(saying(answer), protocol, false, async (transport) => {
      const error = await rejection(run(createPingServiceClient(transport), { headers: { "x-large": "aaa" } }));
      // Neither specification has a code for 431: they all are "unknown".
      expect(error.code).toBe("unknown");
      expect(error.rawMessage).toContain("the server answered with HTTP status 431 for http://127.0.0.1:");
      expect(error.rawMessage).toMatch(
        /more than the server takes, or a proxy before it: those of the call have 42 bytes$/,
      );
    });
  });
});

describe.each(names)("response headers of 70 KB over HTTP/1.1, %s", (protocol) => {
  it.each(kindsOfCalls.flatMap((kind) => [40_000, 70_000].map((bytes) => ({ ...kind, bytes }))))(
    "of $bytes bytes are resource_exhausted for each kind of call: $kind",
    async ({ run, bytes }) => {
      const answer = `HTTP/1.1 200 OK\r\nx-large: ${"a".repeat(bytes)}\r\ncontent-length: 0\r\n\r\n`;
      await using(saying(answer), protocol, false, async (transport) => {
        expect(await rejection(run(createPingServiceClient(transport)))).toMatchObject({ code: "resource_exhausted" });
      });
    },
  );

  it.each([
    ["the client on node:http", false],
    ["fetch", true],
  ])("are resource_exhausted for %s", async (_, fetch) => {
    const answer = `HTTP/1.1 200 OK\r\nx-large: ${"a".repeat(70_000)}\r\ncontent-length: 0\r\n\r\n`;
    await using(saying(answer), protocol, fetch, async (transport) => {
      expect(await rejection(createPingServiceClient(transport).ping({}))).toMatchObject({
        code: "resource_exhausted",
        rawMessage: expect.stringMatching(
          /more bytes of header fields than the 16384 that are allowed|Headers Overflow/,
        ),
      });
    });
  });
});

describe.each(names)("a bidirectional call over HTTP/1.1, %s", (protocol) => {
  it("says that it needs HTTP/2 when the server answers 505", async () => {
    await using(serve({ handlers: service, host: "127.0.0.1" }), protocol, false, async (transport) => {
      const call = createPingServiceClient(transport).cumSum([{ number: 1n }]);
      const error = await rejection(call[Symbol.asyncIterator]().next());
      expect(error.code).toBe("unknown");
      expect(error.rawMessage).toMatch(
        /^the server answered with HTTP status 505 for .*\/CumSum: a call that sends and receives at the same time needs HTTP\/2 on the whole way, or allowHalfDuplexBidiOverHttp1 on both sides$/,
      );
    });
  });

  it("says so when the client knows", async () => {
    const transport = createNodeTransport({
      baseUrl: "http://127.0.0.1:1",
      http: "1.1",
      protocol: protocols[protocol](),
    });
    const error = await rejection(createPingServiceClient(transport).cumSum([])[Symbol.asyncIterator]().next());
    expect(error).toMatchObject({
      code: "unimplemented",
      rawMessage:
        'a call that sends and receives at the same time needs HTTP/2, and this is HTTP/1.1: set http: "2" on the transport, or allowHalfDuplexBidiOverHttp1 on both sides',
    });
    transport.close?.();
  });
});

it("a gRPC call over HTTP/1.1 says what to do", async () => {
  const transport = createNodeTransport({ baseUrl: "http://127.0.0.1:1", http: "1.1", protocol: protocols.grpc() });
  expect(await rejection(createPingServiceClient(transport).ping({}))).toMatchObject({
    code: "unimplemented",
    rawMessage:
      'gRPC needs HTTP/2, and this is HTTP/1.1: set http: "2" on the transport, or take connect() or grpcWeb()',
  });
  transport.close?.();
});

describe("bytes that are no HTTP/1.1", () => {
  it.each([
    ["a head that is no head", "GET / HTTP/1.1\r\nhost a\r\n\r\n", "400 Bad Request"],
    [
      "a head above twice the limit",
      `GET / HTTP/1.1\r\nx: ${"a".repeat(40_000)}`,
      "431 Request Header Fields Too Large",
    ],
  ])("are answered, and the connection ends: %s", async (_, bytes, status) => {
    const server = await serve({ handlers: service, host: "127.0.0.1" });
    const socket = net.connect(server.port, "127.0.0.1").on("error", () => {});
    socket.write(bytes);
    let text = "";
    for await (const chunk of socket) text += chunk;
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status}\r\nConnection: close\r\n`));
    await server.close();
  });
});
