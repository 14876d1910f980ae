// A process that is busy sees its timers before it sees what came in time.
import net, { type Socket } from "node:net";
import { expect, it } from "@jest/globals";
import { busy } from "../../testing/node/busy.js";
import { useCleanup } from "../../testing/node/cleanup.js";
import { sleep, until } from "../../testing/node/collector.js";
import { TestRouter } from "../../testing/node/echo-router.js";
import { data, endStream, preface, requestHead, settings, wireClient } from "../../testing/node/h2-wire.js";
import { serveRouter } from "../../testing/node/test-server.js";
import type { ServeOptions } from "./options.js";

const onCleanup = useCleanup();

async function start(options: Partial<ServeOptions>): Promise<number> {
  const server = await serveRouter(new TestRouter(), options);
  onCleanup(() => server.close());
  return server.port;
}

async function connect(port: number): Promise<{ readonly socket: Socket; text(): string }> {
  const socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
  onCleanup(() => socket.destroy());
  let text = "";
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
  });
  await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  return { socket, text: () => text };
}

const h1Head = "POST /test/a HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\n";

it.each([
  ["HTTP/1.1", "", `${h1Head}last`, "HTTP/1.1 200 OK"],
  ["HTTP/2", "", preface + settings().toString("latin1"), "\x00\x00\x00\x04\x01\x00\x00\x00\x00"],
  ["the rest of a preface", "PR", preface.slice(2) + settings().toString("latin1"), "\x00\x00\x00\x04\x01"],
])("a connection that began to speak in time is not given up: %s", async (_, before, said, answer) => {
  const client = await connect(await start({ headersTimeoutMs: 60 }));
  if (before !== "") client.socket.write(before, "latin1");
  await sleep(20);
  client.socket.write(said, "latin1");
  busy(80);
  await until(() => client.text().includes(answer));
});

it("a request over HTTP/1.1 that went on in time is not given up", async () => {
  const client = await connect(await start({ requestIdleTimeoutMs: 100 }));
  client.socket.write(h1Head);
  await sleep(60);
  client.socket.write("la");
  busy(150);
  await sleep(30);
  client.socket.write("st");
  await until(() => client.text().includes("last"));
});

it("a request over HTTP/2 that went on in time is not given up", async () => {
  const client = await wireClient(await start({ requestIdleTimeoutMs: 100 }));
  onCleanup(() => client.socket.destroy());
  client.socket.write(requestHead(1, 0, "/test/a"));
  await sleep(60);
  client.socket.write(data(1, "la"));
  busy(150);
  await sleep(30);
  client.socket.write(data(1, "st", endStream));
  await until(() => client.of(1).length === 3);
  expect(client.of(1)).toEqual(["HEADERS", "DATA:last", "HEADERS+END"]);
});
