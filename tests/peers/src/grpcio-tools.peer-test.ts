import { fileURLToPath } from "node:url";
import { createHealth } from "@connect-ts/health";
import { createReflection } from "@connect-ts/reflection";
import { serve } from "@connect-ts/runtime/node";
import { expect, it } from "@jest/globals";
import { pingService } from "../../behaviour/ping-service.js";
import { createPingServiceHandler } from "../../gen/src/ping/v1/ping_connect.js";
import { runCommand } from "./command.js";

const program = fileURLToPath(new URL("../programs/grpcio_tools.py", import.meta.url));

it("Python's clients of reflection and health list, describe and call what is mounted, and see its status", async () => {
  const health = createHealth();
  const server = await serve({
    handlers: [createPingServiceHandler(pingService()), health.handler, ...createReflection()],
    host: "127.0.0.1",
  });
  try {
    const args = [program, new URL(server.url).host, "ping.v1.PingService", "Ping", '{"text":"hi"}'];
    const { status, stdout, stderr } = await runCommand("/usr/bin/python3", args, {}).ended;
    expect([status, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout.toString())).toEqual({
      services: [
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
        "ping.v1.PingService",
      ],
      methods: {
        Ping: ["ping.v1.PingRequest", "ping.v1.PingResponse"],
        Fail: ["ping.v1.FailRequest", "ping.v1.FailResponse"],
        Sum: ["ping.v1.SumRequest", "ping.v1.SumResponse"],
        CountUp: ["ping.v1.CountUpRequest", "ping.v1.CountUpResponse"],
        CumSum: ["ping.v1.CumSumRequest", "ping.v1.CumSumResponse"],
      },
      files: expect.arrayContaining(["ping/v1/ping.proto", "ping/v1/options.proto"]),
      response: { text: "hi" },
      health: "SERVING",
      watched: "SERVICE_UNKNOWN",
    });
  } finally {
    await server.close();
  }
});
