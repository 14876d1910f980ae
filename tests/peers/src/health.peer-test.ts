import { createHealth } from "@connect-ts/health";
import { serve } from "@connect-ts/runtime/node";
import { describe, expect, it } from "@jest/globals";
import { runCommand } from "./command.js";

const self = "grpc.health.v1.Health";

/** `grpc_health_probe`, which is what Kubernetes' kubelet does too: a unary Check by grpc-go. */
async function probe(url: string, ...args: string[]): Promise<string> {
  const { host } = new URL(url);
  const { status, stderr } = await runCommand("grpc-health-probe", [`-addr=${host}`, ...args], {}).ended;
  return `${status}: ${stderr.trim()}`;
}

describe("grpc_health_probe", () => {
  it("sees a server that serves, one that does not, services, and draining", async () => {
    const health = createHealth();
    health.set("acme.v1.Shop", "not_serving");
    const server = await serve({ handlers: [health.handler], host: "127.0.0.1" });
    try {
      expect(await probe(server.url)).toMatch(/^0: .*SERVING/);
      expect(await probe(server.url, `-service=${self}`)).toMatch(/^0: .*SERVING/);
      expect(await probe(server.url, "-service=acme.v1.Shop")).toMatch(/^4: .*NOT_SERVING/);
      expect(await probe(server.url, "-service=acme.v1.Zoo")).toMatch(/^3: .*there is no service "acme.v1.Zoo"/);
      const drained = server.drain({ noticeMs: 60_000 });
      expect(await probe(server.url)).toMatch(/^4: .*NOT_SERVING/);
      await server.close();
      await drained;
    } finally {
      await server.close();
    }
  });
});

describe("grpcurl", () => {
  it("watches", async () => {
    const health = createHealth();
    const server = await serve({ handlers: [health.handler], host: "127.0.0.1" });
    try {
      const proto = new URL("../../../packages/health/proto", import.meta.url).pathname;
      const args = ["-plaintext", "-import-path", proto, "-proto", "grpc/health/v1/health.proto"];
      const watched = runCommand("grpcurl", [...args, new URL(server.url).host, `${self}/Watch`], {
        onOutput: (all) => {
          if (!all.includes("NOT_SERVING")) health.set("", "not_serving");
          else void server.drain();
        },
      });
      const { status, stdout } = await watched.ended;
      expect(status).toBe(0);
      expect(stdout.toString().match(/\w*SERVING/g)).toEqual(["SERVING", "NOT_SERVING"]);
    } finally {
      await server.close();
    }
  });
});
