import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { expect, it } from "@jest/globals";
import { endRequestWith, flushHead } from "./outgoing-head.js";

it.each([["caf\u00e9"], ["plain"]])("a head that is sent before its body arrives as it was, with %s", async (value) => {
  const heard: unknown[] = [];
  const server = http.createServer((request, response) => {
    heard.push(request.headers["x-text"]);
    response.writeHead(200, ["x-text", value]);
    flushHead(response, [value]);
    request.on("end", () => response.end()).resume();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const request = http.request({ port, host: "127.0.0.1", method: "POST", headers: ["host", "a", "x-text", value] });
  flushHead(request, [value]);
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    request.on("response", resolve);
    request.on("error", reject);
  });
  heard.push(response.headers["x-text"]);
  request.end();
  await new Promise((resolve) => response.on("end", resolve).resume());
  server.close();
  expect(heard).toEqual([value, value]);
});

it("a request that ends with its body is one write, and finishes", async () => {
  const bodies: string[] = [];
  const server = http.createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString("latin1");
    });
    request.on("end", () => {
      bodies.push(body);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const writes: unknown[] = [];
  const connect = (): net.Socket => {
    const socket = net.connect(port, "127.0.0.1");
    const { _write } = socket;
    Object.assign(socket, {
      _write(...args: Parameters<typeof _write>) {
        writes.push(args[0]);
        _write.apply(socket, args);
      },
      _writev: undefined,
    });
    return socket;
  };
  for (const headers of [{ "content-length": 5 }, { "transfer-encoding": "chunked" }]) {
    const request = http.request({ createConnection: connect, method: "POST", headers });
    const finished = new Promise((resolve) => request.once("finish", resolve));
    endRequestWith(request, "hello");
    await finished;
    await new Promise((resolve) => request.once("response", (response) => response.on("end", resolve).resume()));
  }
  server.close();
  expect(bodies).toEqual(["hello", "hello"]);
  expect(writes[0]).toMatch(/^POST [\s\S]*\r\n\r\nhello$/);
  expect(writes[1]).toMatch(/^POST /);
});
