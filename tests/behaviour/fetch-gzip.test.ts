import { type Compression, connect, grpcWeb } from "@connect-ts/runtime";
import { createFetchTransport, fetchHandler } from "@connect-ts/runtime/fetch";
import { gzip } from "@connect-ts/runtime/node";
import { describe, expect, it } from "@jest/globals";
import { createPingServiceClient, createPingServiceHandler } from "../gen/src/ping/v1/ping_connect.js";
import { rejection } from "./helpers.js";
import { pingService } from "./ping-service.js";

function clientOf(protocol: typeof connect | typeof grpcWeb, compressions?: readonly Compression[]) {
  const handler = fetchHandler([createPingServiceHandler(pingService())], { compressions, readMaxBytes: 100_000 });
  const transport = createFetchTransport({
    baseUrl: "http://fetch.test",
    protocol: protocol(),
    sendCompression: gzip(),
    compressMinBytes: 0,
    fetch: (input, init) => handler(new Request(input, init)),
    duplex: "full",
  });
  return createPingServiceClient(transport);
}

describe.each([
  ["connect", connect],
  ["grpc-web", grpcWeb],
] as const)("fetchHandler, %s", (_, protocol) => {
  it("takes requests in gzip without being told", async () => {
    const client = clientOf(protocol);
    expect(await client.ping({ text: "a".repeat(1000) })).toMatchObject({ text: "a".repeat(1000) });
    expect(await client.sum([{ number: 1n }, { number: 2n }])).toMatchObject({ sum: 3n });
  });

  it("and inflates no more than readMaxBytes", async () => {
    const error = await rejection(clientOf(protocol).ping({ text: "a".repeat(200_000) }));
    expect(error).toMatchObject({ code: "resource_exhausted" });
  });

  it("takes none where compressions is empty", async () => {
    const error = await rejection(clientOf(protocol, []).ping({ text: "a" }));
    expect(error).toMatchObject({ code: "unimplemented", rawMessage: expect.stringContaining('"gzip"') });
  });
});
