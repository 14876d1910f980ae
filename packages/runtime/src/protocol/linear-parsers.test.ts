import { create, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileOptionsSchema, type Struct, StructSchema } from "@bufbuild/protobuf/wkt";
import { afterAll, describe, expect, it } from "@jest/globals";
import { StructCodec, StructJson } from "../codegen/wkt-codec/index.js";
import { EnvelopeReader } from "../framing/envelope-reader.js";
import { snappy } from "../framing/snappy.js";
import { decodeBase64 } from "../http/base64.js";
import { HeaderMap, headersFromRaw } from "../http/header-map.js";
import { esCodec } from "../message/es-codec.js";
import { useFastBinary } from "../message/fast-binary.js";
import { json as jsonCodec } from "../message/json-codec.js";
import { useJsonReflection } from "../message/json-reflection.js";
import { stepsOf, stopCounting } from "../testing/node/steps.js";
import { acceptPost, br, bytes, gzip, json, proto, spec } from "../testing/protocol-fixtures.js";
import { readEndStream } from "./connect/end-stream.js";
import { errorFromJson, parseJson } from "./connect/error-json.js";
import { parseGetQuery } from "./connect/get-query.js";
import { connectHandlerProtocol } from "./connect/handler.js";
import { grpcHandlerProtocol } from "./grpc/handler.js";
import { endFromHeaders, endFromTrailers } from "./grpc/status.js";
import { readStatusProto } from "./grpc/status-proto.js";
import { TextTranscoder } from "./grpc-web/text.js";
import { readTrailerFrame } from "./grpc-web/trailer-frame.js";
import { BodyMetadata } from "./shared/body-metadata.js";
import { mediaType } from "./shared/content-type.js";
import { percentDecode, percentEncode } from "./shared/percent.js";

useFastBinary();
useJsonReflection();

/** As if there were no limits: they make an attack small, and this is about what they let through. */
const unlimited = { maxHeaderBytes: Number.POSITIVE_INFINITY, maxHeaderPairs: Number.POSITIVE_INFINITY };
const none = new HeaderMap();
const fileCodec = esCodec(FileDescriptorProtoSchema);
const structCodec = esCodec(StructSchema);

const names = (n: number): string[] => Array.from({ length: n }, (_, i) => `n${i}`);
const many = (n: number): HeaderMap => new HeaderMap(names(n).map((name): [string, string] => [name, "v"]));
const same = (n: number): HeaderMap => new HeaderMap(names(n).map((): [string, string] => ["same", "v"]));
const repeated = (n: number, ...unit: number[]): Uint8Array =>
  Uint8Array.from({ length: n * unit.length }, (_, i) => unit[i % unit.length] as number);

function trailerFrame(payload: Uint8Array): void {
  readTrailerFrame(payload, new BodyMetadata(unlimited));
}

function endStream(value: unknown): void {
  readEndStream(bytes(JSON.stringify(value)), none, unlimited);
}

/** Reads envelopes that come in pieces; looks for them after each piece or at the end. */
function envelopes(body: Uint8Array, piece: number, lookEachTime: boolean): void {
  const reader = new EnvelopeReader(2 ** 30);
  for (let at = 0; at < body.length; at += piece) {
    reader.push(body.subarray(at, at + piece));
    if (lookEachTime) while (reader.next());
  }
  while (reader.next());
}

function envelopeOf(size: number): Uint8Array {
  const body = new Uint8Array(5 + size);
  new DataView(body.buffer).setUint32(1, size);
  return body;
}

function text(body: Uint8Array, piece: number): void {
  const transcoder = new TextTranscoder();
  for (let at = 0; at < body.length; at += piece) transcoder.decode(body.subarray(at, at + piece));
}

function get(query: string): void {
  connectHandlerProtocol().accept(
    { method: "GET", query, headers: none },
    { spec: spec("unary", "no_side_effects"), codecs: [proto, json], compressions: [gzip, br] },
  );
}

function structOf(text: string): Struct {
  return StructJson.fromJsonString?.(text, {}) as Struct;
}

function struct(n: number): Struct {
  return structOf(JSON.stringify(Object.fromEntries(many(n))));
}

/** Field 8 of a file is its options, whose parts are merged. */
const options = toBinary(
  FileDescriptorProtoSchema,
  create(FileDescriptorProtoSchema, { options: { deprecated: true } }),
);
const option = toBinary(FileOptionsSchema, create(FileOptionsSchema, { uninterpretedOption: [{}] }));

/** Every parser of what a peer sends, with inputs that grow. */
const parsers: readonly (readonly [string, (n: number) => () => unknown])[] = [
  ["a header's value with space inside", (n) => () => new HeaderMap([["a", `x${" ".repeat(n)}x`]])],
  ["a header's value of space", (n) => () => new HeaderMap([["a", " ".repeat(n)]])],
  ["many headers, taken over", (n) => () => new HeaderMap(many(n))],
  ["raw headers", (n) => () => headersFromRaw(names(n))],
  ["the entries of many headers", (n) => ((headers) => () => [...headers])(many(n))],
  ["the entries of one header many times", (n) => ((headers) => () => [...headers.keys()])(same(n))],
  [
    "one header many times, read",
    (n) =>
      (
        (headers) => () =>
          headers.get("same")
      )(same(n)),
  ],
  ["one header many times, set", (n) => () => same(n).set("same", "1")],
  ["one header many times, deleted", (n) => () => same(n).delete("same")],
  ["binary values", (n) => () => new HeaderMap([["a-bin", "AA,".repeat(n)]]).getAllBinary("a-bin")],
  ["base64", (n) => () => decodeBase64("AAAA".repeat(n))],
  ["percent-encoding", (n) => () => percentDecode("%41".repeat(n))],
  ["percent signs", (n) => () => percentDecode("%".repeat(n))],
  ["a message to be percent-encoded", (n) => () => percentEncode("é".repeat(n))],
  ["a media type", (n) => () => mediaType(`${" ".repeat(n)};${" ".repeat(n)}`)],
  ["a query of separators", (n) => () => parseGetQuery("&".repeat(n))],
  ["a query of names", (n) => () => parseGetQuery("a&".repeat(n))],
  ["a query of pairs", (n) => () => parseGetQuery("a=b&".repeat(n))],
  ["a query of equals signs", (n) => () => parseGetQuery("=".repeat(n))],
  ["a GET in base64", (n) => () => get(`encoding=proto&base64=1&message=${"AAAA".repeat(n)}`)],
  ["a GET in JSON", (n) => () => get(`encoding=json&message=${"%7B+".repeat(n)}`)],
  [
    "the head of a Connect request",
    (n) => () =>
      acceptPost(connectHandlerProtocol(), "unary", {
        "content-type": `application/json${";".repeat(n)}`,
        "accept-encoding": "x;q=0,".repeat(n),
        "content-encoding": " ".repeat(n),
        "connect-timeout-ms": "1".repeat(n),
      }),
  ],
  [
    "the head of a gRPC request",
    (n) => () =>
      acceptPost(grpcHandlerProtocol(), "unary", {
        "content-type": `application/grpc${" ".repeat(n)}`,
        "grpc-accept-encoding": ",".repeat(n),
        "grpc-timeout": "1".repeat(n),
      }),
  ],
  [
    "gRPC's status",
    (n) =>
      (
        (trailers) => () =>
          endFromTrailers(trailers, trailers)
      )(many(n)),
  ],
  [
    "gRPC's status in a head",
    (n) =>
      (
        (headers) => () =>
          endFromHeaders(headers)
      )(many(n)),
  ],
  [
    "gRPC's status with a long message and details",
    (n) => () =>
      endFromTrailers(
        new HeaderMap({
          "grpc-status": "1",
          "grpc-message": "%".repeat(n),
          "grpc-status-details-bin": "A".repeat(n * 4),
        }),
        none,
      ),
  ],
  ["details of a status", (n) => () => readStatusProto(repeated(n, 0x1a, 0))],
  ["unknown fields of a status", (n) => () => readStatusProto(repeated(n, 0x28, 1))],
  ["messages of a status", (n) => () => readStatusProto(repeated(n, 0x12, 1, 0x41))],
  ["a trailer frame of lines", (n) => () => trailerFrame(bytes("a:b\r\n".repeat(n)))],
  ["a trailer frame of empty lines", (n) => () => trailerFrame(bytes("\n".repeat(n)))],
  ["a trailer frame of one line", (n) => () => trailerFrame(bytes(`a:${" ".repeat(n)}x`))],
  ["a trailer frame of what is no header", (n) => () => trailerFrame(bytes("é\n".repeat(n)))],
  ["text of gRPC-Web", (n) => () => text(bytes("AAAA".repeat(n)), n * 4)],
  ["text of gRPC-Web with padding", (n) => () => text(bytes("AA==".repeat(n)), n * 4)],
  ["text of gRPC-Web in small pieces", (n) => () => text(bytes("AAAA".repeat(n)), 1)],
  ["an end-of-stream message with names", (n) => () => endStream({ metadata: Object.fromEntries(many(n)) })],
  ["an end-of-stream message with values", (n) => () => endStream({ metadata: { a: names(n) } })],
  ["an end-of-stream message with space", (n) => () => endStream({ metadata: { a: [`x${" ".repeat(n)}x`] } })],
  [
    "an error with details",
    (n) => () =>
      errorFromJson(
        parseJson(bytes(JSON.stringify({ details: names(n).map((name) => ({ type: `/${name}`, value: "AAAA" })) }))),
        "unknown",
        none,
        "",
      ),
  ],
  [
    "many envelopes in a chunk",
    (n) =>
      (
        (body) => () =>
          envelopes(body, body.length, true)
      )(repeated(n, 0, 0, 0, 0, 0)),
  ],
  [
    "many envelopes in small pieces",
    (n) =>
      (
        (body) => () =>
          envelopes(body, 1, true)
      )(repeated(n, 0, 0, 0, 0, 0)),
  ],
  [
    "many envelopes that wait",
    (n) =>
      (
        (body) => () =>
          envelopes(body, 3, false)
      )(repeated(n, 0, 0, 0, 0, 0)),
  ],
  [
    "an envelope in small pieces",
    (n) =>
      (
        (body) => () =>
          envelopes(body, 1, true)
      )(envelopeOf(n)),
  ],
  [
    "an envelope in pieces that wait",
    (n) =>
      (
        (body) => () =>
          envelopes(body, 1, false)
      )(envelopeOf(n)),
  ],
  [
    // So large that what came first is copied once in both.
    "an envelope in large pieces",
    (n) =>
      (
        (body) => () =>
          envelopes(body, 1024, true)
      )(envelopeOf(n * 400)),
  ],
  [
    "snappy's chunks",
    (n) => () =>
      snappy().decompress(Uint8Array.of(0xff, 6, 0, 0, ...bytes("sNaPpY"), ...repeated(n, 0xfe, 0, 0, 0)), 0),
  ],
  [
    "snappy's blocks",
    (n) =>
      (
        (packed) => () =>
          snappy().decompress(packed, 2 ** 30)
      )(snappy().compress(new Uint8Array(n * 100)) as Uint8Array),
  ],
  [
    "a message with many fields",
    (n) =>
      (
        (body) => () =>
          fileCodec.fromBinary(body, 0, body.length)
      )(repeated(n, 0x1a, 0)),
  ],
  [
    "a message of unknown fields",
    (n) =>
      (
        (body) => () =>
          fileCodec.fromBinary(body, 0, body.length)
      )(repeated(n, 0xf8, 0x7f, 1)),
  ],
  [
    "a message whose part is merged",
    (n) =>
      (
        (body) => () =>
          fileCodec.fromBinary(body, 0, body.length)
      )(repeated(n, ...options)),
  ],
  [
    "a message whose part is merged and grows",
    (n) =>
      (
        (body) => () =>
          fileCodec.fromBinary(body, 0, body.length)
      )(repeated(n, 0x42, option.length, ...option)),
  ],
  [
    "a message with a map",
    (n) =>
      (
        (body) => () =>
          structCodec.fromBinary(body, 0, body.length)
      )(StructCodec.toBinary(struct(n), 0)),
  ],
  [
    "the same in generated code",
    (n) =>
      (
        (body) => () =>
          StructCodec.fromBinary(body, 0, body.length)
      )(repeated(n, 0x0a, 0)),
  ],
  [
    "JSON",
    (n) =>
      (
        (body) => () =>
          jsonCodec().decode(body, 0, body.length, structCodec)
      )(bytes(JSON.stringify(Object.fromEntries(many(n))))),
  ],
  [
    "JSON in generated code",
    (n) =>
      (
        (text) => () =>
          structOf(text)
      )(JSON.stringify(Object.fromEntries(many(n)))),
  ],
];

describe("the steps of reading", () => {
  afterAll(stopCounting);

  it.each(parsers)("%s: at most doubled by twice the input", (_name, parser) => {
    const [once, twice] = [250, 500].map((n) => {
      const run = parser(n);
      // What is made once, by the first of its kind.
      run();
      return stepsOf(run);
    }) as [number, number];
    expect(once).toBeGreaterThan(250);
    expect(twice).toBeLessThan(2.2 * once);
  });

  it.each<[string, (n: number) => unknown]>([
    ["a loop in a loop", (n) => names(n).filter((name, i, all) => all.indexOf(name) === i)],
    ["a regular expression that looks for an end", (n) => "x".repeat(n).replace(/ +$/, "")],
    [
      "an array that is emptied from its front",
      (n) =>
        ((list) => {
          while (list.length > 0) list.shift();
        })(names(n)),
    ],
  ])("would be counted: %s", (_name, run) => {
    expect(stepsOf(() => run(1000))).toBeGreaterThan(3 * stepsOf(() => run(500)));
  });
});
