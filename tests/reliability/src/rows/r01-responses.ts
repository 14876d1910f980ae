// What R1 answers clients with: each response with the codes that are right for it.
import http from "node:http";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { fromBinary } from "@bufbuild/protobuf";
import { PingResponseSchema } from "../../../gen/src/ping/v1/ping_pb.js";
import { clientOf } from "../harness/clients.js";
import { codeNames, connectH1, connectH2, grpcH2, grpcWebH1, type Wire, wiresOf } from "../harness/outcome.js";
import { type RowRun, times } from "../harness/row.js";
import { envelope } from "../harness/wire.js";
import { mutated } from "./r01-mutations.js";

interface Answer {
  readonly status?: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly trailers?: Readonly<Record<string, string>>;
}

interface ResponseCase extends Answer {
  readonly name: string;
  readonly allowed: readonly string[];
}

type Kind = "unary" | "server";
const message = Buffer.from([8, 1, 0x12, 2, 97, 98]);
const faulty = ["internal", "unknown"];

/** Lets a client call a server whose answers are broken; how many there were. */
export async function responses(run: RowRun, step: number): Promise<number> {
  let count = 0;
  for (const wire of wiresOf(run.peer, connectH1, connectH2, grpcWebH1, { ...grpcWebH1, http: "2" }, grpcH2)) {
    for (const kind of ["unary", "server"] as const) {
      const cases = [...responseCases(wire, kind)].filter((_, at) => at % step === count % step);
      count += cases.length;
      const server = await answering(wire, cases);
      const client = clientOf(run.peer, `http://127.0.0.1:${server.port}`, wire);
      await times(cases.length, 16, async (at) => {
        const { name, allowed } = cases[at] as ResponseCase;
        const init = { headers: { "x-case": String(at) }, timeoutMs: 10_000, unsafe: true };
        const { code, message: text } = await client.call(
          kind === "unary" ? "ping" : "countUp",
          [{ number: 1n }],
          init,
        );
        const right = `expected ${allowed.join(" or ")}`;
        run.check(
          allowed.includes(code),
          `${wire.protocol} ${kind} over HTTP/${wire.http}, ${name}: ${code} ${text}, ${right}`,
        );
      });
      await client.close();
      await server.close();
    }
  }
  return count;
}

async function answering(
  { http: version }: Wire,
  cases: readonly Answer[],
): Promise<{ port: number; close(): Promise<void> }> {
  const find = (index: unknown): Answer => cases[Number(index)] as Answer;
  const sessions = new Set<http2.ServerHttp2Session>();
  let server: http.Server | http2.Http2Server;
  if (version === "1.1") {
    server = http.createServer((request, response) => {
      const { status = 200, headers, body } = find(request.headers["x-case"]);
      request.resume().on("end", () => response.writeHead(status, headers).end(body));
    });
  } else {
    server = http2.createServer();
    server.on("session", (session: http2.ServerHttp2Session) => {
      sessions.add(session);
      session.on("close", () => sessions.delete(session));
    });
    server.on("stream", (stream: http2.ServerHttp2Stream, request) => {
      const { status = 200, headers, body, trailers } = find(request["x-case"]);
      stream.on("error", () => {});
      stream.resume();
      stream.respond({ ":status": status, ...headers }, { waitForTrailers: trailers !== undefined });
      stream.on("wantTrailers", () => stream.sendTrailers({ ...trailers }));
      stream.end(body);
    });
  }
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      for (const session of sessions) session.destroy();
      server.close(() => resolve());
    });
  return { port: (server.address() as AddressInfo).port, close };
}

const typeOf = ({ protocol }: Wire, kind: Kind): string =>
  protocol === "connect" ? `application/${kind === "unary" ? "" : "connect+"}proto` : `application/${protocol}+proto`;

/** A response with these bytes of messages, and a good end. */
function whole(wire: Wire, kind: Kind, bytes: Uint8Array, end?: Readonly<Record<string, string>>): Answer {
  const headers = { "content-type": typeOf(wire, kind) };
  const status = end ?? { "grpc-status": "0" };
  if (wire.protocol === "grpc") return { headers, body: bytes, trailers: status };
  if (wire.protocol === "connect")
    return { headers, body: kind === "unary" ? bytes : Buffer.concat([bytes, envelope(Buffer.from("{}"), 2, 2)]) };
  const lines = Buffer.from(
    Object.entries(status)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join(""),
  );
  return { headers, body: Buffer.concat([bytes, envelope(lines, lines.length, 0x80)]) };
}

function* responseCases(wire: Wire, kind: Kind): Generator<ResponseCase> {
  const isPlain = wire.protocol === "connect" && kind === "unary";
  const framed = isPlain ? message : envelope(message);
  yield { name: "a good response", ...whole(wire, kind, framed), allowed: ["ok"] };
  yield* statuses(wire, kind);
  yield* contentTypes(wire, kind, framed);
  if (!isPlain) yield* envelopes(wire, kind);
  yield* messages(wire, kind, isPlain);
  yield* compressed(wire, kind, isPlain);
  if (wire.protocol === "connect") yield* isPlain ? errorBodies() : ends();
  else yield* grpcStatuses(wire, kind);
}

const httpToCode: Readonly<Record<number, string>> = {
  400: "internal",
  401: "unauthenticated",
  403: "permission_denied",
  404: "unimplemented",
  429: "unavailable",
  502: "unavailable",
  503: "unavailable",
  504: "unavailable",
};

function* statuses(wire: Wire, kind: Kind): Generator<ResponseCase> {
  for (let status = 200; status < 600; status += status < 400 ? 7 : 1) {
    const allowed = status === 200 ? faulty : [httpToCode[status] ?? "unknown"];
    const headers = { "content-type": "text/html" };
    const body = status === 204 || status === 304 ? Buffer.alloc(0) : Buffer.from("<html>");
    yield { name: `HTTP status ${status}`, status, headers, body, allowed };
    // An error status with a good body is an error all the same.
    if (status > 204 && status % 10 === 3) {
      yield {
        name: `HTTP status ${status} and a message`,
        ...whole(wire, kind, envelope(message)),
        status,
        allowed: [...allowed, "internal", "unknown"],
      };
    }
  }
}

function* contentTypes(wire: Wire, kind: Kind, framed: Uint8Array): Generator<ResponseCase> {
  const good = whole(wire, kind, framed);
  const type = typeOf(wire, kind);
  const list = [
    "",
    "x",
    "application/",
    "text/plain",
    "text/html; charset=utf-8",
    "application/json",
    "application/connect+json",
    "application/connect+",
    "application/grpc+json",
    "application/grpc-web+json",
    `${type}x`,
    `${type}+x`,
    "application/octet-stream",
    "a".repeat(3000),
  ];
  for (const value of [type.toUpperCase(), `${type}; charset=utf-8`]) {
    yield { name: `content type ${value}`, ...good, headers: { "content-type": value }, allowed: ["ok"] };
  }
  for (const value of list) {
    yield { name: `content type ${value.slice(0, 40)}`, ...good, headers: { "content-type": value }, allowed: faulty };
  }
  yield { name: "no content type", ...good, headers: {}, allowed: faulty };
}

function* envelopes(wire: Wire, kind: Kind): Generator<ResponseCase> {
  // A message that is taken for the end of the stream: then there is none.
  const none = [...faulty, "unimplemented"];
  for (let flags = 0; flags < 256; flags++) {
    const answer = whole(wire, kind, envelope(message, message.length, flags));
    yield { name: `flags ${flags}`, ...answer, allowed: flags === 0 ? ["ok"] : flags === 1 ? ["internal"] : none };
  }
  for (const length of [0, 1, 5, 7, 100, 2 ** 16, 2 ** 22, 2 ** 22 + 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]) {
    const answer = whole(wire, kind, envelope(message, length));
    yield {
      name: `declared length ${length}`,
      ...answer,
      allowed: length > 2 ** 22 ? ["resource_exhausted"] : [...none, "resource_exhausted"],
    };
  }
  const complete = whole(wire, kind, envelope(message));
  for (let at = 0; at < complete.body.length; at++) {
    const isMessage = wire.protocol === "grpc" && at === 0;
    const allowed = isMessage ? (kind === "unary" ? ["unimplemented"] : ["ok"]) : none;
    yield { name: `cut at ${at}`, ...complete, body: complete.body.subarray(0, at), allowed };
  }
  yield {
    name: "bytes after the end",
    ...complete,
    body: Buffer.concat([complete.body, envelope(message)]),
    allowed: wire.protocol === "grpc" && kind === "server" ? ["ok"] : none,
  };
  yield {
    name: "two messages",
    ...whole(wire, kind, Buffer.concat([envelope(message), envelope(message)])),
    allowed: kind === "unary" ? ["unimplemented"] : ["ok"],
  };
  yield {
    name: "no message",
    ...whole(wire, kind, Buffer.alloc(0)),
    allowed: kind === "unary" ? ["unimplemented"] : ["ok"],
  };
}

function* messages(wire: Wire, kind: Kind, isPlain: boolean): Generator<ResponseCase> {
  if (kind === "server") return;
  for (const [name, bytes] of mutated(message, "proto", 300)) {
    let allowed = ["ok"];
    try {
      fromBinary(PingResponseSchema, bytes);
    } catch {
      allowed = ["internal"];
    }
    yield { name, ...whole(wire, kind, isPlain ? bytes : envelope(bytes)), allowed };
  }
}

function* compressed(wire: Wire, kind: Kind, isPlain: boolean): Generator<ResponseCase> {
  const header = isPlain
    ? "content-encoding"
    : wire.protocol === "connect"
      ? "connect-content-encoding"
      : "grpc-encoding";
  const pack = (bytes: Uint8Array): Uint8Array => (isPlain ? bytes : envelope(bytes, bytes.length, 1));
  const answer = (name: string, bytes: Uint8Array): Answer => {
    const made = whole(wire, kind, pack(bytes));
    return { ...made, headers: { ...made.headers, [header]: name } };
  };
  const good = gzipSync(message);
  yield { name: "gzip", ...answer("gzip", good), allowed: ["ok"] };
  for (let at = 1; at < good.length; at++)
    yield { name: `gzip, cut at ${at}`, ...answer("gzip", good.subarray(0, at)), allowed: faulty };
  for (const at of [0, 1, 2, 12, 14, good.length - 1, good.length - 6]) {
    const flipped = Buffer.from(good);
    flipped[at] = (flipped[at] as number) ^ 0xff;
    yield { name: `gzip, byte ${at} flipped`, ...answer("gzip", flipped), allowed: faulty };
  }
  yield { name: "a bomb", ...answer("gzip", gzipSync(Buffer.alloc(2 ** 22 + 1))), allowed: ["resource_exhausted"] };
  for (const name of ["lzma", "__proto__", "gzip, gzip"])
    yield { name: `compression ${name}`, ...answer(name, good), allowed: faulty };
}

/** JSON of errors, with the code that it tells, if it tells one. */
const errors: readonly (readonly [json: string, code?: string])[] = [
  ...codeNames.slice(1).map((code): [string, string] => [`{"code":"${code}","message":"x"}`, code]),
  ['{"code":"aborted"}', "aborted"],
  ['{"code":"aborted","message":null}', "aborted"],
  ['{"code":"aborted","message":"\\u0000\\ud800"}', "aborted"],
  ['{"code":"aborted","details":null}', "aborted"],
  ['{"code":"aborted","details":[{"type":"a.B","value":"AAA","debug":{"x":[1e999]}}]}', "aborted"],
  ['{"code":"aborted","x":{"y":[]},"__proto__":{"code":"ok"}}', "aborted"],
  ['{"code":"not_found","code":"aborted"}', "aborted"],
  ...[
    "null",
    "1",
    '"ABORTED"',
    '"ok"',
    '"canceled "',
    '"cancelled"',
    '"constructor"',
    "[]",
    "{}",
    "true",
    '""',
    "10",
  ].map((code): [string] => [`{"code":${code}}`]),
  ['{"message":"x"}'],
  ["{}"],
];
/** What cannot be read as an error at all. */
const noErrors = [
  "",
  "null",
  "[]",
  "1",
  '"x"',
  "{",
  "{]",
  "\ufeff{",
  "<html>",
  `{"a":`.repeat(5000),
  "[".repeat(5000),
  "\u0000",
  "NaN",
];
/** Details that cannot be read: the code may be kept, or given up. */
const badDetails = [
  '{"code":"aborted","details":{}}',
  '{"code":"aborted","details":[1]}',
  '{"code":"aborted","details":[{"type":1}]}',
  '{"code":"aborted","details":[{"type":"a","value":"!"}]}',
  '{"code":"aborted","details":"x"}',
  '{"code":"aborted","message":5}',
];

function* errorBodies(): Generator<ResponseCase> {
  const headers = { "content-type": "application/json" };
  for (const status of [400, 404, 409, 500, 503, 418]) {
    const mapped = httpToCode[status] ?? "unknown";
    const one = (json: string, allowed: readonly string[]): ResponseCase => ({
      name: `HTTP status ${status}, ${json.slice(0, 60)}`,
      status,
      headers,
      body: Buffer.from(json),
      allowed,
    });
    for (const [json, code] of errors) yield one(json, [code ?? mapped]);
    for (const json of noErrors) yield one(json, [mapped]);
    for (const json of badDetails) yield one(json, ["aborted", mapped]);
  }
}

function* ends(): Generator<ResponseCase> {
  const one = (json: string, allowed: readonly string[]): ResponseCase => {
    const end = Buffer.from(json);
    return {
      name: `end of stream ${json.slice(0, 60)}`,
      headers: { "content-type": "application/connect+proto" },
      body: Buffer.concat([envelope(message), envelope(end, end.length, 2)]),
      allowed,
    };
  };
  for (const [json, code] of errors) yield one(`{"error":${json}}`, [code ?? "unknown"]);
  for (const json of badDetails) yield one(`{"error":${json}}`, ["aborted", ...faulty]);
  for (const json of noErrors.filter((text) => text !== "null"))
    yield one(json, [...faulty, ...(json === "" ? ["internal"] : [])]);
  for (const json of ["{}", '{"error":null}', '{"metadata":{}}', '{"metadata":{"a":["b"]}}', '{"x":1}'])
    yield one(json, ["ok"]);
  for (const json of [
    '{"metadata":[]}',
    '{"metadata":{"a":"b"}}',
    '{"metadata":{"a":[1]}}',
    '{"metadata":{"\\n":["b"]}}',
    '{"metadata":{"a":["\\r\\n"]}}',
    '{"error":1}',
    '{"error":"x"}',
    '{"error":[]}',
  ]) {
    yield one(json, ["ok", ...faulty]);
  }
}

function* grpcStatuses(wire: Wire, kind: Kind): Generator<ResponseCase> {
  const one = (name: string, end: Readonly<Record<string, string>>, allowed: readonly string[]): ResponseCase => ({
    name: `${name}, ${JSON.stringify(end).slice(0, 80)}`,
    ...whole(wire, kind, envelope(message), end),
    allowed,
  });
  for (const [number, code] of codeNames.entries()) yield one("status", { "grpc-status": String(number) }, [code]);
  for (const value of ["17", "99", "4294967296", "99999999999999999999"])
    yield one("status", { "grpc-status": value }, ["unknown"]);
  for (const value of ["", "-1", "x", "1x", "0x1", "1.5", "1e0", "NaN", "ok"])
    yield one("status", { "grpc-status": value }, faulty);
  for (const value of ["00", "010"]) yield one("status", { "grpc-status": value }, ["ok", "aborted", ...faulty]);
  yield one("no status", { "x-other": "1" }, faulty);
  yield one("nothing", {}, faulty);
  for (const text of ["%", "%4", "%zz", "%ff%fe", "%E4%B8", "plain", "%0d%0a", "%00", "%".repeat(3000)]) {
    yield one("message", { "grpc-status": "10", "grpc-message": text }, ["aborted"]);
  }
  // Another code in the details, too: gRPC leaves open which one holds.
  for (const details of ["!", "AA", "CAo", "CAU", "////", "CApaAA", "A".repeat(4000), "="]) {
    yield one("details", { "grpc-status": "10", "grpc-status-details-bin": details }, [
      "aborted",
      "not_found",
      ...faulty,
    ]);
  }
}
