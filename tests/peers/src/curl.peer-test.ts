import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { runCommand } from "./command.js";
import { type CurlResponse, curl, parseResponse, quietMs } from "./curl.js";
import { ourServer } from "./ours.js";
import type { Server } from "./peer.js";
import { runPairs } from "./run-pairs.js";

runPairs([
  {
    client: curl,
    server: ourServer,
    wire: { protocol: "connect", codec: "json", http: "1.1" },
    lacks: { bidi: "HTTP/1.1 is half duplex" },
  },
  { client: curl, server: ourServer, wire: { protocol: "connect", codec: "json", http: "2" } },
]);

describe.each(["--http1.1", "--http2-prior-knowledge"])("curl by hand, %s", (http) => {
  let server: Server;
  beforeAll(async () => {
    server = await ourServer().serve({ protocol: "connect", codec: "json", http: "1.1" }, false);
  });
  afterAll(() => server.close());

  async function run(path: string, ...args: string[]): Promise<CurlResponse> {
    const url = `${server.url}/ping.v1.PingService/${path}`;
    const running = runCommand("curl", ["--silent", "--show-error", "--include", http, ...args, url], { quietMs });
    running.endInput();
    return parseResponse((await running.ended).stdout);
  }

  it("calls a unary RPC with --json and nothing else", async () => {
    const { status, headers, body } = await run("Ping", "--json", '{"text":"hi"}');
    expect([status, headers["content-type"], JSON.parse(`${body}`)]).toEqual([200, "application/json", { text: "hi" }]);
  });

  it("calls an RPC without side effects with GET and a query", async () => {
    const message = encodeURIComponent('{"text":"hi & bye"}');
    const { status, headers, body } = await run(`Ping?connect=v1&encoding=json&message=${message}`);
    expect([status, headers["content-type"], JSON.parse(`${body}`)]).toEqual([
      200,
      "application/json",
      { text: "hi & bye" },
    ]);
  });

  it("calls with GET and a message in base64", async () => {
    const message = Buffer.from('{"number":"7"}').toString("base64url");
    const { body } = await run(`Ping?connect=v1&base64=1&encoding=json&message=${message}`);
    expect(JSON.parse(`${body}`)).toEqual({ number: "7" });
  });

  it("gets 405 and what is allowed for a GET of an RPC that has side effects", async () => {
    const { status, headers } = await run("Fail?connect=v1&encoding=json&message=%7B%7D");
    expect([status, headers.allow]).toEqual([405, "POST"]);
  });

  it("gets an error as JSON with its HTTP status", async () => {
    const { status, headers, body } = await run("Fail", "--json", '{"code":5,"message":"no","detail":"why"}');
    expect([status, headers["content-type"]]).toEqual([404, "application/json"]);
    expect(JSON.parse(`${body}`)).toEqual({
      code: "not_found",
      message: "no",
      details: [{ type: "ping.v1.FailDetail", value: "CgN3aHk", debug: { reason: "why" } }],
    });
  });

  it("gets invalid_argument for what is no JSON", async () => {
    const { status, body } = await run("Ping", "--json", "{");
    expect([status, (JSON.parse(`${body}`) as { code: string }).code]).toEqual([400, "invalid_argument"]);
  });

  it("calls a unary RPC with --data and nothing else", async () => {
    const { status, headers, body } = await run("Ping", "--data", '{"text":"hi"}');
    expect([status, headers["content-type"], JSON.parse(`${body}`)]).toEqual([200, "application/json", { text: "hi" }]);
  });

  it("gets 415 and what is accepted for another content type", async () => {
    const { status, headers } = await run("Ping", "--data", "a=b", "-H", "Content-Type: text/plain");
    expect(status).toBe(415);
    expect(headers["accept-post"]).toContain("application/json");
  });

  it("gets unimplemented for an RPC that is not there", async () => {
    const { status, body } = await run("Nothing", "--json", "{}");
    expect([status, (JSON.parse(`${body}`) as { code: string }).code]).toEqual([404, "unimplemented"]);
  });
});
