// pnpm bench:callpath
//
// What each layer of an operation costs. All runs in this process, so that each figure is the CPU time of both sides: the codecs
// alone, calls over an HTTP stack in memory, the HTTP/2 engine without sockets, and all of it over the loopback interface.
import { grpc } from "@connect-ts/runtime";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import type { Method } from "./commands.js";
import { EnginePair } from "./engine-pair.js";
import { runLoad } from "./load.js";
import { median } from "./median.js";
import { event, tiny } from "./messages.js";
import { eventFrame, tinyFrame } from "./peers/frames.js";
import { callsOf, service } from "./peers/ours.js";
import type { Client } from "./peers/peer.js";
import {
  ChatRequestCodec,
  ChatResponseCodec,
  TinyRequestCodec,
  TinyResponseCodec,
} from "./with-codecs/gen/bench/v1/bench_codec.js";
import { createBenchServiceClient, createBenchServiceHandler } from "./with-codecs/gen/bench/v1/bench_connect.js";

const rounds = 9;
const warmUpMs = 600;
const roundMs = 150;
const envelope = 5;

interface Work {
  readonly title: string;
  readonly method: Method;
  readonly messages: number;
  readonly inFlight: number;
  /** One operation's messages to bytes and back. */
  readonly codecs: () => unknown;
  readonly engine: EnginePair;
}

const works: readonly Work[] = [
  {
    title: "unary, 16 bytes, 64 in flight",
    method: "tiny",
    messages: 1,
    inFlight: 64,
    codecs: () => {
      const request = TinyRequestCodec.toBinary(TinyRequestCodec.create(tiny), envelope);
      const { text } = TinyRequestCodec.fromBinary(request, envelope, request.length);
      const response = TinyResponseCodec.toBinary(TinyResponseCodec.create({ text }), envelope);
      return TinyResponseCodec.fromBinary(response, envelope, response.length);
    },
    engine: new EnginePair(tinyFrame, 64, 1),
  },
  {
    title: "round trip on a stream",
    method: "chat",
    messages: 500,
    inFlight: 1,
    codecs: () => {
      const request = ChatRequestCodec.toBinary(ChatRequestCodec.create(event), envelope);
      const { number, text } = ChatRequestCodec.fromBinary(request, envelope, request.length);
      const response = ChatResponseCodec.toBinary(ChatResponseCodec.create({ number, text }), envelope);
      return ChatResponseCodec.fromBinary(response, envelope, response.length);
    },
    engine: new EnginePair(eventFrame, 1, 500),
  },
];

const handler = createBenchServiceHandler(service);
const server = await serve({ handlers: handler, host: "127.0.0.1" });
const inMemory = callsOf(createBenchServiceClient(createInProcessTransport(handler)));
const remote = createNodeTransport({ baseUrl: `http://127.0.0.1:${server.port}`, protocol: grpc() });
const overLoopback = callsOf(createBenchServiceClient(remote));

console.log("| CPU µs of both sides | codecs | call path | HTTP/2 engine | sockets and event loop | all |");
console.log("| --- | --: | --: | --: | --: | --: |");
for (const work of works) {
  const layers = [
    (cpuMs: number) => codecsFor(work, cpuMs),
    (cpuMs: number) => callsFor(inMemory, work, cpuMs),
    (cpuMs: number) => work.engine.run(cpuMs),
    (cpuMs: number) => callsFor(overLoopback, work, cpuMs),
  ];
  for (const layer of layers) await spend(layer, warmUpMs);
  const figures: number[][] = layers.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, layer] of layers.entries()) figures[i]?.push(await spend(layer, roundMs));
  }
  const [codecs = 0, calls = 0, engine = 0, all = 0] = figures.map(median);
  const row = [codecs, calls - codecs, engine, all - calls - engine, all].map((value) => value.toFixed(2));
  console.log(`| ${work.title} | ${row.join(" | ")} |`);
}
await server.close();

/** Microseconds an operation. */
async function spend(layer: (cpuMs: number) => number | Promise<number>, cpuMs: number): Promise<number> {
  const begun = process.cpuUsage();
  const operations = await layer(cpuMs);
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / operations;
}

function codecsFor({ codecs }: Work, cpuMs: number): number {
  const begun = process.cpuUsage();
  for (let operations = 0; ; ) {
    for (let i = 0; i < 1000; i++) codecs();
    operations += 1000;
    const { user, system } = process.cpuUsage(begun);
    if (user + system >= cpuMs * 1000) return operations;
  }
}

function callsFor(client: Client, { method, messages, inFlight }: Work, cpuMs: number): Promise<number> {
  return runLoad(client, { method, messages, inFlight, cpuMs });
}
