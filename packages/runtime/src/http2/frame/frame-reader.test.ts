import { describe, expect, test } from "@jest/globals";
import { block, concat, data, frame, headers, ping, rst, settings, windowUpdate } from "../../testing/http2-frames.js";
import { ConnectionError } from "../connection-error.js";
import { frameName } from "./codes.js";
import { type FrameHandler, FrameReader } from "./frame-reader.js";

class Recorder implements FrameHandler {
  reading = true;
  readonly lines: string[] = [];
  body: number[] = [];

  frame(): void {}

  dataBegins(streamId: number, length: number, padding: number): void {
    this.lines.push(`DATA ${streamId} ${length}, padding ${padding}`);
    this.body = [];
  }

  dataPiece(bytes: Uint8Array, start: number, end: number): void {
    this.body.push(...bytes.subarray(start, end));
  }

  dataEnds(endStream: boolean): void {
    this.lines.push(`[${this.body}]${endStream ? " end" : ""}`);
  }

  headerBlock(id: number, ended: boolean, bytes: Uint8Array, start: number, end: number, self: boolean): void {
    this.lines.push(`block ${id} [${bytes.subarray(start, end)}]${ended ? " end" : ""}${self ? " self" : ""}`);
  }

  control(type: number, flags: number, id: number, bytes: Uint8Array, start: number, end: number): void {
    this.lines.push(`${frameName(type)} ${flags} ${id} [${bytes.subarray(start, end)}]`);
  }
}

const limits = { maxFrameSize: 16_384, maxHeaderBlockBytes: 1000, maxContinuations: 3 };

function read(...chunks: readonly Uint8Array[]): string[] {
  const recorder = new Recorder();
  const reader = new FrameReader(recorder, limits);
  for (const chunk of chunks) reader.read(chunk, 0);
  return recorder.lines;
}

/** The error's code and text. */
function refused(...chunks: readonly Uint8Array[]): string {
  try {
    read(...chunks);
  } catch (error) {
    if (error instanceof ConnectionError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "nothing";
}

const conversation = concat(
  settings([3, 100, 4, 65_536]),
  headers(1, [":method", "GET"], 5),
  frame(1, 0x2c, 3, [2, 0, 0, 0, 1, 9, ...block(["a", "b"]), 0, 0]),
  frame(1, 1, 5, [1, 2, 3]),
  frame(9, 0, 5, []),
  frame(9, 4, 5, [4, 5]),
  data(3, [1, 2, 3, 4, 5]),
  frame(0, 9, 3, [3, 6, 7, 8, 0, 0, 0]),
  frame(0, 8, 3, [0]),
  frame(0, 8, 3, [2, 0, 0]),
  data(3, [], 1),
  ping(),
  rst(1, 8),
  windowUpdate(0, 70_000),
  frame(200, 7, 9, [1, 2, 3]),
  frame(0xbe, 0, 0, []),
);

const events = [
  "SETTINGS 0 0 [0,3,0,0,0,100,0,4,0,1,0,0]",
  `block 1 [${block([":method", "GET"])}] end`,
  `block 3 [${block(["a", "b"])}]`,
  "block 5 [1,2,3,4,5] end",
  "DATA 3 5, padding 0",
  "[1,2,3,4,5]",
  "DATA 3 7, padding 4",
  "[6,7,8] end",
  "DATA 3 1, padding 1",
  "[]",
  "DATA 3 3, padding 3",
  "[]",
  "DATA 3 0, padding 0",
  "[] end",
  "PING 0 0 [1,2,3,4,5,6,7,8]",
  "RST_STREAM 0 1 [0,0,0,8]",
  "WINDOW_UPDATE 0 0 [0,1,17,112]",
  "type 200 7 9 [1,2,3]",
  "type 190 0 0 []",
];

describe("frames that come", () => {
  test("are read as they are", () => {
    expect(read(conversation)).toEqual(events);
  });

  test("are the same wherever a chunk ends", () => {
    for (let cut = 0; cut <= conversation.length; cut++) {
      expect(read(conversation.subarray(0, cut), conversation.subarray(cut))).toEqual(events);
    }
  });

  test("are the same byte by byte", () => {
    expect(read(...Array.from(conversation, (byte) => Uint8Array.of(byte)))).toEqual(events);
  });

  test("are the same in three chunks, cut anywhere", () => {
    for (let first = 0; first <= conversation.length; first += 3) {
      for (let second = first; second <= conversation.length; second += 5) {
        const chunks = [
          conversation.subarray(0, first),
          conversation.subarray(first, second),
          conversation.subarray(second),
        ];
        expect(read(...chunks)).toEqual(events);
      }
    }
  });

  test("a body that is cut off is handed on as it comes, without a copy", () => {
    const pieces: Uint8Array[] = [];
    const recorder = new Recorder();
    recorder.dataPiece = (bytes, start, end) => pieces.push(bytes.subarray(start, end));
    const reader = new FrameReader(recorder, limits);
    const bytes = data(1, new Uint8Array(1000));
    reader.read(bytes.subarray(0, 300), 0);
    reader.read(bytes.subarray(300), 0);
    expect(pieces.map((piece) => piece.length)).toEqual([291, 709]);
    expect(pieces.every((piece) => piece.buffer === bytes.buffer)).toBe(true);
  });

  test("nothing is read after the connection's end", () => {
    const recorder = new Recorder();
    recorder.control = () => {
      recorder.reading = false;
    };
    new FrameReader(recorder, limits).read(concat(ping(), data(1, [1])), 0);
    expect(recorder.lines).toEqual([]);
  });

  test.each<[string, string, readonly Uint8Array[]]>([
    ["a frame above the announced size", "6: a DATA frame of 16385 bytes", [Uint8Array.of(0, 64, 1, 0, 0, 0, 0, 0, 1)]],
    ["DATA on stream 0", "1: a DATA frame on stream 0", [data(0, [1])]],
    ["HEADERS on stream 0", "1: a HEADERS frame on stream 0", [headers(0, [])]],
    ["DATA with more padding than bytes", "1: a DATA frame with more padding than bytes", [frame(0, 8, 1, [3, 0, 0])]],
    ["padded DATA of 0 bytes", "6: a padded DATA frame without its length of padding", [frame(0, 8, 1)]],
    ["padded HEADERS of 0 bytes", "6: a padded HEADERS frame of 0 bytes", [frame(1, 12, 1)]],
    [
      "HEADERS with more padding than bytes",
      "1: a HEADERS frame with more padding than bytes",
      [frame(1, 12, 1, [2, 0])],
    ],
    ["HEADERS with half a priority", "6: a HEADERS frame without its priority", [frame(1, 0x24, 1, [0, 0, 0])]],
    [
      "a priority in the padding",
      "1: a HEADERS frame with more padding than bytes",
      [frame(1, 0x2c, 1, [4, 0, 0, 0, 0, 0])],
    ],
    ["CONTINUATION without HEADERS", "1: a CONTINUATION frame without HEADERS", [frame(9, 4, 1)]],
    [
      "CONTINUATION of another stream",
      "1: a CONTINUATION frame inside a header block",
      [frame(1, 0, 1), frame(9, 4, 3)],
    ],
    ["another frame inside a block", "1: a PING frame inside a header block", [frame(1, 0, 1), ping()]],
    ["an unknown frame inside a block", "1: a type 99 frame inside a header block", [frame(1, 0, 1), frame(99, 0, 1)]],
    ["a large block", "11: a header block of more than 1000 bytes", [frame(1, 4, 1, new Uint8Array(1001))]],
    [
      "a long block",
      "11: a header block of more than 1000 bytes",
      [frame(1, 0, 1, new Uint8Array(900)), frame(9, 4, 1, new Uint8Array(101))],
    ],
    [
      "a block without end",
      "11: more than 3 CONTINUATION frames",
      [frame(1, 0, 1), ...Array.from({ length: 4 }, () => frame(9, 0, 1))],
    ],
  ])("%s is refused", (_name, error, chunks) => {
    expect(refused(...chunks)).toBe(error);
  });

  test("a priority that names its own stream is told", () => {
    expect(read(frame(1, 0x24, 1, [0x80, 0, 0, 1, 0, 7]))).toEqual(["block 1 [7] self"]);
  });
});
