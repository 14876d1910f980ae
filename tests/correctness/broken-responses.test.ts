import http from "node:http";
import http2, { type ServerHttp2Stream } from "node:http2";
import net from "node:net";
import { create, toBinary } from "@bufbuild/protobuf";
import type { Transport } from "@connect-ts/runtime";
import { createNodeTransport } from "@connect-ts/runtime/node";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { rejection } from "../behaviour/helpers.js";
import { type Protocol, protocols } from "../behaviour/pairs.js";
import { createPingServiceClient, type PingServiceClient } from "../gen/src/ping/v1/ping_connect.js";
import { CountUpResponseSchema, PingResponseSchema } from "../gen/src/ping/v1/ping_pb.js";

/** A response as a server writes it by hand. */
interface Answer {
  readonly status?: number;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: readonly Uint8Array[];
  readonly trailers?: { readonly [name: string]: string };
  /** Break off after the body: the stream by an error code, or the whole connection. */
  readonly reset?: number | "connection";
}

function envelope(flags: number, payload: Uint8Array | string): Uint8Array {
  const bytes = Buffer.from(payload);
  const prefix = Buffer.alloc(5);
  prefix[0] = flags;
  prefix.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([prefix, bytes]);
}

const message = envelope(0, toBinary(CountUpResponseSchema, create(CountUpResponseSchema, { number: 7n })));
const unaryMessage = toBinary(PingResponseSchema, create(PingResponseSchema, { number: 7n }));

const contentTypes = {
  connect: { unary: "application/proto", stream: "application/connect+proto" },
  grpc: { unary: "application/grpc", stream: "application/grpc" },
  "grpc-web": { unary: "application/grpc-web+proto", stream: "application/grpc-web+proto" },
} as const;

/** The regular end of a stream, as each protocol writes it. */
const goodEnd: { readonly [Name in Protocol]: Answer } = {
  connect: { body: [envelope(2, "{}")] },
  grpc: { trailers: { "grpc-status": "0" } },
  "grpc-web": { body: [envelope(0x80, "grpc-status: 0\r\n")] },
};

let answer: Answer = {};
const transports: Transport[] = [];

describe.each(["1.1", "2"] as const)("over HTTP/%s", (version) => {
  let server: http.Server | http2.Http2Server;
  let port = 0;
  beforeAll(async () => {
    if (version === "1.1") {
      server = http.createServer((request, response) => {
        request.resume();
        response.writeHead(answer.status ?? 200, answer.headers);
        for (const part of answer.body ?? []) response.write(part);
        if (answer.reset !== undefined) {
          // What was written arrives before the connection dies.
          response.flushHeaders();
          setTimeout(() => request.socket.destroy(), 20);
        } else response.end();
      });
    } else {
      server = http2.createServer();
      server.on("stream", (stream: ServerHttp2Stream) => {
        stream.on("error", () => undefined);
        stream.resume();
        const { trailers } = answer;
        if (answer.headers !== undefined) {
          stream.respond(
            { ":status": answer.status ?? 200, ...answer.headers },
            { waitForTrailers: trailers !== undefined },
          );
          stream.on("wantTrailers", () => stream.sendTrailers({ ...trailers }));
        }
        for (const part of answer.body ?? []) stream.write(part);
        if (answer.reset === "connection") setTimeout(() => stream.session?.destroy(), 20);
        else if (answer.reset !== undefined) {
          const code = answer.reset;
          setTimeout(() => {
            // close() alone would end the stream cleanly before it resets it.
            stream._final = (callback) => callback();
            stream.close(code);
          }, 20);
        } else stream.end();
      });
    }
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    port = (server.address() as net.AddressInfo).port;
  });
  afterEach(() => {
    for (const transport of transports.splice(0)) transport.close?.();
  });
  afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

  const names = (version === "2" ? ["connect", "grpc", "grpc-web"] : ["connect", "grpc-web"]) as Protocol[];
  const clientOf = (protocol: Protocol): PingServiceClient => {
    const transport = createNodeTransport({
      baseUrl: `http://127.0.0.1:${port}`,
      protocol: protocols[protocol](),
      http: version,
      readMaxBytes: 1024,
    });
    transports.push(transport);
    return createPingServiceClient(transport);
  };
  async function readAll(client: PingServiceClient): Promise<bigint[]> {
    const got: bigint[] = [];
    for await (const { number } of client.countUp({}, { timeoutMs: 2000 })) got.push(number);
    return got;
  }

  describe.each(names)("%s", (protocol) => {
    const headers = { "content-type": contentTypes[protocol].stream };
    const end = goodEnd[protocol];
    const whole: Answer = {
      headers,
      body: [message, ...(end.body ?? [])],
      ...(end.trailers ? { trailers: end.trailers } : {}),
    };

    it("a whole stream is read (the other cases differ from it in one thing)", async () => {
      answer = whole;
      expect(await readAll(clientOf(protocol))).toEqual([7n]);
    });

    it("a body that ends cleanly without end of stream or status is internal", async () => {
      answer = { headers, body: [message] };
      expect(await rejection(readAll(clientOf(protocol)))).toMatchObject({ code: "internal" });
      answer = { headers, body: [] };
      expect((await rejection(readAll(clientOf(protocol)))).code).toBe("internal");
    });

    it("a body that ends cleanly in the middle of a message is internal", async () => {
      answer = { headers, body: [message.subarray(0, 3)] };
      expect(await rejection(readAll(clientOf(protocol)))).toMatchObject({ code: "internal" });
      answer = { headers, body: [message, message.subarray(0, 6)] };
      expect(await rejection(readAll(clientOf(protocol)))).toMatchObject({ code: "internal" });
    });

    it("a connection that dies is unavailable, its messages are still read", async () => {
      answer = { headers, body: [message], reset: "connection" };
      const got: bigint[] = [];
      const error = await rejection(
        (async () => {
          for await (const { number } of clientOf(protocol).countUp({})) got.push(number);
        })(),
      );
      expect(error).toMatchObject({ code: "unavailable", isRemote: false });
      expect(got).toEqual([7n]);
      answer = { reset: "connection", ...(version === "1.1" ? { headers } : {}) };
      expect((await rejection(readAll(clientOf(protocol)))).code).toBe("unavailable");
    });

    if (protocol !== "grpc") {
      it("a cut after the last needed byte is no failure", async () => {
        answer = { ...whole, reset: "connection" };
        expect(await readAll(clientOf(protocol))).toEqual([7n]);
      });

      it("bytes after the end of the stream are an error", async () => {
        answer = { ...whole, body: [...(whole.body ?? []), message] };
        const error = await rejection(readAll(clientOf(protocol)));
        expect(error.code).toBe("internal");
        expect(error.rawMessage).toMatch(/extra bytes/);
      });
    }

    it("a message above the limit is resource_exhausted by its prefix alone", async () => {
      answer = { headers, body: [Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 1])] };
      expect(await rejection(readAll(clientOf(protocol)))).toMatchObject({ code: "resource_exhausted" });
    });

    it("a message that does not decode is internal", async () => {
      answer = { ...whole, body: [envelope(0, Buffer.from([0xff, 0xff])), ...(end.body ?? [])] };
      expect(await rejection(readAll(clientOf(protocol)))).toMatchObject({ code: "internal" });
    });

    it("a message flagged as compressed without a compression is internal", async () => {
      answer = { ...whole, body: [envelope(1, "abc"), ...(end.body ?? [])] };
      expect(await rejection(readAll(clientOf(protocol)))).toMatchObject({ code: "internal" });
    });

    it.each([
      [400, "internal"],
      [401, "unauthenticated"],
      [403, "permission_denied"],
      [404, "unimplemented"],
      [429, "unavailable"],
      [500, "unknown"],
      [502, "unavailable"],
      [503, "unavailable"],
      [504, "unavailable"],
    ])("HTTP status %d without an RPC's error is %s", async (status, code) => {
      answer = { status, headers: { "content-type": "text/html" }, body: [Buffer.from("<p>no</p>")] };
      expect(await rejection(readAll(clientOf(protocol)))).toMatchObject({ code });
      expect(await rejection(clientOf(protocol).ping({}))).toMatchObject({ code });
    });

    it("two messages where one is expected are unimplemented, and so is none", async () => {
      const unary = { "content-type": contentTypes[protocol].unary };
      if (protocol !== "connect") {
        const trailers = end.trailers ? { trailers: end.trailers } : {};
        answer = { headers: unary, body: [message, message, ...(end.body ?? [])], ...trailers };
        expect(await rejection(clientOf(protocol).ping({}))).toMatchObject({ code: "unimplemented" });
        answer = { headers: unary, body: [...(end.body ?? [])], ...trailers };
        expect(await rejection(clientOf(protocol).ping({}))).toMatchObject({ code: "unimplemented" });
      }
      answer = { ...whole, body: [message, message, ...(end.body ?? [])] };
      expect(await rejection(clientOf(protocol).sum([]))).toMatchObject({ code: "unimplemented" });
      answer = { ...whole, body: [...(end.body ?? [])] };
      expect(await rejection(clientOf(protocol).sum([]))).toMatchObject({ code: "unimplemented" });
    });

    it("an unread failed call is no unhandled rejection", async () => {
      answer = { status: 503, headers: { "content-type": "text/plain" } };
      const client = clientOf(protocol);
      void client.ping({});
      void client.sum([]);
      client.sum();
      client.countUp({});
      const stream = client.cumSum();
      void stream.send({ number: 1n });
      void stream.headers;
      void stream.trailers;
      await new Promise((resolve) => setTimeout(resolve, 100));
    });
  });

  if (version === "2") {
    // gRPC over HTTP/2, "HTTP2 Transport Mapping": errors; RFC 9113 section 7 has the codes.
    const codes = [
      "internal",
      "internal",
      "internal",
      "internal",
      "internal",
      "internal",
      "internal",
      "unavailable",
      "canceled",
      "internal",
      "internal",
      "resource_exhausted",
      "permission_denied",
      "internal",
    ];
    const moments: readonly { readonly name: string; readonly answer: Answer }[] = [
      { name: "before the head", answer: {} },
      { name: "after the head", answer: { headers: { "content-type": "application/grpc" } } },
      { name: "after a message", answer: { headers: { "content-type": "application/grpc" }, body: [message] } },
    ];
    describe.each(moments)("RST_STREAM $name", (moment) => {
      it.each(codes.map((code, reset) => ({ reset, code })))("with code $reset is $code", async ({ reset, code }) => {
        answer = { ...moment.answer, reset };
        const error = await rejection(readAll(clientOf("grpc")));
        expect(error.code).toBe(code);
      });
    });
  }

  it("a unary Connect response that is cut short is unavailable", async () => {
    answer = {
      headers: { "content-type": "application/proto", ...(version === "1.1" ? { "content-length": "100" } : {}) },
      body: [unaryMessage],
      reset: "connection",
    };
    expect(await rejection(clientOf("connect").ping({}))).toMatchObject({ code: "unavailable" });
  });
});

describe("a connection cut at any byte of the response", () => {
  const cases = [
    { version: "1.1", protocol: "connect" },
    { version: "1.1", protocol: "grpc-web" },
    { version: "2", protocol: "connect" },
    { version: "2", protocol: "grpc" },
    { version: "2", protocol: "grpc-web" },
  ] as const;
  it.each(cases)(
    "$protocol over HTTP/$version is never a wrong success",
    async ({ version, protocol }) => {
      const { serve } = await import("@connect-ts/runtime/node");
      const { createPingServiceHandler } = await import("../gen/src/ping/v1/ping_connect.js");
      const { pingService } = await import("../behaviour/ping-service.js");
      const server = await serve({ handlers: createPingServiceHandler(pingService()), host: "127.0.0.1" });
      let limit = Number.POSITIVE_INFINITY;
      let passed = 0;
      let how: "end" | "destroy" = "end";
      const proxy = net.createServer((client) => {
        const upstream = net.connect(server.port, "127.0.0.1");
        for (const socket of [client, upstream]) socket.on("error", () => undefined);
        client.pipe(upstream);
        client.on("close", () => upstream.destroy());
        upstream.on("close", () => client.destroy());
        upstream.on("data", (chunk: Buffer) => {
          const part = chunk.subarray(0, Math.max(0, limit - passed));
          passed += part.length;
          client.write(part);
          if (passed >= limit) {
            upstream.removeAllListeners("data").resume();
            if (how === "end") client.end();
            else client.resetAndDestroy();
          }
        });
      });
      await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
      const call = async (offset: number, kind: "unary" | "stream"): Promise<string> => {
        limit = offset;
        passed = 0;
        const transport = createNodeTransport({
          baseUrl: `http://127.0.0.1:${(proxy.address() as net.AddressInfo).port}`,
          http: version,
          protocol: protocols[protocol](),
        });
        const client = createPingServiceClient(transport);
        try {
          if (kind === "unary") {
            expect(await client.ping({ number: 5n, text: "whole" }, { timeoutMs: 5000 })).toMatchObject({
              number: 5n,
              text: "whole",
            });
          } else {
            const got: bigint[] = [];
            for await (const { number } of client.countUp({ number: 3n }, { timeoutMs: 5000 })) got.push(number);
            expect(got).toEqual([1n, 2n, 3n]);
          }
          return "ok";
        } catch (error) {
          return (error as { code?: string }).code ?? String(error);
        } finally {
          transport.close?.();
        }
      };
      try {
        for (const kind of ["unary", "stream"] as const) {
          expect(await call(Number.POSITIVE_INFINITY, kind)).toBe("ok");
          const size = passed;
          const outcomes = new Set<string>();
          for (how of ["end", "destroy"] as const) {
            for (let offset = 1; offset < size; offset += 5) outcomes.add(await call(offset, kind));
          }
          outcomes.delete("ok");
          expect([...outcomes]).toEqual(["unavailable"]);
        }
      } finally {
        proxy.close();
        await server.close();
      }
    },
    60_000,
  );
});
