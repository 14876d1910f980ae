// What strangers ask of a server: requests of all protocols, of pages of other origins and of browsers' address bars, most of them wrong somewhere.
import { create, toBinary, toJsonString } from "@bufbuild/protobuf";
import { PingRequestSchema } from "../../gen/src/ping/v1/ping_pb.js";
import type { Chance } from "./chance.js";

export type Field = readonly [name: string, value: string];

export interface StrangeRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly Field[];
  readonly body: readonly Uint8Array[];
}

/** The call that handlers find in requests of strangers. */
export const strangeId = 2000;

const message = create(PingRequestSchema, { number: 0n, text: `call ${strangeId}`, data: new Uint8Array(5) });
const binary = toBinary(PingRequestSchema, message);
const text = Buffer.from(toJsonString(PingRequestSchema, message));

const paths = [
  "/simulated.Service/unary",
  "/simulated.Service/unary",
  "/simulated.Service/idempotent",
  "/simulated.Service/server",
  "/simulated.Service/client",
  "/simulated.Service/bidi",
  "/simulated.Service/missing",
  "/api/simulated.Service/unary",
  "/wrong/simulated.Service/unary",
  "/",
  "/*",
  "/healthz",
  "/echo",
  "/pieces",
  "/refuses",
  "/throws",
  "/below/this/and/that",
  "/below/leaves",
  "/own/call",
  "/own/throws",
  "/own/promise",
] as const;

const types = [
  "application/proto",
  "application/json",
  "application/json; charset=utf-8",
  "application/connect+proto",
  "application/connect+json",
  "application/grpc",
  "application/grpc+proto",
  "application/grpc+json",
  "application/grpc-web+proto",
  "application/grpc-web-text",
  "text/plain",
] as const;

const extras: readonly Field[] = [
  ["connect-protocol-version", "1"],
  ["connect-protocol-version", "2"],
  ["connect-timeout-ms", "1000"],
  ["connect-timeout-ms", "0"],
  ["connect-timeout-ms", "soon"],
  ["grpc-timeout", "1S"],
  ["grpc-timeout", "0n"],
  ["grpc-timeout", "1 hour"],
  ["content-encoding", "unknown"],
  ["connect-content-encoding", "gzip"],
  ["connect-accept-encoding", "gzip, unknown"],
  ["grpc-encoding", "unknown"],
  ["grpc-encoding", "gzip"],
  ["grpc-accept-encoding", "gzip,simulated"],
  ["accept-encoding", "gzip"],
  ["te", "trailers"],
  ["x-bytes-bin", "AAEC"],
  ["x-bytes-bin", "not base64!"],
  ["cookie", "a=b"],
  ["authorization", "Bearer simulated"],
  ["x-long", "l".repeat(3000)],
];

const pages: readonly (readonly Field[])[] = [
  [["origin", "https://allowed.test"]],
  [["origin", "https://other.test"]],
  [["origin", "null"]],
  [["origin", "http://simulated.test"]],
  [
    ["origin", "https://allowed.test"],
    ["access-control-request-method", "POST"],
  ],
  [
    ["origin", "https://other.test"],
    ["access-control-request-method", "POST"],
  ],
  [["sec-fetch-site", "cross-site"]],
  [["sec-fetch-site", "same-origin"]],
];

/** Draws a request. */
export function strangeRequest(chance: Chance): StrangeRequest {
  const path = chance.pick(paths);
  const type = chance.pick(types);
  const page = chance.happens(0.35) ? chance.pick(pages) : [];
  const asks = page.some(([name]) => name.startsWith("access-control"));
  const method = asks ? "OPTIONS" : chance.pick(["POST", "POST", "POST", "GET", "GET", "HEAD", "PUT", "OPTIONS"]);
  const headers: Field[] = [["x-call", String(strangeId)], ...page];
  if (chance.happens(0.9) && method !== "GET") headers.push(["content-type", type]);
  for (let n = chance.whole(0, 2); n > 0; n--) {
    const extra = chance.pick(extras);
    if (!headers.some(([name]) => name === extra[0])) headers.push(extra);
  }
  const query = method === "GET" || chance.happens(0.1) ? queryOf(chance) : "";
  const body = method === "GET" || method === "HEAD" ? [] : bodyOf(chance, type);
  return { method, path: `${path}${query}`, headers, body };
}

/** A request that is as it should be. */
export function soundRequest(chance: Chance): StrangeRequest {
  const name = chance.pick(["unary", "idempotent", "server", "client", "bidi"]);
  const plain = name === "unary" || name === "idempotent";
  const kinds = plain ? ["application/proto", "application/grpc+proto"] : ["application/connect+proto"];
  const type = chance.pick([...kinds, "application/grpc", "application/grpc-web+proto"]);
  const count = name === "client" || name === "bidi" ? chance.scale(0, 40) : 1;
  const body = type === "application/proto" ? [binary] : Array.from({ length: count }, () => enveloped(0, binary));
  const headers: Field[] = [
    ["x-call", String(strangeId)],
    ["content-type", type],
  ];
  return { method: "POST", path: `/simulated.Service/${name}`, headers, body };
}

function queryOf(chance: Chance): string {
  const parts = [
    "connect=v1",
    chance.pick(["encoding=proto", "encoding=json", "encoding=other", ""]),
    chance.pick([
      `base64=1&message=${Buffer.from(binary).toString("base64url")}`,
      `message=${encodeURIComponent(text.toString())}`,
      "base64=1&message=%%%",
      "",
    ]),
    chance.pick(["", "", "compression=gzip", "compression=unknown"]),
  ];
  return `?${parts.filter((part) => part !== "" && chance.happens(0.9)).join("&")}`;
}

/** An envelope (Connect and gRPC): flags, and the length in four bytes. */
export function enveloped(flags: number, payload: Uint8Array, length: number = payload.byteLength): Uint8Array {
  const head = Buffer.alloc(5);
  head[0] = flags;
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, payload]);
}

function bodyOf(chance: Chance, type: string): readonly Uint8Array[] {
  const payload = type.includes("json") ? text : binary;
  const streams = /connect\+|grpc/.test(type);
  const whole = chance.weighted({
    right: 6,
    several: 2,
    compressed: 1,
    flags: 1,
    cut: 1,
    none: 1,
    noise: 1,
    long: 0.5,
  });
  switch (whole) {
    case "right":
      return [streams ? enveloped(0, payload) : payload];
    case "several":
      return [enveloped(0, payload), enveloped(0, payload), enveloped(2, Buffer.from("{}"))];
    case "compressed":
      return [streams ? enveloped(1, payload) : Buffer.concat([Buffer.of(0x5a), payload])];
    case "flags":
      return [enveloped(chance.pick([2, 4, 128, 255]), payload)];
    case "cut":
      return [enveloped(0, payload).subarray(0, chance.whole(1, 20))];
    case "none":
      return [];
    case "noise":
      return [Uint8Array.from({ length: chance.scale(1, 300) }, () => chance.whole(0, 255))];
    default:
      return [enveloped(0, payload, chance.pick([0x7fff_ffff, 5_000_000, 100])), payload];
  }
}
