import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { EnvelopeReader } from "./envelope-reader.js";
import { EnvelopeWriter, envelopeHeadroom, sealEnvelope } from "./envelope-writer.js";

/** A frame with headroom, its payload filled with `fill`. */
function frame(size: number, fill = 0): Uint8Array {
  return new Uint8Array(envelopeHeadroom + size).fill(fill, envelopeHeadroom);
}

const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

interface FakeTransport {
  credit: number;
  readonly written: Uint8Array[];
  readonly writer: EnvelopeWriter;
}

/** A transport that keeps what is written, and takes `credit` writes before it says "wait" (by the last of them). */
function transport(credit = Number.POSITIVE_INFINITY): FakeTransport {
  const written: Uint8Array[] = [];
  const state: FakeTransport = {
    credit,
    written,
    writer: new EnvelopeWriter((bytes) => {
      expect(state.credit).toBeGreaterThan(0);
      written.push(bytes);
      state.credit--;
      return state.credit > 0;
    }),
  };
  return state;
}

/** The flags and first payload bytes of all envelopes in `parts`. */
function read(parts: readonly Uint8Array[]): number[][] {
  const reader = new EnvelopeReader(1 << 24);
  const found: number[][] = [];
  for (const part of parts) reader.push(part);
  while (reader.next()) {
    const payload = reader.bytes.subarray(reader.start, reader.end);
    found.push([reader.flags, payload.length, payload[0] ?? -1, payload[payload.length - 1] ?? -1]);
  }
  expect(reader.incomplete()).toBeUndefined();
  return found;
}

describe("sealEnvelope", () => {
  it("fills in the prefix in place", () => {
    const bytes = frame(3, 7);
    expect(sealEnvelope(1, bytes)).toBe(bytes);
    expect([...bytes]).toEqual([1, 0, 0, 0, 3, 7, 7, 7]);
  });

  it("writes the length in four bytes", () => {
    expect([...sealEnvelope(0x80, frame(0x012345)).subarray(0, 5)]).toEqual([0x80, 0x00, 0x01, 0x23, 0x45]);
    expect([...sealEnvelope(0, frame(0x1020304)).subarray(0, 5)]).toEqual([0, 1, 2, 3, 4]);
  });
});

describe("EnvelopeWriter", () => {
  it("writes what is appended in a tick at once, at the end of it", async () => {
    const { writer, written } = transport();
    for (let i = 0; i < 10; i++) expect(writer.append(0, frame(16, i))).toBe(true);
    expect(written).toHaveLength(0);
    expect(writer.held).toBe(210);
    await tick();
    expect(written).toHaveLength(1);
    expect(writer.held).toBe(0);
    expect(read(written)).toEqual(Array.from({ length: 10 }, (_, i) => [0, 16, i, i]));
  });

  it("gathers what an async function appends between its awaits", async () => {
    const { writer, written } = transport();
    for (let i = 0; i < 5; i++) {
      writer.append(0, frame(1));
      await Promise.resolve();
    }
    await tick();
    expect(written).toHaveLength(1);
  });

  it("writes in the next tick too", async () => {
    const { writer, written } = transport();
    writer.append(0, frame(1, 1));
    await tick();
    writer.append(0, frame(1, 2));
    await tick();
    expect(read(written)).toEqual([
      [0, 1, 1, 1],
      [0, 1, 2, 2],
    ]);
    expect(written).toHaveLength(2);
  });

  it("writes a frame that is alone in its tick without copying it", async () => {
    const { writer, written } = transport();
    const alone = frame(100);
    writer.append(0, alone);
    await tick();
    expect(written[0]).toBe(alone);
  });

  it("writes as soon as 16 KiB are pending", () => {
    const { writer, written } = transport();
    for (let i = 0; i < 40; i++) writer.append(0, frame(1019));
    expect(written.map((bytes) => bytes.length)).toEqual([16384, 16384]);
    expect(writer.held).toBe(8 * 1024);
  });

  it("passes frames of 16 KiB and more through without copying, behind what is pending", () => {
    const { writer, written } = transport();
    const large = frame(16 * 1024);
    writer.append(0, frame(1, 1));
    writer.append(0, large);
    writer.append(0, frame(1, 2));
    writer.flush();
    expect(written[1]).toBe(large);
    expect(read(written).map((envelope) => envelope[1])).toEqual([1, 16384, 1]);
  });

  it("never writes to bytes that the transport has", async () => {
    const { writer, written } = transport();
    for (let i = 1; i <= 3; i++) {
      writer.append(0, frame(10, i));
      writer.append(0, frame(10, i));
      await tick();
    }
    expect(read(written).map((envelope) => envelope[2])).toEqual([1, 1, 2, 2, 3, 3]);
    expect(new Set(written.map((bytes) => bytes.buffer)).size).toBe(3);
  });

  it("takes little memory for a slow stream", async () => {
    const { writer, written } = transport();
    writer.append(0, frame(10));
    writer.append(0, frame(10));
    await tick();
    expect(written[0]?.buffer.byteLength).toBeLessThanOrEqual(1024);
  });

  it("takes little memory again after a burst", async () => {
    const { writer, written } = transport();
    for (let i = 0; i < 100; i++) writer.append(0, frame(100));
    await tick();
    for (let round = 0; round < 4; round++) {
      writer.append(0, frame(10));
      writer.append(0, frame(10));
      await tick();
    }
    expect(written.at(-1)?.buffer.byteLength).toBeLessThanOrEqual(1024);
  });

  it("flushes when asked, and not again at the end of the tick", async () => {
    const { writer, written } = transport();
    writer.append(0, frame(1));
    writer.flush();
    writer.flush();
    expect(written).toHaveLength(1);
    await tick();
    expect(written).toHaveLength(1);
  });
});

describe("EnvelopeWriter while the transport says wait", () => {
  it("says so, holds all frames in order, and writes them when it can", async () => {
    const state = transport(1);
    const { writer, written } = state;
    expect(writer.append(0, frame(1, 1))).toBe(true);
    writer.flush();
    expect(writer.held).toBe(0);
    expect(writer.append(0, frame(1, 2))).toBe(false);
    expect(writer.append(0, frame(20_000, 3))).toBe(false);
    expect(writer.append(0, frame(1, 4))).toBe(false);
    writer.flush();
    await tick();
    expect(written).toHaveLength(1);
    expect(writer.held).toBe(6 + 20_005 + 6);
    state.credit = 10;
    writer.drained();
    expect(writer.held).toBe(0);
    expect(read(written).map((envelope) => envelope[2])).toEqual([1, 2, 3, 4]);
    expect(writer.append(0, frame(1, 5))).toBe(true);
  });

  it("says so as soon as a write of 16 KiB is the last one taken", () => {
    const { writer } = transport(1);
    expect(writer.append(0, frame(16 * 1024))).toBe(false);
  });

  it("stops again in the middle of what it held", () => {
    const state = transport(1);
    const { writer, written } = state;
    for (let i = 0; i < 4; i++) writer.append(0, frame(16 * 1024, i));
    state.credit = 1;
    writer.drained();
    expect(written).toHaveLength(2);
    expect(writer.append(0, frame(1, 4))).toBe(false);
    state.credit = 10;
    writer.drained();
    expect(read(written).map((envelope) => envelope[2])).toEqual([0, 1, 2, 3, 4]);
  });

  it("does not write at the end of a tick", async () => {
    const state = transport(1);
    state.writer.append(0, frame(16 * 1024));
    state.writer.append(0, frame(1));
    await tick();
    expect(state.written).toHaveLength(1);
  });
});

describe("EnvelopeWriter.take", () => {
  it("gives what is pending and leaves nothing to flush", async () => {
    const { writer, written } = transport();
    writer.append(0, frame(1, 1));
    writer.append(2, frame(1, 2));
    const rest = writer.take();
    expect(writer.held).toBe(0);
    expect(read([rest as Uint8Array]).map((envelope) => envelope[0])).toEqual([0, 2]);
    await tick();
    expect(written).toHaveLength(0);
    expect(writer.take()).toBeUndefined();
  });

  it("gives nothing when nothing is pending", () => {
    expect(transport().writer.take()).toBeUndefined();
  });

  it("gives all that was held, in order", async () => {
    const { writer, written } = transport(1);
    for (const size of [16 * 1024, 10, 20_000, 10, 10]) writer.append(0, frame(size));
    const rest = writer.take() as Uint8Array;
    expect(writer.held).toBe(0);
    expect(read([...written, rest]).map((envelope) => envelope[1])).toEqual([16384, 10, 20000, 10, 10]);
    writer.drained();
    await tick();
    expect(written).toHaveLength(1);
  });

  it("copies nothing when one frame was held", () => {
    const { writer } = transport(1);
    const large = frame(20_000);
    writer.append(0, frame(16 * 1024));
    writer.append(0, large);
    expect(writer.take()).toBe(large);
  });
});

describe("EnvelopeWriter into EnvelopeReader", () => {
  const size = fc.oneof(
    fc.integer({ min: 0, max: 60 }),
    fc.integer({ min: 900, max: 1100 }),
    fc.integer({ min: 16_370, max: 16_390 }),
    fc.integer({ min: 0, max: 40_000 }),
  );
  const action = fc.oneof(
    { weight: 6, arbitrary: fc.record({ flags: fc.integer({ min: 0, max: 255 }), size }) },
    { weight: 1, arbitrary: fc.constantFrom("flush", "drained", "tick") },
  );

  it("keeps every frame once and in order, whatever the transport says", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { maxLength: 60 }),
        fc.array(fc.boolean(), { minLength: 1 }),
        async (actions, answers) => {
          const written: Uint8Array[] = [];
          let writes = 0;
          let waiting = false;
          const writer = new EnvelopeWriter((bytes) => {
            expect(waiting).toBe(false);
            expect(bytes.length).toBeGreaterThan(0);
            written.push(bytes);
            waiting = !(answers[writes++ % answers.length] as boolean);
            return !waiting;
          });
          let count = 0;
          let appended = 0;
          const expected: number[][] = [];
          for (const step of actions) {
            if (step === "tick") await tick();
            else if (step === "flush") writer.flush();
            else if (step === "drained") {
              waiting = false;
              writer.drained();
            } else {
              const fill = ++count & 0xff;
              appended += step.size + 5;
              expected.push([step.flags, step.size, step.size === 0 ? -1 : fill, step.size === 0 ? -1 : fill]);
              expect(writer.append(step.flags, frame(step.size, fill))).toBe(!waiting);
            }
            const accepted = written.reduce((sum, bytes) => sum + bytes.length, 0);
            expect(writer.held).toBe(appended - accepted);
            if (step === "tick" && !waiting) expect(writer.held).toBe(0);
          }
          const rest = writer.take();
          expect(read(rest === undefined ? written : [...written, rest])).toEqual(expected);
        },
      ),
    );
  });
});
