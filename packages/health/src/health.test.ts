import { connect, grpc, grpcWeb } from "@connect-ts/runtime";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import { describe, expect, it } from "@jest/globals";
import { createHealthClient, type HealthClient } from "./gen/grpc/health/v1/health_connect.js";
import { HealthCheckResponse_ServingStatus as Wire } from "./gen/grpc/health/v1/health_pb.js";
import { createHealth, type Health } from "./health.js";

const self = "grpc.health.v1.Health";

function inProcess(health: Health): HealthClient {
  return createHealthClient(createInProcessTransport([health.handler, health.route()]));
}

async function* statuses(client: HealthClient, service = ""): AsyncGenerator<Wire, void, undefined> {
  for await (const { status } of client.watch({ service })) yield status;
}

describe("Check", () => {
  it("says that the server serves until it is told otherwise", async () => {
    const health = createHealth();
    const client = inProcess(health);
    expect((await client.check({})).status).toBe(Wire.SERVING);
    health.set("", "not_serving");
    expect((await client.check({})).status).toBe(Wire.NOT_SERVING);
    health.set("", "unknown");
    expect((await client.check({})).status).toBe(Wire.UNKNOWN);
  });

  it("knows what is mounted, which is as the server is unless it was set", async () => {
    const health = createHealth();
    const client = inProcess(health);
    expect((await client.check({ service: self })).status).toBe(Wire.SERVING);
    health.set("", "not_serving");
    expect((await client.check({ service: self })).status).toBe(Wire.NOT_SERVING);
    health.set(self, "serving");
    expect((await client.check({ service: self })).status).toBe(Wire.SERVING);
  });

  it.each(["acme.v1.Shop", "__proto__", "constructor"])(
    "fails with not_found for %s, which nobody knows",
    async (service) => {
      await expect(inProcess(createHealth()).check({ service })).rejects.toMatchObject({
        code: "not_found",
        rawMessage: `there is no service "${service}"`,
      });
    },
  );

  it("says NOT_SERVING of everything after shutDown, whatever is set", async () => {
    const health = createHealth();
    const client = inProcess(health);
    health.shutDown();
    health.set("", "serving");
    expect((await client.check({})).status).toBe(Wire.NOT_SERVING);
    expect((await client.check({ service: self })).status).toBe(Wire.NOT_SERVING);
    expect(health.get("")).toBe("not_serving");
    expect(health.get("acme.v1.Shop")).toBeUndefined();
  });
});

describe("List", () => {
  it("has the server, what is mounted and what was set", async () => {
    const health = createHealth();
    health.set("acme.v1.Shop", "not_serving");
    health.set("__proto__", "serving");
    const { statuses } = await inProcess(health).list({});
    const listed = Object.entries(statuses).map(([name, { status }]) => [name, status]);
    expect(new Map(listed as [string, Wire][])).toEqual(
      new Map([
        ["", Wire.SERVING],
        [self, Wire.SERVING],
        ["acme.v1.Shop", Wire.NOT_SERVING],
        ["__proto__", Wire.SERVING],
      ]),
    );
  });

  it("fails with resource_exhausted for more than 100 services", async () => {
    const health = createHealth();
    for (let index = 0; index < 98; index++) health.set(`acme.v1.Shop${index}`, "serving");
    expect(Object.keys((await inProcess(health).list({})).statuses)).toHaveLength(100);
    health.set("acme.v1.More", "serving");
    await expect(inProcess(health).list({})).rejects.toMatchObject({
      code: "resource_exhausted",
      rawMessage: "there are 101 services, and List tells 100 at most",
    });
  });
});

describe("Watch", () => {
  it("says how a service is, and each change of it", async () => {
    const health = createHealth();
    const watched = statuses(inProcess(health));
    expect((await watched.next()).value).toBe(Wire.SERVING);
    health.set("", "not_serving");
    expect((await watched.next()).value).toBe(Wire.NOT_SERVING);
    health.set("", "not_serving");
    health.set("acme.v1.Shop", "serving");
    health.set("", "serving");
    expect((await watched.next()).value).toBe(Wire.SERVING);
    await watched.return();
  });

  it("says SERVICE_UNKNOWN of what nobody knows, and goes on until it is known", async () => {
    const health = createHealth();
    const watched = statuses(inProcess(health), "acme.v1.Shop");
    expect((await watched.next()).value).toBe(Wire.SERVICE_UNKNOWN);
    health.set("acme.v1.Shop", "serving");
    expect((await watched.next()).value).toBe(Wire.SERVING);
    await watched.return();
  });

  it("listens to nothing any more when its client has left", async () => {
    const health = createHealth();
    const client = inProcess(health);
    for (let round = 0; round < 3; round++) {
      const watched = statuses(client);
      await watched.next();
      await watched.return();
    }
    const watched = statuses(client);
    await watched.next();
    health.set("", "not_serving");
    expect((await watched.next()).value).toBe(Wire.NOT_SERVING);
    await watched.return();
  });
});

describe.each([connect, grpc, grpcWeb].map((protocol) => ({ protocol, name: protocol().name })))(
  "a server that drains, watched over $name",
  ({ protocol }) => {
    it("is NOT_SERVING before it refuses, and its Watch ends", async () => {
      const health = createHealth();
      const server = await serve({ handlers: [health.handler, health.route()], host: "127.0.0.1" });
      const transport = createNodeTransport({ baseUrl: server.url, protocol: protocol() });
      try {
        const client = createHealthClient(transport);
        const watched = statuses(client);
        expect((await watched.next()).value).toBe(Wire.SERVING);
        const drained = server.drain({ noticeMs: 60_000, graceMs: 2_000 });
        expect(await watched.next()).toEqual({ done: false, value: Wire.NOT_SERVING });
        expect(await watched.next()).toEqual({ done: true, value: undefined });
        expect((await client.check({})).status).toBe(Wire.NOT_SERVING);
        expect((await client.check({ service: self })).status).toBe(Wire.NOT_SERVING);
        expect(Object.values((await client.list({})).statuses).map(({ status }) => status)).toEqual([2, 2]);
        const probe = await fetch(`${server.url}/healthz`);
        expect([probe.status, await probe.text()]).toEqual([503, "NOT_SERVING\n"]);
        transport.close?.();
        await server.close();
        expect(await drained).toMatchObject({ cut: 0 });
      } finally {
        transport.close?.();
        await server.close();
      }
    });
  },
);

describe("the route for HTTP probes", () => {
  it.each([
    ["/healthz", 200, "SERVING\n"],
    ["/healthz?service=", 200, "SERVING\n"],
    ["/healthz?service=acme.v1.Shop", 503, "NOT_SERVING\n"],
    ["/healthz?service=acme.v1.Bank", 503, "UNKNOWN\n"],
    ["/healthz?service=acme.v1.Zoo", 404, "SERVICE_UNKNOWN\n"],
    ["/livez", 200, "SERVING\n"],
    [`/healthz?service=${self}`, 200, "SERVING\n"],
  ])("answers %s with %i", async (path, status, body) => {
    const health = createHealth();
    health.set("acme.v1.Shop", "not_serving");
    health.set("acme.v1.Bank", "unknown");
    const server = await serve({
      handlers: [health.handler, health.route(), health.route("/livez")],
      host: "127.0.0.1",
    });
    try {
      const response = await fetch(server.url + path);
      expect([response.status, await response.text()]).toEqual([status, body]);
      expect(response.headers.get("cache-control")).toBe("no-store");
    } finally {
      await server.close();
    }
  });
});

it("refuses a status that is none", () => {
  expect(() => createHealth().set("", "SERVING" as "serving")).toThrow(
    new TypeError('a status is "unknown", "serving" or "not_serving", and "SERVING" is not'),
  );
});
