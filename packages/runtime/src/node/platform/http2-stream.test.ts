import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { expect, it } from "@jest/globals";
import { useCleanup } from "../../testing/node/cleanup.js";
import { until } from "../../testing/node/collector.js";
import { requestHead, type WireClient, wireClient } from "../../testing/node/h2-wire.js";
import { dropForeignTrailers, resetStream } from "./http2-stream.js";

const onCleanup = useCleanup();

/** A request to a server of node:http2, and the frames that it sees. */
async function request(onStream: (stream: http2.ServerHttp2Stream) => void, compat = false): Promise<WireClient> {
  const server = http2.createServer(compat ? () => {} : undefined);
  server.on("stream", (stream) => {
    stream.on("error", () => {});
    onStream(stream);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  onCleanup(() => new Promise((resolve) => server.close(resolve)));
  const client = await wireClient((server.address() as AddressInfo).port);
  onCleanup(() => client.socket.destroy());
  client.socket.write(requestHead(1, 0, "/"));
  return client;
}

const half = (end: (stream: http2.ServerHttp2Stream) => void) => (stream: http2.ServerHttp2Stream) => {
  stream.respond({ ":status": 200 });
  stream.write("half");
  setTimeout(() => end(stream), 20);
};

it("resetStream() sends a reset, and no end of the body before it", async () => {
  const client = await request(half((stream) => resetStream(stream, 2)));
  await until(() => client.of(1).includes("RST:2"));
  expect(client.of(1)).toEqual(["HEADERS", "DATA:half", "RST:2"]);
});

it("resetStream() does so right after a write, too", async () => {
  const client = await request((stream) => {
    stream.respond({ ":status": 200 });
    stream.write("half");
    queueMicrotask(() => resetStream(stream, 2));
  });
  await until(() => client.of(1).includes("RST:2"));
  expect(client.of(1)).toEqual(["HEADERS", "DATA:half", "RST:2"]);
});

it("Node's close() ends the body before it resets, for which there is resetStream()", async () => {
  const client = await request(half((stream) => stream.close(2)));
  await until(() => client.of(1).includes("RST:2"));
  expect(client.of(1)).toEqual(["HEADERS", "DATA:half", "DATA:+END", "RST:2"]);
});

it("dropForeignTrailers() leaves the trailers to us, where Node has a response object on the stream", async () => {
  let seen: number | undefined;
  const client = await request((stream) => {
    seen = stream.listenerCount("wantTrailers");
    dropForeignTrailers(stream);
    stream.on("wantTrailers", () => stream.sendTrailers({ ours: "1" }));
    stream.respond({ ":status": 200 }, { waitForTrailers: true });
    stream.end("body");
  }, true);
  await until(() => client.of(1).includes("HEADERS+END"));
  expect(seen).toBe(1);
  expect(client.of(1).slice(0, 3)).toEqual(["HEADERS", "DATA:body", "HEADERS+END"]);
});
