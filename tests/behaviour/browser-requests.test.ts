import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createPingServiceHandler } from "../gen/src/ping/v1/ping_connect.js";
import { type Running, servers } from "./http-servers.js";
import { pingService } from "./ping-service.js";

// What a page in another origin can make a browser send without asking first (Fetch, "CORS-safelisted request-header"):
// forms, beacons, images, links and fetch with mode "no-cors". None of it may run a handler.

const path = "/ping.v1.PingService/Ping";
const json = '{"text":"run"}';

/** Types that need no preflight, and what tries to look like ours. */
const types = [
  undefined,
  "",
  "text/plain",
  "text/plain;charset=UTF-8",
  "text/plain; application/json",
  "text/plain, application/json",
  "text/plain;,application/json",
  "text/plain;x=application/json",
  "application/x-www-form-urlencoded",
  "application/x-www-form-urlencoded;charset=UTF-8",
  "application/x-www-form-urlencoded; application/json",
  "application/x-www-form-urlencoded, application/proto",
  "multipart/form-data; boundary=x",
  'multipart/form-data; boundary="application/json"',
  "multipart/form-data",
  "application/octet-stream",
  "application/json+x",
  "application/jsonp",
  "application/json, text/plain",
  "application/json text/plain",
  "application/json; charset=utf-16",
  "application/json; boundary=x",
  "text/json",
  "application/x-json",
  "json",
  "*/*",
  "application/*",
  "application/x-protobuf",
  "application/protobuf",
  "image/svg+xml",
  "text/html",
  "application/connect+json",
];

const requests = [
  ...types.map((type) => ["POST", path, type, json] as const),
  ["GET", path, undefined, ""],
  ["GET", `${path}?text=run`, undefined, ""],
  ["GET", `${path}?encoding=json&message=%7B%7D&connect=v2`, undefined, ""],
  ["GET", `${path}?message=%7B%7D`, undefined, ""],
  ["GET", path, "application/json", ""],
  ["HEAD", `${path}?connect=v1&encoding=json&message=%7B%7D`, undefined, ""],
  ["GET", "/ping.v1.PingService/Sum?connect=v1&encoding=json&message=%7B%7D", undefined, ""],
  ["POST", `${path}?connect=v1&encoding=json&message=%7B%7D`, "text/plain", json],
] as const;

describe.each(servers)("%s does not run a handler for", (_, startServer) => {
  let server: Running;
  let ran = 0;

  beforeAll(async () => {
    const count = (): never => {
      ran++;
      throw new Error("a handler ran");
    };
    const service = createPingServiceHandler({ ...pingService(), ping: count, sum: count });
    server = await startServer([service], { onError() {} });
  });
  afterAll(() => server.close());

  it.each(requests)("%s %s of type %s", async (method, target, type, body) => {
    const headers: Record<string, string> = { referer: "https://evil.example/", origin: "https://evil.example" };
    if (type !== undefined) headers["content-type"] = type;
    const response = await server.send({ method, path: target, headers, ...(body === "" ? {} : { body: [body] }) });
    expect(ran).toBe(0);
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.headers["x-content-type-options"]).toBe("nosniff");
  });

  it("and runs it for our types", async () => {
    for (const type of ["application/json", "application/json; charset=utf-8", "application/proto;charset=utf-8"]) {
      const body = type.includes("json") ? json : "";
      await server.send({ method: "POST", path, headers: { "content-type": type }, body: [body] });
    }
    expect(ran).toBe(3);
  });
});
