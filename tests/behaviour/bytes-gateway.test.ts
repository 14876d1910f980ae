import {
  type AnyIterable,
  binary,
  connect,
  grpc,
  grpcWeb,
  json,
  type ServerStream,
  type Spec,
  type UnaryCall,
} from "@connect-ts/runtime";
import { createNodeTransport, type Server, serve } from "@connect-ts/runtime/node";
import { bindClient, bytesCodec, createServiceHandler } from "@connect-ts/runtime/transport";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  createPingServiceClient,
  createPingServiceHandler,
  pingServiceSpecs,
} from "../gen/src/ping/v1/ping_connect.js";
import { PingService } from "../gen/src/ping/v1/ping_pb.js";
import { pingService } from "./ping-service.js";

/** JSON that nobody looks into. */
const jsonBytes = { ...binary(), name: "json", text: true };

let backend: Server;
const gateways = new Map<string, Server>();

/** Passes messages on without a look at them. */
function passOn(codec: typeof jsonBytes) {
  const client = bindClient(createNodeTransport({ baseUrl: backend.url, protocol: grpc(), codec }));
  const specs: { [name: string]: Spec } = {};
  const methods: { [name: string]: unknown } = {};
  for (const [name, spec] of Object.entries(pingServiceSpecs)) {
    const raw = { ...spec, input: bytesCodec(spec.input.typeName), output: bytesCodec(spec.output.typeName) } as Spec;
    specs[name] = raw;
    if (spec.kind === "unary") {
      const call = client.unary(raw);
      methods[name] = (request: Uint8Array): UnaryCall<Uint8Array> => call(request);
    } else if (spec.kind === "server_streaming") {
      const call = client.serverStreaming(raw);
      methods[name] = (request: Uint8Array): ServerStream<Uint8Array> => call(request);
    } else {
      const call = spec.kind === "bidi_streaming" ? client.bidiStreaming(raw) : client.clientStreaming(raw);
      methods[name] = (requests: AnyIterable<Uint8Array>): unknown => call(requests);
    }
  }
  return createServiceHandler(PingService, specs, methods, { codecs: [codec] });
}

beforeAll(async () => {
  backend = await serve({ handlers: createPingServiceHandler(pingService()), host: "127.0.0.1" });
  for (const codec of [binary(), jsonBytes]) {
    gateways.set(codec.name, await serve({ handlers: passOn(codec), host: "127.0.0.1" }));
  }
});

afterAll(async () => {
  for (const server of [...gateways.values(), backend]) await server.close();
});

describe.each([
  ["Connect", connect()],
  ["gRPC", grpc()],
  ["gRPC-Web", grpcWeb()],
])("a gateway of bytes takes %s", (_, protocol) => {
  it.each([binary(), json()])("and passes $name on over gRPC", async (codec) => {
    const { url: baseUrl } = gateways.get(codec.name) as Server;
    const transport = createNodeTransport({ baseUrl, protocol, codec, http: "2" });
    const client = createPingServiceClient(transport);
    expect(await client.ping({ number: 7n, text: "hi" })).toMatchObject({ number: 7n, text: "hi" });
    const counted: bigint[] = [];
    for await (const { number } of client.countUp({ number: 3n })) counted.push(number);
    expect(counted).toEqual([1n, 2n, 3n]);
    expect((await client.sum([{ number: 1n }, { number: 2n }])).sum).toBe(3n);
    const sums: bigint[] = [];
    for await (const { sum } of client.cumSum([{ number: 1n }, { number: 2n }])) sums.push(sum);
    expect(sums).toEqual([1n, 3n]);
    transport.close?.();
  });
});
