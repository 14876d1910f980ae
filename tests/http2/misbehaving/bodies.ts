import type { Ends, Misbehaviour, Reply } from "./server.js";
import { data, endStream, envelope, frame, headers, rst, times } from "./wire.js";

function body(
  server: string,
  make: (to: Reply) => readonly Uint8Array[],
  ends: Ends = "internal",
  next: "same" | "new" = "same",
): Misbehaviour {
  return { server, ends, next, reply: (to) => to.send(...make(to)) };
}

/** Bytes of a body where a right message would be, and a right end. */
function content(server: string, bytes: (to: Reply) => Iterable<number>, ends: Ends): Misbehaviour {
  return body(server, (to) => [to.head(), data(to.id, bytes(to)), to.end], ends);
}

/** Trailers in place of right ones; Connect has them only where they are wrong. */
function trailersOf(server: string, fields: readonly string[], ends: Ends = "internal"): Misbehaviour {
  return body(
    server,
    (to) => [
      to.head(),
      to.message,
      ...(to.kind === "connectStream" ? [data(to.id, envelope(Buffer.from("{}"), 2))] : []),
      headers(to.id, fields, endStream),
    ],
    ends,
  );
}

/** The end of a stream of Connect is a message: its call is over before trailers come. */
const wrongTrailers: Ends = { grpc: "internal", connect: "internal", connectStream: "ok" };

export const bodies: readonly Misbehaviour[] = [
  body("sends DATA before its head", (to) => [to.message, to.head(), to.end]),
  body("sends DATA in place of its head", (to) => [data(to.id, [], endStream)]),
  body("sends DATA after the end", (to) => [to.all, data(to.id, [1, 2, 3])], "ok"),
  body("sends a second answer after the end", (to) => [to.all, to.all], "ok"),
  body("sends DATA after its reset", (to) => [to.head(), rst(to.id, 2), to.message, to.message]),
  body("sends DATA on stream 0", (to) => [to.head(), data(0, [1])], "unavailable", "new"),
  body("sends DATA on a stream of its own", (to) => [to.head(), data(2, [1])], "unavailable", "new"),
  body(
    "sends DATA on a stream that was never opened",
    (to) => [to.head(), data(to.id + 100, [1])],
    "unavailable",
    "new",
  ),
  body(
    "sends DATA with more padding than bytes",
    (to) => [to.head(), frame(0, 8, to.id, [5, 1])],
    "unavailable",
    "new",
  ),
  body("sends padded DATA of no bytes", (to) => [to.head(), frame(0, 8, to.id, [])], "unavailable", "new"),
  body(
    "pads each byte with 255",
    (to) => [
      to.head(),
      times(200, () => frame(0, 8, to.id, [255, ...new Array<number>(255).fill(0)])),
      to.message,
      to.end,
    ],
    "ok",
  ),
  body(
    "sends a frame that is larger than was agreed",
    (to) => [to.head(), data(to.id, new Uint8Array(70_000))],
    "unavailable",
    "new",
  ),
  body(
    "announces a frame of 16 MiB",
    (to) => [to.head(), Buffer.from([255, 255, 255, 0, 0, 0, 0, 0, to.id])],
    "unavailable",
    "new",
  ),
  body(
    "sends 2.4 MB and no whole message",
    (to) => [to.head(), data(to.id, [0, 0, 0x30, 0, 0]), times(40, () => data(to.id, new Uint8Array(60_000))), to.end],
    "internal",
  ),
  body(
    "sends 6 MB after its reset",
    (to) => [to.head(), rst(to.id, 2), times(100, () => data(to.id, new Uint8Array(60_000)))],
    "internal",
    "same",
  ),
  body(
    "sends its message byte by byte",
    (to) => [to.head(), ...[...envelope([])].map((byte) => data(to.id, to.kind === "connect" ? [] : [byte])), to.end],
    "ok",
  ),
  body("sends 400 empty DATA frames", (to) => [to.head(), times(400, () => data(to.id, [])), to.message, to.end], "ok"),
  body("ends in the middle of an envelope", (to) => [to.head(), data(to.id, [0, 0, 0]), to.end], {
    grpc: "internal",
    connect: "internal",
    connectStream: "internal",
  }),
  body("ends in the middle of a message", (to) => [to.head(), data(to.id, [0, 0, 0, 0, 9, 8, 1]), to.end], {
    grpc: "internal",
    connect: "internal",
    connectStream: "internal",
  }),
  body("ends a body with no end of its protocol", (to) => [to.head(), to.message, data(to.id, [], endStream)], {
    grpc: "internal",
    connect: "ok",
    connectStream: "internal",
  }),
  body("sends two messages", (to) => [to.head(), to.message, to.message, to.end], {
    grpc: "unimplemented",
    connect: "ok",
    grpcStream: "ok",
    connectStream: "ok",
  }),
  body("sends no message", (to) => [to.head(), to.end], {
    grpc: "unimplemented",
    connect: "ok",
    grpcStream: "ok",
    connectStream: "ok",
  }),
  content(
    "sends a message that is none",
    (to) => (to.kind === "connect" ? [255, 255] : envelope([255, 255])),
    "internal",
  ),
  content("announces a message of 4 GiB", () => [0, 255, 255, 255, 255], {
    grpc: "resource_exhausted",
    connect: "internal",
    connectStream: "resource_exhausted",
  }),
  content(
    "sends an envelope with unknown flags",
    (to) => (to.kind === "connect" ? [255] : envelope([], 64)),
    "internal",
  ),
  content(
    "sends a compressed message without an encoding",
    (to) => (to.kind === "connect" ? [255] : envelope([1], 1)),
    "internal",
  ),
  body("names a compression that nobody asked for", (to) => [
    to.head(
      to.kind === "connect"
        ? "content-encoding"
        : to.kind === "connectStream"
          ? "connect-content-encoding"
          : "grpc-encoding",
      "lzma",
    ),
    to.kind === "connect" ? data(to.id, [1]) : data(to.id, envelope([1], 1)),
    to.end,
  ]),
  trailersOf("sends a pseudo-header field in trailers", [":status", "200", "grpc-status", "0"], wrongTrailers),
  trailersOf("sends a connection's field in trailers", ["connection", "close", "grpc-status", "0"], wrongTrailers),
  trailersOf("sends a trailer in upper case", ["GRPC-Status", "0"], wrongTrailers),
  trailersOf("sends a trailer of 20,000 bytes", ["grpc-status", "0", "x-name", "x".repeat(20_000)], {
    grpc: "resource_exhausted",
    connect: "resource_exhausted",
    connectStream: "ok",
  }),
  trailersOf("sends a grpc-status that is no number", ["grpc-status", "fine"], { grpc: "unknown", connect: "ok" }),
  trailersOf("sends a grpc-status that does not exist", ["grpc-status", "99"], { grpc: "unknown", connect: "ok" }),
  trailersOf("sends trailers without a grpc-status", ["x-name", "1"], { grpc: "unknown", connect: "ok" }),
  body("sends trailers that do not end the call", (to) => [
    to.head(),
    to.message,
    headers(to.id, ["grpc-status", "0"]),
  ]),
  body(
    "sends trailers twice",
    (to) => [
      to.head(),
      to.message,
      headers(to.id, ["grpc-status", "0"], endStream),
      headers(to.id, ["grpc-status", "0"], endStream),
    ],
    { grpc: "ok", connect: "ok", connectStream: "internal" },
  ),
  content(
    "sends an end of stream that is no JSON",
    (to) => (to.kind === "connectStream" ? envelope(Buffer.from("{"), 2) : to.kind === "connect" ? [] : envelope([])),
    { grpc: "ok", connect: "ok", connectStream: "internal" },
  ),
];
