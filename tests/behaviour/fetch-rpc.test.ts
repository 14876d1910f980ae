import { binary, type Codec, json } from "@connect-ts/runtime";
import { createFetchRpc, type FetchRpcOptions, fetchHandler } from "@connect-ts/runtime/fetch";
import { describe, expect, it } from "@jest/globals";
import { createPingServiceHandler, pingServiceSpecs } from "../gen/src/ping/v1/ping_connect.js";
import { FailDetailSchema } from "../gen/src/ping/v1/ping_pb.js";
import { rejection } from "./helpers.js";
import { pingService } from "./ping-service.js";

const handler = fetchHandler([createPingServiceHandler(pingService())]);

function options(codec: Codec): FetchRpcOptions {
  return { baseUrl: "http://host.example/", codec, fetch: (url, init) => handler(new Request(url, init)) };
}

describe.each([binary(), json()])("an RPC as a function against a handler: $name", (codec) => {
  it("gives the response", async () => {
    const ping = createFetchRpc(pingServiceSpecs.ping, options(codec));
    expect(await ping({ number: 7n, text: "hi" })).toMatchObject({ number: 7n, text: "hi" });
  });

  it("throws what the handler threw", async () => {
    const fail = createFetchRpc(pingServiceSpecs.fail, options(codec));
    const error = await rejection(fail({ code: 5, message: "gone", detail: "because" }));
    expect([error.code, error.rawMessage, error.metadata.get("x-reason")]).toEqual(["not_found", "gone", "asked-for"]);
    expect(error.findDetails(FailDetailSchema)).toMatchObject([{ reason: "because" }]);
  });

  it("tells the handler its deadline and ends at it", async () => {
    const ping = createFetchRpc(pingServiceSpecs.ping, { ...options(codec), timeoutMs: 20 });
    expect((await rejection(ping({ delayMs: 60_000 }))).code).toBe("deadline_exceeded");
  });
});
