import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { explorer } from "@connect-ts/explorer";
import { createGateway } from "@connect-ts/gateway";
import { createReflection } from "@connect-ts/reflection";
import { grpc, grpcHandlerProtocol } from "@connect-ts/runtime";
import { cors } from "@connect-ts/runtime/fetch";
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import type { Route } from "@connect-ts/runtime/transport";
import { afterEach, describe, expect, it } from "@jest/globals";
import { createPingServiceHandler } from "../gen/src/ping/v1/ping_connect.js";
import {
  CumSumRequestSchema,
  CumSumResponseSchema,
  PingRequestSchema,
  PingResponseSchema,
} from "../gen/src/ping/v1/ping_pb.js";
import { until } from "./helpers.js";
import { type Received, type Running, type SharedOptions, servers } from "./http-servers.js";
import { observed, pingService } from "./ping-service.js";

const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function envelope(message: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(5 + message.length);
  new DataView(bytes.buffer).setUint32(1, message.length);
  bytes.set(message, 5);
  return bytes;
}

/** The payloads of a response whose bytes are all ASCII. */
function framesOf(text: string): Buffer[] {
  const bytes = Buffer.from(text);
  const frames: Buffer[] = [];
  for (let at = 0; at + 5 <= bytes.length; at += 5 + bytes.readUInt32BE(at + 1)) {
    frames.push(bytes.subarray(at + 5, at + 5 + bytes.readUInt32BE(at + 1)));
  }
  return frames;
}

const ping = (text: string): Uint8Array => envelope(toBinary(PingRequestSchema, create(PingRequestSchema, { text })));
const sum = (number: number): Uint8Array =>
  toBinary(CumSumRequestSchema, create(CumSumRequestSchema, { number: BigInt(number) }));

describe.each(servers)("the explorer of %s", (_, startServer) => {
  interface Opened {
    readonly server: Running;
    post(path: string, body: readonly Uint8Array[], more?: object): Promise<Received>;
  }

  async function start(handlers: Parameters<typeof startServer>[0], options?: SharedOptions): Promise<Opened> {
    const server = await startServer(handlers, options);
    closers.push(() => server.close());
    const session = await server.send({ method: "GET", path: "/explorer/session" });
    const { token } = JSON.parse(session.text) as { readonly token: string };
    return {
      server,
      post: (path, body, { headers, ...more }: { readonly headers?: object } = {}) =>
        server.send({
          method: "POST",
          path: `/explorer/${path}`,
          headers: { "explorer-token": token, "content-type": "application/connect+proto", ...headers },
          body,
          ...more,
        }),
    };
  }

  it("shows its page, and runs calls", async () => {
    const { server, post } = await start([createPingServiceHandler(pingService()), explorer()]);
    expect((await server.send({ method: "GET", path: "/explorer" })).headers.location).toBe("./explorer/");
    expect((await server.send({ method: "HEAD", path: "/explorer/" })).status).toBe(200);
    const { text } = await post("call/ping.v1.PingService/Ping", [ping("hi")]);
    const [message = Buffer.alloc(0), end] = framesOf(text);
    expect(fromBinary(PingResponseSchema, message).text).toBe("hi");
    expect(String(end)).toBe("{}");
  });

  it("takes the messages of a stream one by one", async () => {
    const { post } = await start([createPingServiceHandler(pingService()), explorer()]);
    const pieces: Buffer[] = [];
    const got = (): bigint[] =>
      framesOf(String(Buffer.concat(pieces)))
        .slice(0, 3)
        .map((message) => fromBinary(CumSumResponseSchema, message).sum);
    const call = post("call/ping.v1.PingService/CumSum", [envelope(sum(1))], {
      headers: { "explorer-call": "a" },
      onData: (piece: Buffer) => pieces.push(piece),
    });
    for (const [index, number] of [2, 3].entries()) {
      await until(() => got().length === index + 1);
      expect((await post("send/a", [sum(number)])).status).toBe(204);
    }
    await until(() => got().length === 3);
    expect(got()).toEqual([1n, 3n, 6n]);
    expect((await post("send/a", [], { headers: { "explorer-end": "1" } })).status).toBe(204);
    expect(String(framesOf((await call).text).at(-1))).toBe("{}");
  });

  it("answers no page that cors lets call its services", async () => {
    const { server, post } = await start([createPingServiceHandler(pingService()), explorer()], {
      cors: cors({ origin: ["https://app.example"] }),
    });
    const origin = "https://app.example";
    expect((await server.send({ method: "GET", path: "/explorer/session", headers: { origin } })).status).toBe(403);
    expect((await post("call/ping.v1.PingService/Ping", [ping("hi")], { headers: { origin } })).status).toBe(403);
  });
});

describe("the explorer of a gateway", () => {
  it("calls a server behind it that speaks gRPC alone", async () => {
    const saw = observed();
    const backend = await serve({
      handlers: [createPingServiceHandler(pingService(saw)), ...createReflection()],
      protocols: [grpcHandlerProtocol()],
      host: "127.0.0.1",
    });
    closers.push(() => backend.close());
    const transport = createNodeTransport({ baseUrl: backend.url, protocol: grpc() });
    closers.push(() => transport.close?.());
    const gateway = createGateway({ transport, services: ["ping.v1.PingService"] });
    closers.push(() => gateway.close());
    const routes: Route[] = [gateway.route, explorer({ services: gateway })];
    const front = await serve({ handlers: routes, host: "127.0.0.1" });
    closers.push(() => front.close());
    const session = async (): Promise<{ readonly token: string; readonly services: readonly string[] }> =>
      (await (await fetch(`${front.url}/explorer/session`)).json()) as never;
    expect((await session()).services).toEqual([]);
    await gateway.refresh();
    const { token, services } = await session();
    expect(services).toEqual(["ping.v1.PingService"]);
    const response = await fetch(`${front.url}/explorer/call/ping.v1.PingService/CumSum`, {
      method: "POST",
      headers: { "explorer-token": token },
      body: Buffer.concat([envelope(sum(1)), envelope(sum(2))]),
    });
    const sums = framesOf(await response.text()).slice(0, 2);
    expect(sums.map((message) => fromBinary(CumSumResponseSchema, message).sum)).toEqual([1n, 3n]);
  });
});
