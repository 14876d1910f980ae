import http from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "@jest/globals";
import { flushHead } from "./outgoing-head.js";

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
