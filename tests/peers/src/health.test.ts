import { createHealth, createHealthClient, waitUntilServing } from "@connect-ts/health";
import { grpc } from "@connect-ts/runtime";
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import { credentials, loadPackageDefinition, Server, ServerCredentials } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { describe, expect, it } from "@jest/globals";
import { HealthImplementation, protoPath } from "grpc-health-check";

describe("grpc-health-check", () => {
  it("is waited for, and watched", async () => {
    const health = new HealthImplementation({ "": "NOT_SERVING", "acme.v1.Shop": "SERVING" });
    const server = new Server();
    health.addToServer(server);
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      );
    });
    const transport = createNodeTransport({ baseUrl: `http://127.0.0.1:${port}`, protocol: grpc() });
    try {
      await waitUntilServing(transport, { service: "acme.v1.Shop" });
      await expect(waitUntilServing(transport, { timeoutMs: 100 })).rejects.toMatchObject({
        rawMessage: "not serving after 100 ms: its status is NOT_SERVING",
      });
      const waits = waitUntilServing(transport);
      health.setStatus("", "SERVING");
      await waits;
      await expect(createHealthClient(transport).check({ service: "acme.v1.Zoo" })).rejects.toMatchObject({
        code: "not_found",
      });
    } finally {
      transport.close?.();
      server.forceShutdown();
    }
  });
});

/** As a service config with `healthCheckConfig` makes grpc-js do: it watches, and picks only what serves. */
describe("a client of grpc-js", () => {
  it("checks and watches our server", async () => {
    const health = createHealth();
    const server = await serve({ handlers: health.handler, host: "127.0.0.1" });
    const { grpc: loaded } = loadPackageDefinition(loadSync(protoPath, { enums: String }));
    const { Health } = (loaded as unknown as Loaded).health.v1;
    const client = new Health(new URL(server.url).host, credentials.createInsecure());
    try {
      const checked = await new Promise((resolve, reject) => {
        client.check({}, (error, response) => (error === null ? resolve(response) : reject(error)));
      });
      expect(checked).toEqual({ status: "SERVING" });
      const seen: string[] = [];
      await new Promise<void>((resolve, reject) => {
        const stream = client.watch({});
        stream.on("error", reject);
        stream.on("end", resolve);
        stream.on("data", ({ status }) => {
          seen.push(status);
          if (status === "SERVING") health.set("", "not_serving");
          else void server.drain();
        });
      });
      expect(seen).toEqual(["SERVING", "NOT_SERVING"]);
    } finally {
      client.close();
      await server.close();
    }
  });
});

interface HealthStub {
  check(request: object, callback: (error: Error | null, response: unknown) => void): void;
  watch(request: object): {
    on(event: "error", listener: (error: Error) => void): void;
    on(event: "end", listener: () => void): void;
    on(event: "data", listener: (response: { readonly status: string }) => void): void;
  };
  close(): void;
}

interface Loaded {
  readonly health: {
    readonly v1: { readonly Health: new (address: string, credentials: unknown) => HealthStub };
  };
}
