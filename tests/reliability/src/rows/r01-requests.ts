// What R1 sends to servers: each case with the codes that are right for it.
import { gunzipSync, gzipSync } from "node:zlib";
import { fromBinary, fromJsonString, type JsonReadOptions } from "@bufbuild/protobuf";
import { PingRequestSchema } from "../../../gen/src/ping/v1/ping_pb.js";
import { envelope } from "../harness/wire.js";
import { mutated } from "./r01-mutations.js";

/** One way to reach one kind of RPC. */
export interface Surface {
  readonly http: "1.1" | "2";
  readonly protocol: "connect" | "grpc" | "grpc-web";
  readonly codec: "proto" | "json";
  readonly kind: "unary" | "client" | "server" | "bidi";
}

export interface RequestCase {
  readonly name: string;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly chunks: readonly Uint8Array[];
  /** Codes that are right; `http 415` is a status without a code. */
  readonly allowed: readonly string[];
}

export const paths = {
  unary: "/ping.v1.PingService/Ping",
  client: "/ping.v1.PingService/Sum",
  server: "/ping.v1.PingService/CountUp",
  bidi: "/ping.v1.PingService/CumSum",
} as const;
const readMaxBytes = 4 * 1024 * 1024;
const readOptions: Partial<JsonReadOptions> = { ignoreUnknownFields: true };

export function isEnveloped({ protocol, kind }: Surface): boolean {
  return protocol !== "connect" || kind !== "unary";
}

export function contentType({ protocol, codec, kind }: Surface): string {
  if (protocol !== "connect") return `application/${protocol}+${codec}`;
  return `application/${kind === "unary" ? "" : "connect+"}${codec}`;
}

/** A request of any kind: field 1 is a number in all of them. */
function message({ kind, codec }: Surface): Buffer {
  if (codec === "json")
    return Buffer.from(kind === "unary" ? '{"number":"5","text":"ab","data":"AQI="}' : '{"number":"2"}');
  return kind === "unary" ? Buffer.from([8, 5, 0x12, 2, 97, 98, 0x1a, 2, 1, 2]) : Buffer.from([8, 2]);
}

/** What becomes of a message of `Ping`: `undefined` for one that asks for a delay. */
function verdict(surface: Surface, bytes: Uint8Array): string[] | undefined {
  try {
    const { delayMs } =
      surface.codec === "proto"
        ? fromBinary(PingRequestSchema, bytes)
        : fromJsonString(PingRequestSchema, new TextDecoder("utf-8", { fatal: true }).decode(bytes), readOptions);
    if (delayMs !== 0) return undefined;
  } catch {
    return ["invalid_argument"];
  }
  // protobuf-es takes numbers that have lost digits.
  const digits = surface.codec === "json" && /\d{16}|\d[eE]/.test(Buffer.from(bytes).toString("latin1"));
  return digits ? ["ok", "invalid_argument"] : ["ok"];
}

export function* requestCases(surface: Surface): Generator<RequestCase> {
  yield* envelopes(surface);
  yield* cuts(surface);
  yield* compressed(surface);
  yield* timeouts(surface);
  yield* contentTypes(surface);
  yield* otherPaths(surface);
  if (surface.kind === "unary") yield* messages(surface);
  if (surface.kind === "unary" && surface.protocol === "connect") yield* queries(surface);
}

function* envelopes(surface: Surface): Generator<RequestCase> {
  if (!isEnveloped(surface)) return;
  const payload = message(surface);
  for (let flags = 0; flags < 256; flags++) {
    const allowed = flags === 0 ? ["ok"] : flags === 1 ? ["internal"] : ["invalid_argument", "internal"];
    yield { name: `flags ${flags}`, chunks: [envelope(payload, payload.length, flags)], allowed };
  }
  const powers = Array.from({ length: 32 }, (_, bit) => [2 ** bit - 1, 2 ** bit, 2 ** bit + 1]).flat();
  for (const length of new Set(
    [...powers, 2 ** 32 - 1, readMaxBytes, readMaxBytes + 1].filter((value) => value < 2 ** 32),
  )) {
    const { length: right } = payload;
    const allowed =
      length === right
        ? ["ok"]
        : length > readMaxBytes
          ? ["resource_exhausted"]
          : length > right
            ? ["invalid_argument"]
            : ["invalid_argument", "unimplemented", "resource_exhausted", "internal"];
    yield { name: `declared length ${length}`, chunks: [envelope(payload, length)], allowed };
  }
}

function* cuts(surface: Surface): Generator<RequestCase> {
  const payload = message(surface);
  const body = isEnveloped(surface) ? envelope(payload) : payload;
  for (let at = 0; at < body.length; at++) {
    const part = body.subarray(0, at);
    const none = surface.kind === "unary" || surface.kind === "server" ? ["unimplemented"] : ["ok"];
    const allowed = isEnveloped(surface) ? (at === 0 ? none : ["invalid_argument"]) : verdict(surface, part);
    if (allowed !== undefined) yield { name: `cut at ${at}`, chunks: [part], allowed };
    yield { name: `in two pieces, at ${at}`, chunks: [part, body.subarray(at)], allowed: ["ok"] };
  }
  const bytes = Array.from(body, (byte) => Buffer.from([byte]));
  yield { name: "byte by byte", chunks: bytes, allowed: ["ok"] };
}

function* compressed(surface: Surface): Generator<RequestCase> {
  const isUnary = !isEnveloped(surface);
  const header = isUnary
    ? "content-encoding"
    : surface.protocol === "connect"
      ? "connect-content-encoding"
      : "grpc-encoding";
  const payload = message(surface);
  const wrap = (bytes: Uint8Array): Uint8Array => (isUnary ? bytes : envelope(bytes, bytes.length, 1));
  const good = gzipSync(payload);
  const headers = { [header]: "gzip" };
  const faulty = ["invalid_argument"];
  for (let at = 0; at < good.length; at++) {
    const flipped = Buffer.from(good);
    flipped[at] = (flipped[at] as number) ^ 0x55;
    let allowed: readonly string[] = faulty;
    try {
      const plain = gunzipSync(flipped);
      // The other kinds have a smaller message, of which any number will do.
      allowed = surface.kind === "unary" ? (verdict(surface, plain) ?? []) : plain.equals(payload) ? ["ok"] : [];
    } catch {
      // It is faulty.
    }
    if (allowed.length > 0) yield { name: `gzip, byte ${at} flipped`, headers, chunks: [wrap(flipped)], allowed };
    yield {
      name: `gzip, cut at ${at}`,
      headers,
      chunks: [wrap(good.subarray(0, at))],
      // No bytes are the empty message: no compressor writes none.
      allowed: at === 0 ? ["ok", ...faulty] : faulty,
    };
  }
  const longer = Buffer.concat([good, Buffer.from("rest")]);
  yield { name: `gzip with a rest`, headers, chunks: [wrap(longer)], allowed: ["ok", ...faulty] };
  const bomb = gzipSync(Buffer.alloc(readMaxBytes + 1));
  yield { name: `gzip, a bomb`, headers, chunks: [wrap(bomb)], allowed: ["resource_exhausted"] };
  for (const name of ["lzma", "gzip,br", "constructor", "__proto__", "x".repeat(300)]) {
    yield {
      name: `compression ${name.slice(0, 20)}`,
      headers: { [header]: name },
      chunks: [wrap(payload)],
      allowed: ["unimplemented"],
    };
  }
}

function* timeouts(surface: Surface): Generator<RequestCase> {
  const [header, right, long] =
    surface.protocol === "connect"
      ? ([
          "connect-timeout-ms",
          /^\d{1,10}$/,
          ["9999", "99999", "9999999999", "10000000000", "00000000099", "99999999999999999999"],
        ] as const)
      : ([
          "grpc-timeout",
          /^\d{1,8}[HMSmun]$/,
          ["9S", "99999999H", "999999999H", "99999m", "99999999999n", "00000099S"],
        ] as const);
  const odd = [
    "",
    "-1",
    "-0",
    "1.5",
    "1e3",
    "0x10",
    "soon",
    "5 0",
    "NaN",
    "Infinity",
    "+5",
    "5,5",
    "5;5",
    "5ms",
    "5s",
    "5X",
    "S",
    "m5",
    "5mm",
    "１２",
    "٣",
  ];
  for (const value of [...long, ...odd]) {
    // HTTP has bytes in headers.
    const text = Buffer.from(value).toString("latin1");
    const allowed = value === "" ? ["ok", "invalid_argument"] : right.test(value) ? ["ok"] : ["invalid_argument"];
    const body = isEnveloped(surface) ? envelope(message(surface)) : message(surface);
    yield { name: `${header} ${value}`, headers: { [header]: text }, chunks: [body], allowed };
  }
}

function* contentTypes(surface: Surface): Generator<RequestCase> {
  const type = contentType(surface);
  const body = isEnveloped(surface) ? envelope(message(surface)) : message(surface);
  const same = [type.toUpperCase(), `${type};charset=utf-8`, `${type}; charset=UTF-8`, `${type}; charset="utf-8"`];
  const doubtful = [
    `${type} ; charset=utf-8`,
    `${type};`,
    `${type};;`,
    `${type}; x=y`,
    `${type};charset`,
    `${type};charset=`,
    `${type}, ${type}`,
  ];
  const other = [
    "",
    "x",
    "/",
    "application",
    "application/",
    `${type}x`,
    `x${type}`,
    `${type}+`,
    `${type}+${type}`,
    `${type}/${type}`,
    "text/plain",
    "image/jpeg",
    "application/xml",
    "multipart/form-data; boundary=x",
    "application/__proto__",
    "application/constructor",
    "application/connect+",
    "application/grpc+",
    "application/grpc+xml",
    "application/grpcx",
    "application/grpc-web+",
    "application/connect+xml",
    `${type};charset=latin1`,
    "a".repeat(4000),
  ];
  for (const value of same)
    yield { name: `content type ${value}`, headers: { "content-type": value }, chunks: [body], allowed: ["ok"] };
  for (const value of doubtful)
    yield {
      name: `content type ${value}`,
      headers: { "content-type": value },
      chunks: [body],
      allowed: ["ok", "http 415"],
    };
  // curl's own default is taken for JSON of a unary RPC, where no browser can have sent it.
  const curl = { "content-type": "application/x-www-form-urlencoded" };
  yield {
    name: "curl's content type",
    headers: curl,
    chunks: [body],
    allowed: surface.kind === "unary" ? ["ok", "invalid_argument"] : ["http 415"],
  };
  for (const value of other)
    yield {
      name: `content type ${value.slice(0, 60)}`,
      headers: { "content-type": value },
      chunks: [body],
      allowed: ["http 415"],
    };
}

function* otherPaths(surface: Surface): Generator<RequestCase> {
  const path = paths[surface.kind];
  const body = isEnveloped(surface) ? envelope(message(surface)) : message(surface);
  yield { name: "a query after the path", path: `${path}?a=b&c`, chunks: [body], allowed: ["ok"] };
  if (surface.http === "1.1") {
    yield { name: "the path in absolute form", path: `http://127.0.0.1${path}`, chunks: [body], allowed: ["ok"] };
  }
  const others = [
    `/${path}`,
    `${path}/`,
    `${path}/x`,
    `${path};x`,
    path.toLowerCase(),
    path.replace("ping", "%70ing"),
    path.replace("/ping", "/./ping"),
    path.replace("/ping", "/x/../ping"),
    `${path}%00`,
    `${path}%`,
    `${path}%zz`,
    `${path}%2f`,
    "/",
    "/ping.v1.PingService",
    "/ping.v1.PingService/",
    "/ping.v1.PingService/__proto__",
    "/__proto__/Ping",
    "/constructor",
    "/ping.v1.PingService/toString",
    `/${"x".repeat(8000)}`,
  ];
  for (const other of others) {
    yield {
      name: `path ${other.slice(0, 60)}`,
      path: other,
      chunks: [body],
      allowed: ["unimplemented", "http 404", "http 400"],
    };
  }
  // Over HTTP/2 a path that does not begin with a slash is malformed (RFC 9113 section 8.3.1): the stream is reset.
  const malformed =
    surface.http === "2" ? ["Stream closed with error code NGHTTP2_PROTOCOL_ERROR"] : ["http 400", "http 404"];
  for (const other of [path.replace("/ping", "\\ping"), path.slice(1), `x${path}`]) {
    yield { name: `path ${other}`, path: other, chunks: [body], allowed: malformed };
  }
  const methods = ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "QUERY"];
  for (const method of methods) {
    // GET of an RPC without side effects is a call, and this one lacks its query.
    const allowed =
      method === "GET" && surface.kind === "unary"
        ? ["invalid_argument", "http 405"]
        : ["http 405", "http 501", "http 400"];
    yield { name: method, method, chunks: [], allowed };
  }
}

function* messages(surface: Surface): Generator<RequestCase> {
  const good = message(surface);
  for (const [name, bytes] of mutated(good, surface.codec, 400)) {
    const empty = bytes.length === 0 && isEnveloped(surface);
    const allowed = empty ? ["ok"] : verdict(surface, bytes);
    if (allowed !== undefined) yield { name, chunks: [isEnveloped(surface) ? envelope(bytes) : bytes], allowed };
  }
}

function* queries({ codec }: Surface): Generator<RequestCase> {
  const payload = message({ http: "2", protocol: "connect", codec, kind: "unary" });
  const plain = encodeURIComponent(payload.toString("latin1"));
  const invalid = "invalid_argument";
  type Part = readonly [text: string, ...faults: string[]];
  const versions: Part[] = [
    ["connect=v1"],
    [""],
    ["connect=v2", invalid],
    ["connect=", invalid],
    ["connect=v1&connect=v1"],
  ];
  const encodings: Part[] = [
    [`encoding=${codec}`],
    ["", invalid],
    ["encoding=xml", "http 415"],
    ["encoding=__proto__", "http 415"],
    ["encoding=", invalid, "http 415"],
  ];
  const coded: Part[] = [
    [`base64=1&message=${payload.toString("base64url")}`],
    [`base64=1&message=${encodeURIComponent(payload.toString("base64"))}`],
    ["base64=1&message=!!!", invalid],
    ["base64=1&message=A", invalid],
    ["base64=1", invalid],
    [`message=${plain}`],
    ["message=%7", invalid],
    ["message=%zz", invalid],
    ["message=%ff%ff", invalid],
  ];
  const compression: Part[] = [
    [""],
    ["compression=identity"],
    ["compression=lzma", "unimplemented"],
    ["compression=constructor", "unimplemented"],
    ["compression=gzip", invalid],
  ];
  for (const parts of product(versions, encodings, coded, compression)) {
    const faults = parts.flatMap(([, ...rest]) => rest);
    const query = parts
      .map(([text]) => text)
      .filter(Boolean)
      .join("&");
    const allowed = faults.length === 0 ? ["ok"] : faults;
    yield { name: `GET ?${query}`, method: "GET", path: `${paths.unary}?${query}`, chunks: [], allowed };
  }
}

function product<T>(...lists: readonly (readonly T[])[]): T[][] {
  return lists.reduce<T[][]>((all, list) => all.flatMap((one) => list.map((item) => [...one, item])), [[]]);
}
