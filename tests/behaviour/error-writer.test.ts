import http from "node:http";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { ConnectError, connect, grpc, grpcWeb } from "@connect-ts/runtime";
import { createFetchTransport, errorResponse } from "@connect-ts/runtime/fetch";
import { createNodeTransport, writeError } from "@connect-ts/runtime/node";
import { describe, expect, it } from "@jest/globals";
import { createPingServiceClient } from "../gen/src/ping/v1/ping_connect.js";
import { FailDetailSchema } from "../gen/src/ping/v1/ping_pb.js";
import { rejection } from "./helpers.js";

const refusal = (): ConnectError =>
  new ConnectError("permission_denied", "not you", { metadata: { "x-hint": "ask" } }).addDetail(FailDetailSchema, {
    reason: "blocked",
  });

describe("middleware can answer with an error that the client understands", () => {
  it.each([
    { version: "1.1", protocol: connect() },
    { version: "1.1", protocol: grpcWeb() },
    { version: "2", protocol: connect() },
    { version: "2", protocol: grpc() },
    { version: "2", protocol: grpcWeb() },
  ] as const)("on Node, $protocol.name over HTTP/$version", async ({ version, protocol }) => {
    const listener = (request: http.IncomingMessage, response: http.ServerResponse): void => {
      request.resume();
      expect(writeError(request, response, refusal())).toBe(true);
    };
    const server =
      version === "1.1"
        ? http.createServer(listener)
        : http2.createServer((req, res) => listener(req as never, res as never));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const transport = createNodeTransport({ baseUrl: `http://127.0.0.1:${port}`, http: version, protocol });
    const client = createPingServiceClient(transport);
    for (const call of [
      () => client.ping({}),
      () => client.sum([]),
      () => client.countUp({})[Symbol.asyncIterator]().next(),
    ]) {
      const error = await rejection(call());
      expect(error).toMatchObject({ code: "permission_denied", rawMessage: "not you" });
      expect(error.findDetails(FailDetailSchema)).toMatchObject([{ reason: "blocked" }]);
      expect(error.metadata.get("x-hint")).toBe("ask");
    }
    transport.close?.();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });

  it.each([connect(), grpcWeb()])("with fetch, $name", async (protocol) => {
    const transport = createFetchTransport({
      baseUrl: "http://fetch.test",
      protocol,
      fetch: async (input, init) => {
        const request = new Request(input, init);
        await request.arrayBuffer();
        return errorResponse(request, refusal()) ?? new Response();
      },
    });
    const client = createPingServiceClient(transport);
    for (const call of [() => client.ping({}), () => client.countUp({})[Symbol.asyncIterator]().next()]) {
      expect(await rejection(call())).toMatchObject({ code: "permission_denied", rawMessage: "not you" });
    }
  });

  it("hides what is not meant for the wire, and leaves other requests alone", async () => {
    const rpc = new Request("http://a/x.Y/Z", {
      method: "POST",
      body: "{}",
      headers: { "content-type": "application/json" },
    });
    const response = errorResponse(rpc, new Error("hunter2"));
    expect([response?.status, await response?.text()]).toEqual([500, '{"code":"internal"}']);
    expect(errorResponse(new Request("http://a/index.html"), refusal())).toBeUndefined();
  });
});
