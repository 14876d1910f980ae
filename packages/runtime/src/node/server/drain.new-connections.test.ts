// A drain beside the other tests of drains: it looks at what the system has and Node has not.
import { existsSync, readFileSync } from "node:fs";
import net from "node:net";
import { expect, it } from "@jest/globals";
import { useCleanup } from "../../testing/node/cleanup.js";
import { sleep, until } from "../../testing/node/collector.js";
import { echo, TestRouter } from "../../testing/node/echo-router.js";
import { data, endStream, preface, requestHead, settings } from "../../testing/node/h2-wire.js";
import { serveRouter } from "../../testing/node/test-server.js";

const onCleanup = useCleanup();

/** Sends a request on a connection of its own, and gives the first line of the answer, or why there is none. */
function request(port: number): Promise<string> {
  const socket = net.connect(port, "127.0.0.1");
  onCleanup(() => socket.destroy());
  socket.write("POST /test/a HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\nhi");
  return new Promise((resolve) => {
    socket.once("data", (chunk) => resolve(String(chunk).split("\r\n")[0] as string));
    socket.once("error", (error) => resolve(error.message));
  });
}

/** Keeps the process from its next turn until the system has made so many connections to a port. */
function holdUntilMade(port: number, count: number): void {
  const table = "/proc/net/tcp";
  const made = new RegExp(`^ *\\d+: \\w+:${port.toString(16).padStart(4, "0")} \\w+:\\w+ 01 `, "gim");
  const nobody = new Int32Array(new SharedArrayBuffer(4));
  for (let waited = 0; waited < 30_000; waited += 20) {
    if (existsSync(table) ? (readFileSync(table, "utf8").match(made) ?? []).length >= count : waited >= 200) return;
    Atomics.wait(nobody, 0, 0, 20);
  }
}

it("a drain answers on connections that the system has made and Node has not taken yet", async () => {
  const server = await serveRouter(new TestRouter(echo));
  onCleanup(() => server.close());
  const answers = Array.from({ length: 30 }, () => request(server.port));
  // The sockets connect in this tick, so that the server's process has had no turn to take them.
  await new Promise<void>((resolve) => process.nextTick(resolve));
  holdUntilMade(server.port, 30);
  const drained = server.drain({ graceMs: 30_000 });
  expect(new Set(await Promise.all(answers))).toEqual(new Set(["HTTP/1.1 200 OK"]));
  expect(await drained).toEqual({ finished: 30, cut: 0 });
});

it("a drain answers on a new HTTP/2 connection whose first request is on the way", async () => {
  const server = await serveRouter(new TestRouter(echo));
  onCleanup(() => server.close());
  const socket = net.connect(server.port, "127.0.0.1");
  onCleanup(() => socket.destroy());
  socket.on("error", () => {});
  let answer = "";
  socket.on("data", (chunk) => {
    answer += String(chunk);
  });
  socket.write(preface);
  await until(() => server.connections.all.size === 1);
  const drained = server.drain({ graceMs: 30_000, lingerMs: 2_000 });
  await sleep(30);
  socket.write(Buffer.concat([settings(), requestHead(1, 0, "/test/a"), data(1, "hello", endStream)]));
  expect(await drained).toEqual({ finished: 1, cut: 0 });
  expect(answer).toContain("hello");
});
