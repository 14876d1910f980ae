import { once } from "node:events";
import net from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import { type Server, serve } from "./serve.js";

let server: Server | undefined;

afterEach(async () => {
  await server?.close();
});

/** Sends a request whose body is `size` bytes, and reads only once all of it is written, or cannot be. */
async function writeThenRead(port: number, size: number): Promise<{ text: string; failure: string | undefined }> {
  const socket = net.connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.pause();
  let text = "";
  let failure: string | undefined;
  socket.on("error", (error) => {
    failure = (error as NodeJS.ErrnoException).code;
  });
  socket.write(`POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${size}\r\n\r\n`);
  const half = Buffer.alloc(size / 2, 0x20);
  socket.write(half);
  await new Promise((resolve) => setTimeout(resolve, 50));
  socket.write(half);
  await new Promise((resolve) => setTimeout(resolve, 50));
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
  });
  socket.resume();
  await new Promise((resolve) => socket.once("close", resolve));
  return { text, failure };
}

describe("an HTTP/1.1 request that is refused before its body came", () => {
  it("is answered to a client that writes all of it before it reads", async () => {
    server = await serve({ handlers: [], host: "127.0.0.1" });
    const { text, failure } = await writeThenRead(server.port, 60_000);
    expect(failure).toBeUndefined();
    expect(text).toMatch(/^HTTP\/1\.1 404 /);
    expect(text).toMatch(/\r\nconnection: close\r\n/i);
    expect(text).toMatch(/\r\n\r\nnot found\n$/);
  });

  it.each([
    ["an RPC's head is too large", 1500, "Content-Type: application/grpc-web+proto", /\r\ngrpc-status: 8\r\n/],
    ["its head is too large", 1500, "Accept: */*", /^HTTP\/1\.1 431 /],
    ["its head is too large for Node", 5000, "Accept: */*", /^HTTP\/1\.1 431 /],
    ["it is no HTTP", 1, "bad header", /^HTTP\/1\.1 400 /],
  ])("may go on for a while after its answer, when %s", async (_, length, line, answer) => {
    server = await serve({ handlers: [], host: "127.0.0.1", maxHeaderBytes: 1280 });
    const socket = net.connect({ port: server.port, host: "127.0.0.1", allowHalfOpen: true });
    let failure: unknown;
    socket.on("error", (error) => {
      failure = error;
    });
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
    });
    const long = `X-Long: ${"l".repeat(length)}`;
    socket.write(`POST /nowhere HTTP/1.1\r\nHost: localhost\r\n${line}\r\n${long}\r\nContent-Length: 100\r\n\r\n`);
    await once(socket, "end");
    expect(text).toMatch(answer);
    // A connection that is closed answers the first with a reset, which the second meets.
    for (let i = 0; i < 3; i++) {
      socket.write("x");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(failure).toBeUndefined();
    socket.destroy();
  });

  it("is answered when there is more of it than the server reads", async () => {
    server = await serve({ handlers: [], host: "127.0.0.1" });
    const socket = net.connect({ port: server.port, host: "127.0.0.1", allowHalfOpen: true });
    socket.on("error", () => {});
    await once(socket, "connect");
    const size = 64_000_000;
    socket.write(`POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${size}\r\n\r\n`);
    socket.write(Buffer.alloc(size / 2));
    socket.resume();
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.toString("latin1")).toMatch(/^HTTP\/1\.1 404 /);
    // The server takes no more of the rest, and does not wait for it for ever.
    const start = Date.now();
    await new Promise((resolve) => socket.once("close", resolve));
    expect(Date.now() - start).toBeLessThan(30_000);
    expect(socket.bytesWritten).toBeLessThan(size);
  });
});
