// What reads a peer's bytes, each as a function of bytes: it tells what it made of them, or throws an error that says what is wrong.
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, StructSchema } from "@bufbuild/protobuf/wkt";
import { HeaderMap, json, snappy } from "@connect-ts/runtime";
import { codecOf } from "@connect-ts/runtime/codegen/schema";
import { ClientConnection, Http2Stream, ServerConnection, type StreamSink } from "@connect-ts/runtime/http2";
import {
  data,
  envelope,
  FrameType,
  fields,
  frame,
  headers,
  preface,
  rst,
  settings,
  settingsAck,
} from "../harness/wire.js";
import { piecesOf, same } from "./r20-input.js";
import {
  bodySeeds,
  query,
  querySeeds,
  requestBody,
  requestHead,
  requestHeadSeeds,
  responseBody,
  responseHead,
  responseHeadSeeds,
} from "./r20-sides.js";

export interface Target {
  readonly name: string;
  /** Inputs that are right: others are made of them. */
  readonly seeds: readonly (Uint8Array | string)[];
  /** Says what it read; two inputs that it says the same of are alike. */
  readonly read: (bytes: Uint8Array) => unknown;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const fileCodec = codecOf(FileDescriptorProtoSchema);
const structCodec = codecOf(StructSchema);
const struct = '{"a":[1,2.5,"x",null,true,{"b":{}}],"é":-1e5}';
const file = FileDescriptorProtoSchema.file.proto;

/** What is read as protobuf-es reads it, is written and read again as it was. */
function message(bytes: Uint8Array): string {
  const read = hex(fileCodec.toBinary(fileCodec.fromBinary(bytes, 0, bytes.length), 0));
  same("protobuf-es", hex(toBinary(FileDescriptorProtoSchema, fromBinary(FileDescriptorProtoSchema, bytes))), read);
  const again = fileCodec.fromBinary(Buffer.from(read, "hex"), 0, read.length / 2);
  same("read again", hex(fileCodec.toBinary(again, 0)), read);
  return `a message of ${read.length.toString(2).length}`;
}

function jsonMessage(bytes: Uint8Array): string {
  const codec = json();
  const read = codec.encode(codec.decode(bytes, 0, bytes.length, structCodec), structCodec, 0);
  same("read again", codec.encode(codec.decode(read, 0, read.length, structCodec), structCodec, 0), read);
  return `a message of ${read.length.toString(2).length}`;
}

/** Bytes come back as they were; of any text bytes or an error. */
function binaryHeader(bytes: Uint8Array): string {
  const map = new HeaderMap();
  map.setBinary("a-bin", bytes);
  same("of any bytes", hex(map.getBinary("a-bin") ?? new Uint8Array(1)), hex(bytes));
  return String(new HeaderMap([["a-bin", Buffer.from(bytes).toString("latin1")]]).getAllBinary("a-bin").length);
}

async function unpacked(bytes: Uint8Array): Promise<string> {
  const read = await snappy().decompress(bytes, 100_000);
  same("packed again", hex(await snappy().decompress(await snappy().compress(read), 100_000)), hex(read));
  return "bytes";
}

/** Remembers what it is told; the pieces in which a body came do not matter. */
class Told implements StreamSink {
  head = "";
  body = "";
  end = "";
  onInformational(): void {
    this.head += "1xx ";
  }
  onHead(head: { readonly fields: readonly string[] }): void {
    this.head += head.fields.join("|");
  }
  onData(bytes: Uint8Array): void {
    this.body += hex(bytes);
  }
  onEnd(trailers: readonly string[] | undefined): void {
    this.end += `end ${trailers?.join("|")} `;
  }
  onReset({ code, message: text }: { readonly code: number; readonly message: string }): void {
    this.end += `reset ${code} ${text} `;
  }
  onDrain(): void {}
  onClose(): void {
    this.end += "closed";
  }
}

/** What a connection and its streams say of bytes, which come in pieces. */
function connection(server: boolean, pieces: readonly Uint8Array[]): string {
  const told: Told[] = [];
  let over = "open";
  const accept = (): Http2Stream => {
    const stream = new Http2Stream();
    const sink = new Told();
    told.push(sink);
    stream.sink = sink;
    stream.autoConsume = true;
    return stream;
  };
  const host = {
    flush(): void {},
    accept,
    closed(end: { readonly code: number; readonly message: string; readonly cause?: unknown }): void {
      over = `${end.code} ${end.message}`;
      // The engine throws nothing but what it says to its peer.
      same("an internal error", (end.cause as Error | undefined)?.stack, undefined);
    },
  };
  const one = server ? new ServerConnection(host) : new ClientConnection(host);
  if (one instanceof ClientConnection)
    for (let i = 0; i < 3; i++)
      one.request(accept(), [":method", "POST", ":scheme", "http", ":path", "/", ":authority", "a"], true);
  one.takeOutput();
  for (const piece of pieces) if (over === "open") one.receive(piece.slice());
  return `${over}; ${told.map(({ head, body, end }) => `${head} ${body} ${end}`).join(";")}`;
}

function frames(server: boolean): (bytes: Uint8Array) => string {
  const begun = server ? preface : Buffer.alloc(0);
  return (bytes) => {
    const whole = connection(server, [begun, bytes]);
    same("in pieces", connection(server, [begun, ...piecesOf(bytes)]), whole);
    return whole.replaceAll(/\d+|[\da-f]{4,}/g, "#").slice(0, 80);
  };
}

const ping = Buffer.from([0x08, 1, 0x12, 1, 0x61]);
const asked = {
  ":method": "POST",
  ":scheme": "http",
  ":path": "/a.B/C",
  ":authority": "a",
  "content-type": "application/grpc",
};
const ends = 1;
const requests = [
  Buffer.concat([settings, settingsAck, headers(1, asked), data(1, envelope(ping), ends)]),
  Buffer.concat([
    settings,
    headers(1, asked, ends),
    headers(3, asked),
    rst(3, 8),
    frame(FrameType.ping, 0, 0, Buffer.alloc(8)),
  ]),
  Buffer.concat([
    settings,
    frame(FrameType.headers, 0, 1, fields(asked)),
    frame(FrameType.continuation, 4, 1, fields({ x: "y" })),
    frame(FrameType.windowUpdate, 0, 1, Buffer.from([0, 0, 1, 0])),
  ]),
];
const answered = { ":status": "200", "content-type": "application/grpc" };
const responses = [
  Buffer.concat([
    settings,
    settingsAck,
    headers(1, answered),
    data(1, envelope(ping)),
    headers(1, { "grpc-status": "0" }, ends),
  ]),
  Buffer.concat([
    settings,
    headers(1, { ":status": "103" }),
    headers(1, answered, ends),
    rst(3, 7),
    frame(FrameType.goaway, 0, 0, Buffer.alloc(8)),
  ]),
];

export const targets: readonly Target[] = [
  { name: "binary messages", seeds: [toBinary(FileDescriptorProtoSchema, file).subarray(0, 900)], read: message },
  { name: "JSON messages", seeds: [struct, "{}", '{"a":{"b":"\\ud83d\\ude00\\u0000"}}'], read: jsonMessage },
  { name: "binary headers", seeds: ["AAAA", "AA==", "_-8", "+/8=,AA"], read: binaryHeader },
  {
    name: "snappy",
    seeds: [Buffer.from("abcdabcdabcdabcd".repeat(20)), ping].map((bytes) => snappy().compress(bytes) as Uint8Array),
    read: unpacked,
  },
  { name: "GET queries", seeds: querySeeds, read: query },
  { name: "heads of requests", seeds: requestHeadSeeds, read: requestHead },
  { name: "bodies of requests", seeds: bodySeeds, read: requestBody },
  { name: "heads of responses", seeds: responseHeadSeeds, read: responseHead },
  { name: "bodies of responses", seeds: bodySeeds, read: responseBody },
  { name: "frames of a client", seeds: requests, read: frames(true) },
  { name: "frames of a server", seeds: responses, read: frames(false) },
];
