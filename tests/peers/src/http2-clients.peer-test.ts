import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toBinary } from "@bufbuild/protobuf";
import { grpc } from "@connect-ts/runtime";
import { createNodeTransport, type Server, serve } from "@connect-ts/runtime/node";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { pingService } from "../../behaviour/ping-service.js";
import { createPingServiceClient, createPingServiceHandler } from "../../gen/src/ping/v1/ping_connect.js";
import { PingRequestSchema } from "../../gen/src/ping/v1/ping_pb.js";
import { type TestCertificates, testCertificates } from "../../setup/certificates.js";
import { runCommand } from "./command.js";
import { programPath } from "./peer-program.js";

const tenMebibytes = 10 * 1024 * 1024;
let dir: string;
let certificates: TestCertificates;
let plain: Server;
let secure: Server;

/** Files of bodies, by what is in them. */
const file = (name: string): string => join(dir, name);

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "connect-ts-peers-"));
  certificates = testCertificates();
  const handlers = createPingServiceHandler(pingService(), { readMaxBytes: 2 * tenMebibytes });
  plain = await serve({ handlers, host: "127.0.0.1" });
  secure = await serve({ handlers, host: "127.0.0.1", tls: certificates.server });
  writeFileSync(file("ca.pem"), certificates.ca);
  writeFileSync(file("small.json"), '{"text":"hi"}');
  const large = toBinary(PingRequestSchema, {
    $typeName: "ping.v1.PingRequest",
    number: 7n,
    text: "",
    data: new Uint8Array(tenMebibytes),
    delayMs: 0,
  });
  const head = Buffer.alloc(5);
  head.writeUInt32BE(large.length, 1);
  writeFileSync(file("large.bin"), large);
  writeFileSync(file("large.grpc"), Buffer.concat([head, large]));
});

afterAll(async () => {
  await Promise.all([plain.close(), secure.close()]);
  rmSync(dir, { recursive: true });
});

async function run(command: string, ...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await runCommand(command, args, {}).ended;
  expect({ status, stderr: status === 0 ? "" : stderr }).toEqual({ status: 0, stderr: "" });
  return stdout.toString("latin1");
}

const path = "/ping.v1.PingService/Ping";

describe("nghttp", () => {
  it.each([
    ["h2c", () => plain.url.replace("localhost", "127.0.0.1")],
    ["TLS", () => secure.url],
  ])("gets a message, and the trailers of gRPC, of 10 MiB each way over %s", async (_name, url) => {
    const output = await run(
      "nghttp",
      "--verbose",
      "--null-out",
      "--no-verify-peer",
      "--window-bits=30",
      "--connection-window-bits=30",
      "--header=content-type: application/grpc",
      "--header=te: trailers",
      `--data=${file("large.grpc")}`,
      `${url()}${path}`,
    );
    const bytes = [...output.matchAll(/recv DATA frame <length=(\d+)/g)].reduce(
      (sum, [, length]) => sum + Number(length),
      0,
    );
    expect(bytes).toBeGreaterThan(tenMebibytes);
    expect(output).toContain("grpc-status: 0");
    expect(output).not.toMatch(/RST_STREAM|GOAWAY frame <.*error_code=(?!NO_ERROR)/);
  });
});

describe("h2load", () => {
  it.each([
    ["h2c", () => plain.url.replace("localhost", "127.0.0.1")],
    ["TLS", () => secure.url],
  ])("has every one of 5,000 calls answered on 8 connections over %s", async (_name, url) => {
    const output = await run(
      "h2load",
      "--requests=5000",
      "--clients=8",
      "--max-concurrent-streams=32",
      "--header=content-type: application/json",
      `--data=${file("small.json")}`,
      `${url()}${path}`,
    );
    expect(output).toContain("5000 succeeded, 0 failed, 0 errored, 0 timeout");
    expect(output).toContain("status codes: 5000 2xx");
  });
});

describe("curl over TLS", () => {
  it("sends and gets 10 MiB over HTTP/2", async () => {
    const output = await run(
      "curl",
      "--silent",
      "--show-error",
      "--http2",
      "--cacert",
      file("ca.pem"),
      "--resolve",
      `localhost:${secure.port}:127.0.0.1`,
      "--header",
      "content-type: application/proto",
      "--data-binary",
      `@${file("large.bin")}`,
      "--output",
      file("answer.bin"),
      "--write-out",
      "%{http_version} %{http_code} %{size_download}",
      `https://localhost:${secure.port}${path}`,
    );
    const [version, status, size] = output.split(" ");
    expect([version, status]).toEqual(["2", "200"]);
    expect(Number(size)).toBeGreaterThan(tenMebibytes);
  });
});

describe("Python's h2, by httpx", () => {
  it("calls, sends 10 MiB, gives a call up, and goes on after a GOAWAY", async () => {
    const server = await serve({
      handlers: createPingServiceHandler(pingService(), { readMaxBytes: 2 * tenMebibytes }),
      host: "127.0.0.1",
      tls: certificates.server,
      // Its connection is idle for longer in the middle: a GOAWAY comes.
      idleTimeoutMs: 3_000,
    });
    try {
      const output = await run(
        "/usr/bin/python3",
        programPath("httpx_client.py"),
        server.url,
        file("ca.pem"),
        file("large.bin"),
      );
      expect(JSON.parse(output)).toEqual({
        version: "HTTP/2",
        text: "hi",
        large: true,
        error: 404,
        canceled: true,
        again: "hi",
      });
    } finally {
      await server.close();
    }
  });
});

describe("our client over TLS", () => {
  it("sends and gets 10 MiB", async () => {
    const transport = createNodeTransport({
      baseUrl: secure.url,
      protocol: grpc(),
      tls: { ca: certificates.ca },
      readMaxBytes: 2 * tenMebibytes,
    });
    const { data, number } = await createPingServiceClient(transport).ping({
      number: 1n,
      data: new Uint8Array(tenMebibytes),
    });
    transport.close?.();
    expect([data.length, number]).toEqual([tenMebibytes, 1n]);
  });
});
