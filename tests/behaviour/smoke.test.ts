import { describe, expect, it } from "@jest/globals";
import { connect, grpc, grpcWeb, json } from "@connect-ts/runtime";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import { createPingServiceClient, createPingServiceHandler } from "../gen/src/ping/v1/ping_connect.js";
import { pingService } from "./ping-service.js";

describe.each([connect(), grpc(), grpcWeb()])("smoke $name", (protocol) => {
  const transport = createInProcessTransport(createPingServiceHandler(pingService()), { protocol, codec: json() });
  const client = createPingServiceClient(transport);
  it("unary", async () => {
    const r = await client.ping({ number: 3n, text: "hi" }, { headers: { "x-echo": "a" } }).response;
    expect(r.message.number).toBe(3n);
    expect(r.headers.get("x-echo")).toBe("a");
  });
  it("fail", async () => {
    await expect(client.fail({ code: 5, message: "no", detail: "d" })).rejects.toMatchObject({ code: "not_found", rawMessage: "no" });
  });
  it("sum", async () => {
    expect((await client.sum([{ number: 1n }, { number: 2n }])).sum).toBe(3n);
    const s = client.sum();
    await s.send({ number: 5n });
    s.closeSend();
    expect((await s.response).message.sum).toBe(5n);
  });
  it("countUp", async () => {
    const got: bigint[] = [];
    for await (const { number } of client.countUp({ number: 5n })) got.push(number);
    expect(got).toEqual([1n, 2n, 3n, 4n, 5n]);
  });
  it("cumSum", async () => {
    const s = client.cumSum();
    const got: bigint[] = [];
    await s.send({ number: 1n });
    for await (const { sum } of s) {
      got.push(sum);
      if (sum < 5n) await s.send({ number: 2n });
      else s.closeSend();
    }
    expect(got).toEqual([1n, 3n, 5n]);
  });
});
