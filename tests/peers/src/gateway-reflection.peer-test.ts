import { createGateway, type Gateway } from "@connect-ts/gateway";
import { createReflection } from "@connect-ts/reflection";
import { grpc, type ServiceHandler } from "@connect-ts/runtime";
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { pingService } from "../../behaviour/ping-service.js";
import { createPingServiceHandler } from "../../gen/src/ping/v1/ping_connect.js";
import { behindGateway } from "./behind-gateway.js";
import { bufProgram } from "./buf-curl.js";
import { runCommand } from "./command.js";
import type { Server } from "./peer.js";
import { PeerProgram, programPath } from "./peer-program.js";

async function run(file: string, ...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await runCommand(file, args, {}).ended;
  if (status !== 0) throw new Error(`${file} ended with ${status}: ${stderr}`);
  return stdout.toString();
}

const grpcurl = (url: string, ...args: string[]): Promise<string> => {
  const flags = args[0] === "-d" ? args.splice(0, 2) : [];
  return run("grpcurl", "-plaintext", ...flags, new URL(url).host, ...args);
};
const bufCurl = ["curl", "--protocol", "grpc", "--http2-prior-knowledge"];

describe.each([
  ["grpc-js", process.execPath, "grpc-js.mjs"],
  ["grpcio", "/usr/bin/python3", "grpcio.py"],
])("a server of %s, through a gateway and by reflection alone", (name, program, file) => {
  const upstream = behindGateway(new PeerProgram(name, [program, programPath(file)]).server());
  let server: Server;
  beforeAll(async () => {
    server = await upstream.serve({ protocol: "grpc", codec: "binary", http: "2" }, false);
  });
  afterAll(async () => {
    await server?.close();
    await upstream.close();
  });

  it("is listed and described by grpcurl", async () => {
    expect((await grpcurl(server.url, "list")).split("\n")).toContain("ping.v1.PingService");
    expect(await grpcurl(server.url, "describe", "ping.v1.PingService")).toContain(
      "rpc CumSum ( stream .ping.v1.CumSumRequest ) returns ( stream .ping.v1.CumSumResponse )",
    );
  });

  it.each([
    ["unary", "Ping", '{"text":"hi"}', '"text": "hi"'],
    ["client streaming", "Sum", '{"number":1}{"number":2}', '"sum": "3"'],
    ["server streaming", "CountUp", '{"number":2}', '"number": "2"'],
    ["bidirectional streaming", "CumSum", '{"number":1}{"number":2}', '"sum": "3"'],
  ])("is called by grpcurl and buf curl: %s RPCs", async (_, method, data, expected) => {
    const path = `ping.v1.PingService/${method}`;
    expect(await grpcurl(server.url, "-d", data, path)).toContain(expected);
    expect(await run(bufProgram(), ...bufCurl, "--data", data, `${server.url}/${path}`)).toContain(expected);
  });

  it("is listed by buf curl", async () => {
    expect(await run(bufProgram(), ...bufCurl, "--list-services", server.url)).toContain("ping.v1.PingService");
  });
});

describe("a gateway whose upstream gets another schema", () => {
  let closers: (() => unknown)[] = [];
  let gateway: Gateway;
  let url: string;
  let restart: (...handlers: ServiceHandler[]) => Promise<void>;

  beforeAll(async () => {
    const start = (port: number, handlers: ServiceHandler[]) =>
      serve({ handlers: [...handlers, ...createReflection()], host: "127.0.0.1", port });
    let upstream = await start(0, []);
    const { port } = upstream;
    restart = async (...handlers) => {
      await upstream.close();
      upstream = await start(port, handlers);
    };
    const transport = createNodeTransport({ baseUrl: upstream.url, protocol: grpc() });
    gateway = createGateway({ transport });
    await gateway.refresh();
    const front = await serve({ handlers: [gateway.route, ...createReflection(gateway)], host: "127.0.0.1" });
    url = front.url;
    closers = [() => gateway.close(), () => front.close(), () => transport.close?.(), () => upstream.close()];
  });
  afterAll(async () => {
    for (const close of closers) await close();
  });

  it("tells grpcurl of what is there after each refresh", async () => {
    const services = async () => (await grpcurl(url, "list")).trim().split("\n");
    const own = ["grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"];
    expect(await services()).toEqual(own);
    await restart(createPingServiceHandler(pingService()));
    await gateway.refresh();
    expect(await services()).toEqual([...own, "ping.v1.PingService"]);
    expect(await grpcurl(url, "-d", '{"text":"new"}', "ping.v1.PingService/Ping")).toContain('"text": "new"');
    await restart();
    await gateway.refresh();
    expect(await services()).toEqual(own);
  });
});
