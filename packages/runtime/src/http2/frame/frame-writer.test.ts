import { describe, expect, test } from "@jest/globals";
import { concat, linesOf } from "../../testing/http2-frames.js";
import type { ByteSink } from "./byte-sink.js";
import { FrameWriter } from "./frame-writer.js";

/** A block of as many bytes as the first field says. */
const encoder = {
  encode(fields: readonly string[], out: ByteSink): void {
    const length = Number(fields[0]);
    out.reserve(length);
    for (let i = 0; i < length; i++) out.buffer[out.length++] = i;
  },
};

const noBytes = new Uint8Array(0);

describe("frames on their way out", () => {
  test("DATA of one stream grows in its frame while nothing follows it", () => {
    const writer = new FrameWriter();
    writer.data(1, new Uint8Array([1, 2, 3]), 0, 3, 16_384);
    writer.data(1, new Uint8Array([4, 5]), 0, 2, 16_384);
    expect(concat(...writer.take())).toEqual(Uint8Array.from([0, 0, 5, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4, 5]));
  });

  test("DATA does not grow beyond the peer's largest frame, nor over another frame", () => {
    const writer = new FrameWriter();
    writer.data(1, new Uint8Array(6000), 0, 6000, 8000);
    writer.data(1, new Uint8Array(6000), 0, 6000, 8000);
    writer.windowUpdate(1, 5);
    writer.data(1, new Uint8Array(3), 0, 3, 8000);
    writer.data(3, new Uint8Array(3), 0, 3, 8000);
    writer.data(1, new Uint8Array(3), 0, 3, 8000);
    expect(linesOf(writer.take())).toEqual([
      "DATA 1 6000",
      "DATA 1 6000",
      "WINDOW_UPDATE 1 5",
      "DATA 1 3",
      "DATA 3 3",
      "DATA 1 3",
    ]);
  });

  test("large bytes are not copied, and what follows them does not grow into them", () => {
    const writer = new FrameWriter();
    const large = new Uint8Array(20_000);
    writer.data(1, large, 0, 20_000, 65_536);
    writer.data(1, new Uint8Array(3), 0, 3, 65_536);
    const chunks = writer.take();
    expect(chunks.some((chunk) => chunk === large)).toBe(true);
    expect(linesOf(chunks)).toEqual(["DATA 1 20000", "DATA 1 3"]);
  });

  test.each([3, 20_000])("the end of a stream is a flag of its last frame, with %d bytes", (size) => {
    const writer = new FrameWriter();
    writer.data(1, new Uint8Array(size), 0, size, 65_536);
    writer.ping(new Uint8Array(8), true);
    writer.endData(1);
    expect(linesOf(writer.take())).toEqual([`DATA 1 ${size} END_STREAM`, "PING ACK"]);
  });

  test("the end of a stream is an empty frame when its last one has been taken", () => {
    const writer = new FrameWriter();
    writer.data(1, new Uint8Array(3), 0, 3, 65_536);
    expect(linesOf(writer.take())).toEqual(["DATA 1 3"]);
    writer.endData(1);
    writer.data(3, new Uint8Array(3), 0, 3, 65_536);
    writer.endData(1);
    expect(linesOf(writer.take())).toEqual(["DATA 1 0 END_STREAM", "DATA 3 3", "DATA 1 0 END_STREAM"]);
  });

  test("a header block larger than a frame goes on in CONTINUATION", () => {
    const writer = new FrameWriter();
    writer.headers(1, ["40000"], true, encoder, 16_384);
    const bytes = concat(...writer.take());
    expect(linesOf([bytes])).toEqual(["HEADERS 1 END_STREAM ...", "CONTINUATION 1 16384", "CONTINUATION 1 7232"]);
    const block = concat(
      bytes.subarray(9, 9 + 16_384),
      bytes.subarray(18 + 16_384, 18 + 32_768),
      bytes.subarray(27 + 32_768),
    );
    expect(
      Buffer.compare(
        block,
        Uint8Array.from({ length: 40_000 }, (_, i) => i),
      ),
    ).toBe(0);
    expect(bytes[bytes.length - 7232 - 5]).toBe(4);
  });

  test("a header block that is exactly a frame needs no CONTINUATION", () => {
    const writer = new FrameWriter();
    writer.headers(1, ["16384"], false, encoder, 16_384);
    expect(linesOf(writer.take())).toEqual(["HEADERS 1"]);
  });

  test("a slab that grows under a header block keeps the DATA before it, and its end", () => {
    const writer = new FrameWriter();
    writer.data(1, new Uint8Array(8000).fill(7), 0, 8000, 65_536);
    writer.headers(3, ["100000"], false, encoder, 200_000);
    writer.endData(1);
    const bytes = concat(...writer.take());
    expect(linesOf([bytes])).toEqual(["DATA 1 8000 END_STREAM", "HEADERS 3"]);
    expect(bytes.subarray(9, 8009).every((byte) => byte === 7)).toBe(true);
  });

  test("memory is used again only after all that was in it has left", () => {
    const writer = new FrameWriter();
    const sent: { readonly chunks: Uint8Array[]; readonly copy: Uint8Array }[] = [];
    for (let turn = 0; turn < 200; turn++) {
      for (let i = 0; i < 5; i++) writer.data(turn + 1, new Uint8Array(3000).fill(turn), 0, 3000, 65_536);
      const chunks = writer.take();
      sent.push({ chunks, copy: concat(...chunks) });
      if (turn % 3 === 2) {
        const first = sent.shift();
        expect(Buffer.compare(concat(...(first?.chunks ?? [])), first?.copy ?? noBytes)).toBe(0);
        writer.sent();
      }
    }
    for (const { chunks, copy } of sent) expect(Buffer.compare(concat(...chunks), copy)).toBe(0);
  });

  test("what waits and what is under way is counted, frames other than DATA for themselves", () => {
    const writer = new FrameWriter();
    writer.data(1, new Uint8Array(100), 0, 100, 65_536);
    writer.ping(new Uint8Array(8), false);
    expect([writer.pending, writer.control]).toEqual([126, 17]);
    writer.take();
    expect([writer.pending, writer.underWay, writer.controlUnderWay]).toEqual([0, 126, 17]);
    writer.rstStream(1, 0);
    writer.take();
    writer.sent();
    expect([writer.underWay, writer.controlUnderWay]).toEqual([13, 13]);
    writer.sent();
    writer.sent();
    expect([writer.underWay, writer.controlUnderWay, writer.slab]).toEqual([0, 0, undefined]);
  });
});
