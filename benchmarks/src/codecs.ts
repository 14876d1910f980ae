// pnpm --filter ./benchmarks run codecs
//
// The CPU time of a message to bytes or JSON and back: protobuf-es, `esCodec` as it is on Node, and generated codecs.
import { create, fromBinary, fromJsonString, toBinary, toJsonString } from "@bufbuild/protobuf";
import type { MessageCodec } from "@connect-ts/runtime";
import { esCodec } from "@connect-ts/runtime/dynamic";
import { createNodeTransport } from "@connect-ts/runtime/node";
import { BlobRequestSchema, NestedRequestSchema, TinyRequestSchema } from "./gen/bench/v1/bench_pb.js";
import { blob, order, tiny } from "./messages.js";
import { BlobRequestCodec, NestedRequestCodec, TinyRequestCodec } from "./with-codecs/gen/bench/v1/bench_codec.js";

interface Row {
  readonly name: string;
  readonly es: () => unknown;
  readonly esCodec?: () => unknown;
  readonly generated: () => unknown;
}

const rounds = 7;
/** About as long does a round take. */
const roundMs = 60;

/** CPU time of the best round, in microseconds a call: what else the machine does only makes rounds longer. */
function measure(call: () => unknown): number {
  let calls = 1;
  for (let spent = 0; spent < roundMs * 1000; calls *= 2) spent = spend(call, calls);
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < rounds; i++) best = Math.min(best, spend(call, calls) / calls);
  return best;
}

function spend(call: () => unknown, calls: number): number {
  const start = process.cpuUsage();
  for (let i = 0; i < calls; i++) call();
  const { user, system } = process.cpuUsage(start);
  return user + system;
}

type Schema = typeof TinyRequestSchema | typeof NestedRequestSchema | typeof BlobRequestSchema;

function rowsOf(name: string, schema: Schema, generated: MessageCodec, init: object): Row[] {
  const es = esCodec(schema);
  const message = create(schema, init);
  const bytes = toBinary(schema, message);
  const json = toJsonString(schema, message);
  const options = { ignoreUnknownFields: true };
  return [
    {
      name: `${name}, to bytes`,
      es: () => toBinary(schema, message),
      esCodec: () => es.toBinary(message, 5),
      generated: () => generated.toBinary(message, 5),
    },
    {
      name: `${name}, from bytes`,
      es: () => fromBinary(schema, bytes),
      esCodec: () => es.fromBinary(bytes, 0, bytes.length),
      generated: () => generated.fromBinary(bytes, 0, bytes.length),
    },
    {
      name: `${name}, to JSON`,
      es: () => toJsonString(schema, message),
      generated: () => generated.toJsonString?.(message, options),
    },
    {
      name: `${name}, from JSON`,
      es: () => fromJsonString(schema, json, options),
      generated: () => generated.fromJsonString?.(json, options),
    },
  ];
}

// Whatever is of Node makes `esCodec` faster.
createNodeTransport({ baseUrl: "http://localhost" });

const rows = [
  ...rowsOf("tiny", TinyRequestSchema, TinyRequestCodec, tiny),
  ...rowsOf("1.5 KB nested", NestedRequestSchema, NestedRequestCodec, { order }),
  ...rowsOf("1 MiB", BlobRequestSchema, BlobRequestCodec, blob),
];

const us = (call: (() => unknown) | undefined): string =>
  call === undefined ? "" : String(Number(measure(call).toPrecision(2)));
console.log(`CPU time in microseconds, Node ${process.version}\n`);
console.log("| message | protobuf-es | esCodec | generated |\n| --- | ---: | ---: | ---: |");
for (const row of rows) {
  console.log(`| ${row.name} | ${us(row.es)} | ${us(row.esCodec)} | ${us(row.generated)} |`);
}
