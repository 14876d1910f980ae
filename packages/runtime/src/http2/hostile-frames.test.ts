import { expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  block,
  concat,
  data,
  frame,
  goaway,
  headers,
  ping,
  rst,
  settings,
  u32,
  windowUpdate,
} from "../testing/http2-frames.js";
import { RecordedStream, requestFields, responseFields } from "../testing/http2-pair.js";
import { clientWire, serverWire, type Wire } from "../testing/http2-wire.js";
import type { Connection } from "./connection.js";

const streamId = fc.oneof(fc.constantFrom(0, 1, 2, 3, 5, 7, 9, 11, 13), fc.integer({ min: 0, max: 0x7fff_ffff }));
const small = fc.integer({ min: 0, max: 300 });
const number32 = fc.oneof(fc.constantFrom(0, 1, 16_383, 16_384, 65_535, 0x7fff_ffff, 0xffff_ffff), fc.nat());
const fields = fc.constantFrom<readonly string[]>(
  requestFields,
  responseFields,
  [],
  ["grpc-status", "0"],
  [":status", "103"],
  [...requestFields, "content-length", "3"],
  [...requestFields, "expect", "100-continue"],
  [":method", "GET"],
  ["a", " padded "],
  ["a", "b".repeat(20_000)],
);
const flags = fc.oneof(fc.constantFrom(0, 1, 4, 5, 8, 9, 13, 0x24, 0x25, 0x2d), fc.integer({ min: 0, max: 255 }));

/** Frames that are right, nearly right, and not right at all. */
const anyFrame: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.tuple(streamId, fields, flags).map(([id, list, flag]) => headers(id, list, flag)),
  fc.tuple(streamId, fields, flags).map(([id, list, flag]) => frame(9, flag, id, block(list))),
  fc.tuple(streamId, small, flags).map(([id, size, flag]) => data(id, new Uint8Array(size).fill(size), flag)),
  fc.tuple(streamId, number32).map(([id, code]) => rst(id, code)),
  fc.tuple(streamId, number32).map(([id, increment]) => windowUpdate(id, increment)),
  fc.tuple(number32, number32).map(([last, code]) => goaway(last, code, "text")),
  fc
    .array(fc.tuple(fc.integer({ min: 0, max: 9 }), number32), { maxLength: 4 })
    .map((entries) => settings(entries.flat())),
  fc.constantFrom(ping(), ping(1), frame(4, 1, 0), frame(2, 0, 1, u32(1)), frame(2, 0, 3, [...u32(3), 1])),
  fc
    .tuple(fc.integer({ min: 0, max: 20 }), flags, streamId, fc.uint8Array({ maxLength: 40 }))
    .map(([type, flag, id, payload]) => frame(type, flag, id, payload)),
  fc.uint8Array({ maxLength: 30 }),
);

type Step =
  | { readonly kind: "frames"; readonly frames: readonly Uint8Array[] }
  | { readonly kind: "act"; readonly stream: number; readonly what: number }
  | { readonly kind: "wait"; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("frames" as const),
      frames: fc.array(anyFrame, { minLength: 1, maxLength: 4 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("act" as const), stream: fc.nat(6), what: fc.nat(8) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.constantFrom(1, 300, 3000) }) },
);

/** What an application does with a stream. */
const acts: readonly ((stream: RecordedStream) => unknown)[] = [
  (stream) => stream.pause(),
  (stream) => stream.resume(),
  (stream) => stream.sendHead(responseFields),
  (stream) => stream.sendData(new Uint8Array(1000)),
  (stream) => stream.sendData(new Uint8Array(100_000)),
  (stream) => stream.sendEnd(new Uint8Array(10), ["grpc-status", "0"]),
  (stream) => stream.sendEnd(),
  (stream) => stream.reset(8),
  (stream) => stream.consumed(100_000),
];

/** Takes the steps, closes the connection, and looks at what is left. */
function run(wire: Wire<Connection>, streams: () => readonly RecordedStream[], steps: readonly Step[]): void {
  for (const taken of steps) {
    if (taken.kind === "frames") wire.send(...taken.frames);
    else if (taken.kind === "wait") wire.wait(taken.ms);
    else {
      const stream = streams()[taken.stream];
      if (stream !== undefined) acts[taken.what]?.(stream);
    }
    wire.output();
    const { credit, writer } = wire.connection;
    expect(credit.held).toBe(streams().reduce((sum, stream) => sum + stream.held, 0));
    expect(credit.spent).toBe(streams().reduce((sum, stream) => sum + stream.extra, 0));
    expect(writer.pending + writer.underWay + writer.control + writer.controlUnderWay).toBe(0);
  }
  wire.connection.transportLost();
  for (const stream of streams()) {
    // A response that came whole may still be read.
    stream.resume();
    const { events } = stream;
    if (wire.connection.peerIsServer && stream.connection === undefined) continue;
    expect(events.filter((event) => event === "close")).toEqual(["close"]);
    expect(events.at(-1)).toBe("close");
    expect(events.filter((event) => /^(end|reset)/.test(event)).length).toBeLessThanOrEqual(2);
    expect(stream.held).toBe(0);
  }
  expect(wire.connection.credit.held).toBe(0);
  expect(wire.connection.openStreams).toBe(0);
  expect(wire.connection.nextDue()).toBe(Number.POSITIVE_INFINITY);
  expect(wire.host.ended?.cause).toBeUndefined();
}

test("whatever a client sends, a server's streams end once and give everything back", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const wire = serverWire();
      run(wire, () => wire.host.streams, [{ kind: "frames", frames: [headers(1, requestFields)] }, ...steps]);
    }),
    { numRuns: 300 },
  );
});

test("whatever a server sends, a client's streams end once and give everything back", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.nat(3), (steps, limit) => {
      const wire = clientWire({}, [3, limit]);
      const streams = [0, 1, 2, 3].map(() => new RecordedStream());
      for (const stream of streams) wire.connection.request(stream, requestFields);
      run(wire, () => streams, steps);
    }),
    { numRuns: 300 },
  );
});

test("a header block that is cut off, repeated or spoilt at any byte ends nothing but its connection", () => {
  const whole = concat(headers(1, requestFields), data(1, [1, 2, 3], 1), headers(3, requestFields, 5));
  for (let at = 0; at < whole.length; at++) {
    for (const bit of [1, 16, 128]) {
      const spoilt = whole.slice();
      spoilt[at] = (spoilt[at] as number) ^ bit;
      const wire = serverWire();
      wire.send(spoilt, whole);
      wire.connection.transportLost();
      expect(wire.host.ended?.cause).toBeUndefined();
      for (const { events } of wire.host.streams) expect(events.at(-1)).toBe("close");
    }
  }
});
