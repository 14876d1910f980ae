import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { ConnectError } from "../error/connect-error.js";
import { EnvelopeReader } from "./envelope-reader.js";

interface Envelope {
  readonly flags: number;
  readonly payload: Uint8Array;
}

function wire(...envelopes: Envelope[]): Uint8Array {
  return Buffer.concat(
    envelopes.map(({ flags, payload }) => {
      const prefix = Buffer.alloc(5);
      prefix.writeUInt8(flags);
      prefix.writeUInt32BE(payload.length, 1);
      return Buffer.concat([prefix, payload]);
    }),
  );
}

function drain(reader: EnvelopeReader): Envelope[] {
  const found: Envelope[] = [];
  while (reader.next()) {
    found.push({ flags: reader.flags, payload: Uint8Array.from(reader.bytes.subarray(reader.start, reader.end)) });
  }
  return found;
}

function caught(run: () => unknown): ConnectError {
  try {
    run();
  } catch (error) {
    return error as ConnectError;
  }
  throw new Error("nothing was thrown");
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const hi: Envelope = { flags: 0, payload: bytes(0x68, 0x69) };
const empty: Envelope = { flags: 2, payload: bytes() };

describe("EnvelopeReader", () => {
  it("takes flags and payload from the bytes that the specification gives", () => {
    const reader = new EnvelopeReader(10);
    reader.push(bytes(1, 0, 0, 0, 3, 7, 8, 9));
    expect(drain(reader)).toEqual([{ flags: 1, payload: bytes(7, 8, 9) }]);
    expect(reader.incomplete()).toBeUndefined();
  });

  it("gives envelopes of one chunk in place", () => {
    const chunk = wire(hi, empty, hi);
    const reader = new EnvelopeReader(10);
    reader.push(chunk);
    const ranges: unknown[] = [];
    while (reader.next()) ranges.push([reader.bytes === chunk, reader.flags, reader.start, reader.end]);
    expect(ranges).toEqual([
      [true, 0, 5, 7],
      [true, 2, 12, 12],
      [true, 0, 17, 19],
    ]);
  });

  it("puts an envelope together that spans chunks, and reads on in place", () => {
    const chunk = wire(hi, hi);
    const last = chunk.subarray(6);
    const reader = new EnvelopeReader(10);
    reader.push(chunk.subarray(0, 6));
    expect(reader.next()).toBe(false);
    reader.push(last);
    expect(reader.next()).toBe(true);
    expect([...reader.bytes.subarray(reader.start, reader.end)]).toEqual([0x68, 0x69]);
    expect(reader.next()).toBe(true);
    expect(reader.bytes).toBe(last);
    expect(reader.next()).toBe(false);
  });

  it("takes chunks faster than they are read", () => {
    const reader = new EnvelopeReader(10);
    const chunk = wire(hi, empty);
    for (let i = 0; i < 3; i++) for (const byte of chunk) reader.push(bytes(byte));
    reader.push(chunk);
    expect(reader.buffered).toBe(4 * chunk.length);
    expect(drain(reader)).toEqual([hi, empty, hi, empty, hi, empty, hi, empty]);
    expect(reader.buffered).toBe(0);
  });

  it("passes over empty chunks", () => {
    const reader = new EnvelopeReader(10);
    for (const part of [wire(), wire(hi).subarray(0, 3), wire(), wire(hi).subarray(3), wire()]) reader.push(part);
    expect(drain(reader)).toEqual([hi]);
  });

  it("keeps small chunks that wait as few large ones", () => {
    const reader = new EnvelopeReader(40_000);
    const body = wire({ flags: 0, payload: new Uint8Array(40_000).map((_, i) => i) });
    for (const byte of body) reader.push(bytes(byte));
    expect(reader.queue.length).toBeLessThan(20);
    expect(Buffer.compare(wire(...drain(reader)), body)).toBe(0);
    for (const part of [1, 600, 1, 2, 700, 3]) reader.push(wire({ flags: part % 256, payload: new Uint8Array(part) }));
    expect(drain(reader).map(({ payload }) => payload.length)).toEqual([1, 600, 1, 2, 700, 3]);
  });

  it("counts what it holds and has not returned", () => {
    const reader = new EnvelopeReader(10);
    reader.push(wire(hi, hi));
    expect(reader.buffered).toBe(14);
    reader.next();
    expect(reader.buffered).toBe(7);
    reader.next();
    expect(reader.buffered).toBe(0);
  });

  it("holds on to no chunk when it has nothing", () => {
    const reader = new EnvelopeReader(10);
    const chunk = wire(hi);
    reader.push(chunk);
    expect(drain(reader)).toHaveLength(1);
    expect(Object.values(reader)).not.toContain(chunk);
    reader.push(chunk.subarray(0, 6));
    expect(reader.next()).toBe(false);
    expect(reader.bytes).toHaveLength(0);
    expect(reader.chunk).toHaveLength(0);
  });

  it.each([
    [0, undefined],
    [1, "incomplete envelope: got 1 of 5 prefix bytes"],
    [4, "incomplete envelope: got 4 of 5 prefix bytes"],
    [5, "promised 10 bytes in message, got 0"],
    [8, "promised 10 bytes in message, got 3"],
    [14, "promised 10 bytes in message, got 9"],
    [15, undefined],
  ])("tells what is missing after %d of 15 bytes", (count, text) => {
    const body = wire({ flags: 0, payload: new Uint8Array(10) }).subarray(0, count);
    const whole = new EnvelopeReader(10);
    whole.push(body);
    drain(whole);
    expect(whole.incomplete()).toBe(text);
    const pieces = new EnvelopeReader(10);
    pieces.push(wire(hi));
    drain(pieces);
    for (const byte of body) {
      pieces.push(bytes(byte));
      drain(pieces);
    }
    expect(pieces.incomplete()).toBe(text);
  });
});

describe("EnvelopeReader's limit", () => {
  const promise = (flags: number, length: number): Uint8Array => {
    const prefix = Buffer.alloc(5);
    prefix.writeUInt8(flags);
    prefix.writeUInt32BE(length, 1);
    return prefix;
  };

  it.each([0, 1, 1000])("lets a message of %d bytes pass when that is the limit, and none that is longer", (limit) => {
    const reader = new EnvelopeReader(limit);
    reader.push(wire({ flags: 0, payload: new Uint8Array(limit) }));
    expect(drain(reader)).toHaveLength(1);
    reader.push(promise(0, limit + 1));
    const error = caught(() => reader.next());
    expect(error.code).toBe("resource_exhausted");
    expect(error.rawMessage).toBe(
      `message is ${limit + 1} bytes, the limit is ${limit}: raise readMaxBytes to accept it`,
    );
  });

  it("gives what comes before the message that is too long", () => {
    const reader = new EnvelopeReader(4);
    reader.push(Buffer.concat([wire(hi), promise(0, 5)]));
    expect(reader.next()).toBe(true);
    expect(caught(() => reader.next()).code).toBe("resource_exhausted");
  });

  it("stays exceeded, whatever comes after", () => {
    const reader = new EnvelopeReader(4);
    reader.push(promise(0, 5));
    expect(caught(() => reader.next()).code).toBe("resource_exhausted");
    reader.push(new Uint8Array(5));
    expect(caught(() => reader.next()).code).toBe("resource_exhausted");
  });

  it("holds for lengths of 32 bits", () => {
    const reader = new EnvelopeReader(0x7fffffff);
    reader.push(promise(0, 0xffffffff));
    expect(caught(() => reader.next()).rawMessage).toContain("message is 4294967295 bytes");
  });

  it("has some play for a compressed message, which may have grown a little", () => {
    const reader = new EnvelopeReader(1000);
    reader.push(wire({ flags: 1, payload: new Uint8Array(1030) }));
    expect(drain(reader)).toHaveLength(1);
    reader.push(promise(1, 1200));
    const error = caught(() => reader.next());
    expect(error.code).toBe("resource_exhausted");
    expect(error.rawMessage).toBe(
      "compressed message is 1200 bytes, the limit is 1000: raise readMaxBytes to accept it",
    );
  });

  it("allocates next to nothing for a promise of 64 MiB", () => {
    const readers: EnvelopeReader[] = [];
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 10; i++) {
      const reader = new EnvelopeReader(0xffffffff);
      reader.push(promise(0, 64 * 1024 * 1024));
      reader.push(new Uint8Array(15));
      expect(reader.next()).toBe(false);
      readers.push(reader);
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10 * 100_000);
    expect(readers.every((reader) => reader.part.length <= 4096)).toBe(true);
  });

  it.each([100, 4_000, 16_384, 65_463, 65_536])(
    "allocates little more than the payload when pieces have %d bytes",
    (size) => {
      const body = wire({ flags: 0, payload: new Uint8Array(1024 * 1024 + 4).map((_, i) => i * 31) });
      const reader = new EnvelopeReader(1 << 22);
      const parts = new Set<Uint8Array>();
      let whole = false;
      for (let at = 0; at < body.length; at += size) {
        reader.push(body.subarray(at, at + size));
        whole = reader.next();
        parts.add(reader.part);
      }
      expect(whole).toBe(true);
      expect(Buffer.compare(body.subarray(5), reader.bytes.subarray(reader.start, reader.end))).toBe(0);
      parts.add(reader.bytes);
      const allocated = [...parts].reduce((sum, part) => sum + part.buffer.byteLength, 0);
      expect(allocated).toBeLessThan(1.6 * body.length);
    },
  );
});

describe("EnvelopeReader on any chunks", () => {
  const envelope: fc.Arbitrary<Envelope> = fc.record({
    flags: fc.integer({ min: 0, max: 255 }),
    payload: fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc.integer({ min: 0, max: 40_000 }).map((length) => new Uint8Array(length).map((_, i) => i * 7)),
    ),
  });

  it("finds the same envelopes, however the body is cut and whenever they are read", () => {
    fc.assert(
      fc.property(
        fc.array(envelope, { maxLength: 8 }),
        fc.array(
          fc.tuple(
            fc.oneof(
              fc.integer({ min: 0, max: 30 }),
              fc.integer({ min: 0, max: 1000 }),
              fc.integer({ min: 0, max: 30_000 }),
            ),
            fc.boolean(),
          ),
          { maxLength: 60 },
        ),
        (envelopes, cuts) => {
          const body = wire(...envelopes);
          const reader = new EnvelopeReader(1 << 20);
          const found: Envelope[] = [];
          let at = 0;
          for (const [size, read] of cuts) {
            reader.push(body.subarray(at, at + size));
            at = Math.min(body.length, at + size);
            if (read) found.push(...drain(reader));
          }
          reader.push(body.subarray(at));
          found.push(...drain(reader));
          // What is found is written again: cheaper to compare than arrays of 40,000 numbers.
          expect(Buffer.compare(wire(...found), body)).toBe(0);
          expect(found).toHaveLength(envelopes.length);
          expect(reader.buffered).toBe(0);
          expect(reader.incomplete()).toBeUndefined();
        },
      ),
    );
  });

  it("on any bytes ends in whole envelopes, a text for what is missing, or resource_exhausted", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 12 }), { maxLength: 12 }), (chunks) => {
        const reader = new EnvelopeReader(0xffff);
        let pushed = 0;
        let returned = 0;
        try {
          for (const chunk of chunks) {
            reader.push(chunk);
            pushed += chunk.length;
            for (const { payload } of drain(reader)) returned += 5 + payload.length;
            expect(reader.buffered).toBe(pushed - returned);
          }
        } catch (error) {
          expect((error as ConnectError).code).toBe("resource_exhausted");
          return;
        }
        expect(reader.incomplete() === undefined).toBe(pushed === returned);
      }),
      { numRuns: 1000 },
    );
  });
});
