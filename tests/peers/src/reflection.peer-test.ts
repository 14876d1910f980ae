import { createReflection } from "@connect-ts/reflection";
import { type Server, serve } from "@connect-ts/runtime/node";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { pingService } from "../../behaviour/ping-service.js";
import { createPingServiceHandler } from "../../gen/src/ping/v1/ping_connect.js";
import { bufProgram } from "./buf-curl.js";
import { runCommand } from "./command.js";

let server: Server;
beforeAll(async () => {
  server = await serve({
    handlers: [createPingServiceHandler(pingService()), ...createReflection()],
    host: "127.0.0.1",
  });
});
afterAll(() => server.close());

async function run(file: string, ...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await runCommand(file, args, {}).ended;
  if (status !== 0) throw new Error(`${file} ended with ${status}: ${stderr}`);
  return stdout.toString();
}

const grpcurl = (...args: string[]): Promise<string> =>
  run("grpcurl", "-plaintext", ...args.slice(0, -1), new URL(server.url).host, ...args.slice(-1));

describe("grpcurl, without a schema", () => {
  it("lists and describes", async () => {
    expect((await grpcurl("list")).trim().split("\n")).toEqual([
      "grpc.reflection.v1.ServerReflection",
      "grpc.reflection.v1alpha.ServerReflection",
      "ping.v1.PingService",
    ]);
    const described = await run("grpcurl", "-plaintext", new URL(server.url).host, "describe", "ping.v1.PingService");
    expect(described).toContain(
      "rpc CumSum ( stream .ping.v1.CumSumRequest ) returns ( stream .ping.v1.CumSumResponse )",
    );
  });

  it.each([
    ["unary", "Ping", '{"text":"hi"}', '"text": "hi"'],
    ["client streaming", "Sum", '{"number":1}{"number":2}', '"sum": "3"'],
    ["server streaming", "CountUp", '{"number":2}', '"number": "2"'],
    ["bidirectional streaming", "CumSum", '{"number":1}{"number":2}', '"sum": "3"'],
  ])("calls %s RPCs", async (_, method, data, expected) => {
    expect(await grpcurl("-d", data, `ping.v1.PingService/${method}`)).toContain(expected);
  });
});

describe("buf curl, by reflection", () => {
  it.each(["grpc-v1", "grpc-v1alpha"])("lists and calls by %s", async (version) => {
    const args = ["curl", "--protocol", "grpc", "--http2-prior-knowledge", "--reflect-protocol", version];
    expect(await run(bufProgram(), ...args, "--list-services", server.url)).toContain("ping.v1.PingService");
    const called = await run(
      bufProgram(),
      ...args,
      "--data",
      '{"text":"hi"}',
      `${server.url}/ping.v1.PingService/Ping`,
    );
    expect(called).toContain('"text": "hi"');
  });
});
