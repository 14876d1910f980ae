import { describe, expect, test } from "@jest/globals";
import {
  block,
  concat,
  data,
  frame,
  goaway,
  headers,
  linesOf,
  ping,
  preface,
  rst,
  settings,
  settingsAck,
  u32,
  windowUpdate,
} from "../testing/http2-frames.js";
import { RecordedHost, RecordedStream, requestFields, responseFields } from "../testing/http2-pair.js";
import { ClientConnection } from "./client-connection.js";
import { ServerConnection } from "./server-connection.js";

const request = headers(1, requestFields);
const response = headers(1, responseFields);
const onePing = ping();
const trailers = headers(1, ["grpc-status", "0"], 5);

/** Frames of every type, legal and not; behind a head, for the halves that they are for. */
const frames: readonly [string, Uint8Array][] = [
  ["DATA", data(1, [1, 2, 3])],
  ["DATA that ends", data(1, [1, 2, 3], 1)],
  ["empty DATA", data(1, [])],
  ["padded DATA", frame(0, 8, 1, [4, 1, 2, 0, 0, 0, 0])],
  ["DATA of padding alone", frame(0, 9, 1, [2, 0, 0])],
  ["DATA with too much padding", frame(0, 8, 1, [4, 1, 2])],
  ["DATA on stream 0", data(0, [1])],
  ["trailers", trailers],
  ["padded HEADERS with a priority", frame(1, 0x2d, 1, [2, ...u32(0), 9, ...block(["a", "b"]), 0, 0])],
  ["HEADERS with too much padding", frame(1, 0x0d, 1, [9, 0x88])],
  ["HEADERS and CONTINUATION", concat(frame(1, 1, 1, [0, 1]), frame(9, 0, 1, [97, 1]), frame(9, 4, 1, [98]))],
  ["CONTINUATION alone", frame(9, 4, 1, [0x88])],
  ["a header block that HPACK refuses", frame(1, 5, 1, [0x80])],
  ["PRIORITY", frame(2, 0, 1, [...u32(0), 1])],
  ["PRIORITY of 4 bytes", frame(2, 0, 1, u32(0))],
  ["RST_STREAM", rst(1, 8)],
  ["RST_STREAM of 3 bytes", frame(3, 0, 1, [0, 0, 8])],
  ["SETTINGS", settings([4, 100, 5, 20_000, 1, 0])],
  ["SETTINGS of 7 bytes", frame(4, 0, 0, new Uint8Array(7))],
  ["SETTINGS with ACK", settingsAck],
  ["PUSH_PROMISE", frame(5, 4, 1, [...u32(2), 0x82])],
  ["PING", onePing],
  ["PING with ACK", ping(1)],
  ["PING of 9 bytes", frame(6, 0, 0, new Uint8Array(9))],
  ["GOAWAY", goaway(1, 0, "a reason")],
  ["GOAWAY of 4 bytes", frame(7, 0, 0, u32(1))],
  ["WINDOW_UPDATE of the connection", windowUpdate(0, 1000)],
  ["WINDOW_UPDATE of a stream", windowUpdate(1, 1000)],
  ["WINDOW_UPDATE of 0", windowUpdate(1, 0)],
  ["PRIORITY_UPDATE", frame(16, 0, 0, [...u32(1), 0x75])],
  ["an unknown type", frame(99, 255, 7, [1, 2, 3])],
  ["a frame that is too large", Uint8Array.from([1, 0, 1, 1, 4, 0, 0, 0, 1, 0])],
];

interface Half {
  readonly name: string;
  readonly before: Uint8Array;
  /** What is sent and what is told, when these pieces come. */
  run(pieces: readonly Uint8Array[]): unknown;
}

function told(connection: ClientConnection | ServerConnection, host: RecordedHost, stream: RecordedStream | undefined) {
  const output = connection.takeOutput().map((chunk) => chunk.slice());
  return { output, connection: host.events, stream: stream?.events, body: stream?.body, trailers: stream?.trailers };
}

const halves: readonly Half[] = [
  {
    name: "a server",
    before: concat(preface, settings(), settingsAck, request),
    run(pieces) {
      const host = new RecordedHost();
      const connection = new ServerConnection(host, { maxFrameSize: 65_536 });
      for (const piece of pieces) connection.receive(piece.slice());
      const { output, ...rest } = told(connection, host, host.streams[0]);
      return { lines: linesOf(output), ...rest };
    },
  },
  {
    name: "a client",
    before: concat(settings(), settingsAck, response),
    run(pieces) {
      const host = new RecordedHost();
      const connection = new ClientConnection(host, { maxFrameSize: 65_536 });
      const stream = new RecordedStream();
      connection.request(stream, requestFields, true);
      connection.takeOutput();
      connection.written();
      for (const piece of pieces) connection.receive(piece.slice());
      const { output, ...rest } = told(connection, host, stream);
      return { lines: linesOf(output), ...rest };
    },
  },
];

describe.each(halves)("$name takes the same from its bytes, cut anywhere:", ({ before, run }) => {
  test.each(frames)("%s", (_name, given) => {
    // What comes behind it is read too, unless it ended the connection.
    const bytes = concat(before, given, onePing);
    const whole = JSON.stringify(run([bytes]));
    const others: unknown[] = [];
    const take = (...cuts: readonly number[]): void => {
      const ends = [...cuts, bytes.length];
      const told = run(ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end)));
      if (JSON.stringify(told) !== whole) others.push({ cuts, told });
    };
    take(...Array.from({ length: bytes.length - 1 }, (_, i) => i + 1));
    // What stands before it needs to be cut once.
    const from = given === onePing ? 1 : before.length;
    for (let at = from; at < bytes.length; at++) take(at);
    // Two cuts, with a piece of every length between them.
    for (let at = before.length; at < bytes.length - 17; at++) {
      for (let to = at + 1; to < bytes.length - 17; to++) take(at, to);
    }
    expect({ whole, others: others.slice(0, 3) }).toEqual({ whole, others: [] });
  });
});
