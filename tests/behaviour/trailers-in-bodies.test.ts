import { connect, grpcWeb } from "@connect-ts/runtime";
import { createFetchTransport } from "@connect-ts/runtime/fetch";
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import { describe, expect, it } from "@jest/globals";
import { createPingServiceClient, createPingServiceHandler } from "../gen/src/ping/v1/ping_connect.js";
import { pingService } from "./ping-service.js";

/** A stream that ends with as many trailers as its request says. */
const handler = createPingServiceHandler({
  ...pingService(),
  async *countUp({ number }, context) {
    for (let i = 0; i < Number(number); i++) context.responseTrailers.set(`t-${i}`, "v");
    yield { number };
  },
});

describe.each([
  ["Connect", connect],
  ["gRPC-Web", grpcWeb],
])("trailers in the body of a response, %s", (_name, protocol) => {
  it.each(["node, HTTP/1.1", "node, HTTP/2", "fetch"])("have the limits of headers: %s", async (client) => {
    const server = await serve({
      handlers: handler,
      host: "127.0.0.1",
      sendMaxHeaderBytes: 65_536,
      sendMaxHeaderPairs: 1_000,
    });
    const options = { baseUrl: `http://127.0.0.1:${server.port}`, protocol: protocol() };
    const transport =
      client === "fetch"
        ? createFetchTransport(options)
        : createNodeTransport({ ...options, http: client === "node, HTTP/2" ? "2" : "1.1" });
    try {
      const ping = createPingServiceClient(transport);
      await expect(ended(ping.countUp({ number: 100n }))).resolves.toBe(100);
      await expect(ended(ping.countUp({ number: 129n }))).rejects.toMatchObject({
        code: "resource_exhausted",
        rawMessage: "the response's trailers have more than 128 pairs (maxHeaderPairs)",
      });
      await expect(ended(ping.countUp({ number: 1n }))).resolves.toBe(1);
    } finally {
      transport.close?.();
      await server.close();
    }
  });

  it("have the limits that the transport gives", async () => {
    const server = await serve({
      handlers: handler,
      host: "127.0.0.1",
      sendMaxHeaderBytes: 65_536,
      sendMaxHeaderPairs: 1_000,
    });
    const options = { baseUrl: `http://127.0.0.1:${server.port}`, protocol: protocol() };
    const generous = createNodeTransport({ ...options, maxHeaderPairs: 200 });
    const strict = createNodeTransport({ ...options, maxHeaderBytes: 1_000 });
    try {
      await expect(ended(createPingServiceClient(generous).countUp({ number: 150n }))).resolves.toBe(150);
      await expect(ended(createPingServiceClient(strict).countUp({ number: 125n }))).rejects.toMatchObject({
        code: "resource_exhausted",
        rawMessage: "the response's trailers have more than 1000 bytes (maxHeaderBytes)",
      });
    } finally {
      generous.close?.();
      strict.close?.();
      await server.close();
    }
  });
});

/** Reads a stream to its end, and counts its own trailers. */
async function ended(
  stream: AsyncIterable<unknown> & { readonly trailers: Promise<{ keys(): Iterable<string> }> },
): Promise<number> {
  for await (const _ of stream);
  return [...(await stream.trailers).keys()].filter((name) => name.startsWith("t-")).length;
}
