import { create, createFileRegistry, type DescFile, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { createGateway, type Gateway, type GatewayOptions } from "@connect-ts/gateway";
import { createReflection, reflectServer } from "@connect-ts/reflection";
import { rest } from "@connect-ts/rest";
import { ConnectError, connect, grpc, grpcWeb, json, type ServiceHandler } from "@connect-ts/runtime";
import { createNodeTransport, type ServeOptions, type Server, serve } from "@connect-ts/runtime/node";
import { bindClient, bytesCodec, createServiceHandler, type Transport } from "@connect-ts/runtime/transport";
import { afterEach, describe, expect, it } from "@jest/globals";
import {
  createPingServiceClient,
  createPingServiceHandler,
  pingServiceSpecs,
} from "../gen/src/ping/v1/ping_connect.js";
import { FailDetailSchema, PingService } from "../gen/src/ping/v1/ping_pb.js";
import { until } from "./helpers.js";
import { observed, pingService } from "./ping-service.js";

const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(handlers: ServeOptions["handlers"], options: Partial<ServeOptions> = {}): Promise<Server> {
  const server = await serve({ ...options, handlers, host: "127.0.0.1" });
  closers.push(() => server.close());
  return server;
}

function transportTo(server: Pick<Server, "url">, options: object = {}): Transport {
  const transport = createNodeTransport({ baseUrl: server.url, protocol: grpc(), ...options });
  closers.push(() => transport.close?.());
  return transport;
}

interface Running {
  readonly gateway: Gateway;
  readonly front: Server;
}

/** A gateway in front of a server. It knows the services by reflection, unless it is given a schema. */
async function gatewayTo(
  transport: Transport,
  options: Partial<GatewayOptions> = {},
  frontOptions: Partial<ServeOptions> = {},
): Promise<Running> {
  const gateway = createGateway({ transport, ...options });
  closers.push(() => gateway.close());
  await gateway.refresh();
  return { gateway, front: await start([gateway.route], frontOptions) };
}

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of stream) all.push(one);
  return all;
}

function filesOf(file: DescFile): readonly DescFile[] {
  return [file, ...file.dependencies.flatMap(filesOf)];
}

const files = filesOf(PingService.file);
const schema = createFileRegistry(
  PingService.file.proto,
  (name) => files.find(({ proto }) => proto.name === name)?.proto,
);

const ping = (own: object = {}): ServiceHandler => createPingServiceHandler({ ...pingService(), ...own });
const withReflection = (handler = ping()): readonly ServiceHandler[] => [handler, ...createReflection()];

describe.each([
  ["Connect", connect(), {}],
  ["Connect with JSON", connect(), { codec: json() }],
  ["gRPC", grpc(), {}],
  ["gRPC with JSON", grpc(), { codec: json() }],
  ["gRPC-Web", grpcWeb(), {}],
])("a call by %s through a gateway", (_, protocol, more) => {
  const client = async () => {
    const { front } = await gatewayTo(transportTo(await start(withReflection())));
    return createPingServiceClient(transportTo(front, { protocol, http: "2", ...more }));
  };

  it("passes all kinds on, with headers and trailers", async () => {
    const service = await client();
    const headers = { "x-echo": "a", "x-echo-bin": "AQI" };
    const { message, headers: got, trailers } = await service.ping({ text: "hi", number: 7n }, { headers }).response;
    expect([message.text, message.number, got.get("x-echo"), trailers.get("x-echo-bin")]).toEqual([
      "hi",
      7n,
      "a",
      "AQI",
    ]);
    expect((await service.sum([{ number: 1n }, { number: 2n }])).sum).toBe(3n);
    const counted = service.countUp({ number: 3n }, { headers });
    expect((await counted.headers).get("x-echo")).toBe("a");
    expect((await collect(counted)).map(({ number }) => number)).toEqual([1n, 2n, 3n]);
    expect((await counted.trailers).get("x-echo-bin")).toBe("AQI");
    const chat = service.cumSum();
    const answers = chat[Symbol.asyncIterator]();
    for (const [number, sum] of [
      [1n, 1n],
      [2n, 3n],
    ] as const) {
      await chat.send({ number });
      expect((await answers.next()).value?.sum).toBe(sum);
    }
    chat.closeSend();
    expect((await answers.next()).done).toBe(true);
  });

  it("passes errors on, with their details and metadata", async () => {
    const service = await client();
    const error = await service.fail({ code: 9, message: "no", detail: "why" }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "failed_precondition", rawMessage: "no" });
    const { findDetails, metadata } = error as {
      findDetails: (s: object) => readonly { reason: string }[];
      metadata: Headers;
    };
    expect(findDetails.call(error, FailDetailSchema).map(({ reason }) => reason)).toEqual(["why"]);
    expect(metadata.get("x-reason")).toBe("asked-for");
    const numbers: bigint[] = [];
    const counting = async (): Promise<void> => {
      for await (const { number } of service.countUp({ number: 2n, failCode: 10 })) numbers.push(number);
    };
    await expect(counting()).rejects.toMatchObject({ code: "aborted", rawMessage: "counted far enough" });
    expect(numbers).toEqual([1n, 2n]);
  });
});

describe("a gateway", () => {
  it("takes JSON by POST, and answers what nobody serves as a server does", async () => {
    const { front } = await gatewayTo(transportTo(await start(withReflection())));
    const post = (path: string, body = '{"text":"hi"}'): Promise<Response> =>
      fetch(front.url + path, { method: "POST", headers: { "content-type": "application/json" }, body });
    expect(await (await post("/ping.v1.PingService/Ping")).json()).toEqual({ text: "hi" });
    const failed = await post("/ping.v1.PingService/Fail", '{"code":5,"message":"no","detail":"why"}');
    expect([failed.status, await failed.json()]).toMatchObject([
      404,
      { details: [{ type: "ping.v1.FailDetail", value: "CgN3aHk", debug: { reason: "why" } }] },
    ]);
    const unknown = await post("/ping.v1.PingService/Nothing");
    expect([unknown.status, await unknown.json()]).toMatchObject([404, { code: "unimplemented" }]);
  });

  it("passes a deadline and a cancellation on", async () => {
    const seen = observed();
    const timeouts: (number | undefined)[] = [];
    const ended: (string | undefined)[] = [];
    const upstream = await start(withReflection(createPingServiceHandler(pingService(seen))), {
      interceptors: [
        async (call, next) => {
          if (!call.spec.procedure.endsWith("/Ping")) return next();
          timeouts.push(call.timeoutMs());
          try {
            await next();
          } finally {
            ended.push(call.status);
          }
        },
      ],
    });
    const { front } = await gatewayTo(transportTo(upstream));
    const service = createPingServiceClient(transportTo(front));
    const call = service.ping({ delayMs: 60_000 }, { timeoutMs: 60_000 });
    const canceled = call.response.catch((error: unknown) => error);
    await until(() => timeouts.length === 1);
    expect(timeouts[0]).toBeLessThanOrEqual(60_000);
    call.cancel();
    expect(await canceled).toMatchObject({ code: "canceled" });
    await until(() => ended.length === 1);
    expect(ended).toEqual(["canceled"]);
    // On a busy machine a short deadline passes before the upstream hears of the call.
    for (let timeoutMs = 100; timeouts.length === 1; timeoutMs *= 2) {
      const late = service.ping({ delayMs: 60_000 }, { timeoutMs });
      await expect(late).rejects.toMatchObject({ code: "deadline_exceeded" });
    }
    await until(() => ended.length === timeouts.length);
    for await (const _ of service.countUp({ number: 1_000_000n, padding: new Uint8Array(10_000) })) break;
    await until(() => seen.finished.includes("countUp"));
  });

  it("passes binary messages on without decoding them, whatever they are", async () => {
    const { ping: pingSpec } = pingServiceSpecs;
    const spec = { ...pingSpec, input: bytesCodec(), output: bytesCodec() } as never;
    const upstream = await start(
      createServiceHandler(PingService, { ping: spec }, { ping: (bytes: Uint8Array) => bytes }),
    );
    const { front } = await gatewayTo(transportTo(upstream), { schema });
    const call = bindClient(transportTo(front)).unary(spec) as unknown as (bytes: Uint8Array) => Promise<Uint8Array>;
    const notProtobuf = Uint8Array.of(255, 255, 255, 1, 2);
    expect(Uint8Array.from(await call(notProtobuf))).toEqual(notProtobuf);
  });

  it("says that its upstream cannot be reached, and not where it is", async () => {
    const told: unknown[] = [];
    const upstream = { url: "http://127.0.0.1:1" };
    const { front } = await gatewayTo(transportTo(upstream), { schema, onUpstreamError: (error) => told.push(error) });
    const service = createPingServiceClient(transportTo(front));
    const unreachable = { code: "unavailable", rawMessage: "the connection to the upstream server failed" };
    await expect(service.ping({})).rejects.toMatchObject(unreachable);
    await expect(collect(service.countUp({ number: 1n }))).rejects.toMatchObject(unreachable);
    expect(told).toMatchObject([{ code: "unavailable" }, { code: "unavailable" }]);
  });

  it("ends a call that goes in a circle", async () => {
    const transport: { to: Transport | undefined } = { to: undefined };
    const itself: Transport = {
      peer: () => (transport.to as Transport).peer(),
      unary: (...call) => (transport.to as Transport).unary(...call),
      stream: (...call) => (transport.to as Transport).stream(...call),
    };
    const { front } = await gatewayTo(itself, { schema });
    transport.to = transportTo(front);
    await expect(createPingServiceClient(transportTo(front)).ping({})).rejects.toMatchObject({
      code: "failed_precondition",
      rawMessage: "the call has come by this gateway before: it is its own upstream",
    });
  });

  it("holds both directions to the limits of its server and its transport", async () => {
    const upstream = await start(withReflection());
    const { front } = await gatewayTo(transportTo(upstream, { readMaxBytes: 20_000 }), {}, { readMaxBytes: 1000 });
    const service = createPingServiceClient(transportTo(front));
    await expect(service.ping({ text: "x".repeat(2000) })).rejects.toMatchObject({ code: "resource_exhausted" });
    const big = service.countUp({ number: 1n, padding: new Uint8Array(900) });
    expect((await collect(big)).length).toBe(1);
    const small = await gatewayTo(transportTo(upstream, { readMaxBytes: 10_000 }), { schema });
    await expect(
      createPingServiceClient(transportTo(small.front)).ping({ text: "x".repeat(20_000) }),
    ).rejects.toMatchObject({ code: "resource_exhausted" });
  });

  it("refuses more metadata than its server may send", async () => {
    const much = ping({
      ping: (_request: unknown, context: { responseTrailers: Headers }) => {
        context.responseTrailers.set("x-much", "m".repeat(10_000));
        return {};
      },
    });
    const upstream = await start(withReflection(much), { sendMaxHeaderBytes: 20_000 });
    const { front } = await gatewayTo(
      transportTo(upstream, { maxHeaderBytes: 32_000 }),
      { onUpstreamError: () => undefined },
      { onError: () => undefined },
    );
    await expect(createPingServiceClient(transportTo(front)).ping({})).rejects.toMatchObject({
      code: "resource_exhausted",
    });
  });

  it("serves what the schema has now, without a restart, and keeps it when a refresh fails", async () => {
    let known = schema;
    let isBroken = false;
    const failures: unknown[] = [];
    const { gateway, front } = await gatewayTo(transportTo(await start(ping())), {
      schema: () => {
        if (isBroken) throw new Error("the schema is broken");
        return known;
      },
      refreshMs: 20,
      onRefreshError: (error) => failures.push(error),
    });
    const service = createPingServiceClient(transportTo(front));
    const { services } = gateway;
    await gateway.refresh();
    expect(gateway.services).toBe(services);
    isBroken = true;
    await until(() => failures.length > 0);
    expect((await service.ping({ text: "hi" })).text).toBe("hi");
    isBroken = false;
    known = createFileRegistry();
    await until(() => gateway.services.length === 0);
    await expect(service.ping({})).rejects.toMatchObject({ code: "unimplemented" });
    known = schema;
    await until(() => gateway.services.length === 1);
    expect((await service.ping({ text: "again" })).text).toBe("again");
  });

  it("serves the services that it is told to", async () => {
    const transport = transportTo(await start(withReflection()));
    const { gateway } = await gatewayTo(transport);
    expect(gateway.services.map(({ typeName }) => typeName).sort()).toEqual([
      "grpc.reflection.v1.ServerReflection",
      "grpc.reflection.v1alpha.ServerReflection",
      "ping.v1.PingService",
    ]);
    const some = await gatewayTo(transport, { services: ["ping.v1.PingService"] });
    expect(some.gateway.services.map(({ typeName }) => typeName)).toEqual(["ping.v1.PingService"]);
    const set = create(FileDescriptorSetSchema, { file: [...new Set(files)].map(({ proto }) => proto).reverse() });
    const bytes = await gatewayTo(transport, { schema: toBinary(FileDescriptorSetSchema, set) });
    expect(bytes.gateway.services.map(({ typeName }) => typeName)).toEqual(["ping.v1.PingService"]);
    const bad = createGateway({ transport, schema: () => Uint8Array.of(1, 2, 3) });
    closers.push(() => bad.close());
    await expect(bad.refresh()).rejects.toThrow("the schema must be what `buf build -o schema.binpb` writes");
    const none = createGateway({ transport, schema, services: ["ping.v1.Nothing"] });
    closers.push(() => none.close());
    await expect(none.refresh()).rejects.toThrow('the schema has no service "ping.v1.Nothing"');
    expect(() => createGateway({ transport, refreshMs: 0 })).toThrow(
      "refreshMs must be from 1 to 2147483647 milliseconds, and 0 is not",
    );
  });

  it("tells of what it serves now by its own reflection", async () => {
    let known = schema;
    const gateway = createGateway({ transport: transportTo(await start(ping())), schema: () => known });
    closers.push(() => gateway.close());
    await gateway.refresh();
    const front = await start([gateway.route, ...createReflection(gateway)]);
    const transport = transportTo(front);
    const learned = await reflectServer(transport);
    const names = learned.getService("ping.v1.PingService")?.methods.map(({ name }) => name);
    expect(names).toEqual(PingService.methods.map(({ name }) => name));
    known = createFileRegistry();
    await gateway.refresh();
    expect([...(await reflectServer(transport)).files]).toEqual([]);
  });

  it("calls its upstream by its interceptors, for reflection too", async () => {
    const upstream = await start(withReflection(), {
      interceptors: [
        (call, next) => {
          if (call.requestHeaders.get("authorization") !== "Bearer gateway")
            throw new ConnectError("unauthenticated", "");
          return next();
        },
      ],
    });
    await expect(gatewayTo(transportTo(upstream))).rejects.toMatchObject({ code: "unauthenticated" });
    const seen: string[] = [];
    const { front } = await gatewayTo(transportTo(upstream), {
      interceptors: [
        (call, next) => {
          call.requestHeaders.set("authorization", "Bearer gateway");
          seen.push(call.spec.procedure);
          return next();
        },
      ],
    });
    const service = createPingServiceClient(transportTo(front));
    expect((await service.ping({ text: "hi" }, { headers: { authorization: "Bearer caller" } })).text).toBe("hi");
    expect(await collect(service.countUp({ number: 2n }))).toHaveLength(2);
    expect(seen).toEqual([
      "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
      "/ping.v1.PingService/Ping",
      "/ping.v1.PingService/CountUp",
    ]);
  });

  it("is served as REST too", async () => {
    const gateway = createGateway({ transport: transportTo(await start(withReflection())) });
    closers.push(() => gateway.close());
    await gateway.refresh();
    const http = {
      rules: [
        {
          selector: "ping.v1.PingService.Ping",
          pattern: { case: "post" as const, value: "/v1/ping/{text}" },
          body: "*",
        },
        { selector: "ping.v1.PingService.CountUp", pattern: { case: "get" as const, value: "/v1/count/{number}" } },
        { selector: "ping.v1.PingService.Fail", pattern: { case: "get" as const, value: "/v1/fail" } },
      ],
    };
    const front = await start([gateway.route, await rest(gateway, { http })]);
    const pinged = await fetch(`${front.url}/v1/ping/hi`, {
      method: "POST",
      body: '{"number":"7"}',
      headers: { "content-type": "application/json" },
    });
    expect(await pinged.json()).toEqual({ text: "hi", number: "7" });
    expect(await (await fetch(`${front.url}/v1/count/2`)).text()).toBe(
      '{"result":{"number":"1"}}\n{"result":{"number":"2"}}\n',
    );
    const failed = await fetch(`${front.url}/v1/fail?code=5&message=no&detail=why`);
    expect([failed.status, await failed.json()]).toEqual([
      404,
      { code: 5, message: "no", details: [{ "@type": "type.googleapis.com/ping.v1.FailDetail", reason: "why" }] },
    ]);
  });
});
