import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { NaiveDecoder } from "../../testing/naive-hpack.js";
import { ByteSink } from "../frame/byte-sink.js";
import { HpackDecoder } from "./decoder.js";
import { HpackEncoder } from "./encoder.js";

const options = { maxTableBytes: 4096, neverIndexed: new Set(["cookie", "x-b"]) };
const name = fc.constantFrom(":path", ":authority", "content-type", "x-a", "x-b", "cookie", "te", "grpc-timeout");
const value = fc.oneof(
  fc.constantFrom("", "/", "a", "trailers", "application/grpc", "x".repeat(100)),
  fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)), maxLength: 300 }),
);
const list = fc.array(fc.tuple(name, value), { maxLength: 12 }).map((pairs) => pairs.flat());
const tableBytes = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 5000 }));

/** Lists of a few kinds, as they are on a connection: with a field or two that differ. */
const steps = fc
  .tuple(fc.array(list, { minLength: 1, maxLength: 4 }), fc.array(fc.oneof(list, fc.nat(3), value), { maxLength: 40 }))
  .map(([kinds, order]) =>
    order.map((step) => {
      if (typeof step === "object") return step;
      const kind = kinds[(typeof step === "number" ? step : step.length) % kinds.length] as string[];
      return typeof step === "number" || kind.length === 0 ? kind : [...kind.slice(0, -1), step];
    }),
  );

describe("encoder and decoder", () => {
  it("agree with each other and with RFC 7541 on every list while table sizes change", () => {
    fc.assert(
      fc.property(steps, fc.array(fc.option(tableBytes)), (lists, sizes) => {
        const encoder = new HpackEncoder(options);
        const decoder = new HpackDecoder({ maxTableBytes: 4096, maxListBytes: 65536, maxPairs: 100 });
        const naive = new NaiveDecoder(4096);
        lists.forEach((fields, i) => {
          const size = sizes[i];
          if (typeof size === "number") encoder.setPeerTableBytes(size);
          const block = encode(encoder, fields);
          expect(decoder.decode(block, 0, block.length).fields).toEqual(fields);
          expect(naive.decode(block)).toEqual(fields);
          fields.forEach((field, at) => {
            if (at % 2 === 0) expect(naive.kinds[at / 2] === "never").toBe(options.neverIndexed.has(field));
          });
          const { ring } = encoder.table;
          expect([ring.length, ring.bytes]).toEqual([decoder.table.length, decoder.table.bytes]);
          expect([ring.length, ring.bytes]).toEqual([naive.table.length, naive.bytes()]);
        });
      }),
      { numRuns: 200 },
    );
  });

  it("are the same without templates: what is copied is what would be written", () => {
    fc.assert(
      fc.property(steps, fc.array(fc.option(tableBytes)), (lists, sizes) => {
        const encoder = new HpackEncoder(options);
        const forgetful = new HpackEncoder(options);
        lists.forEach((fields, i) => {
          const size = sizes[i];
          if (typeof size === "number") for (const one of [encoder, forgetful]) one.setPeerTableBytes(size);
          forgetful.templates.length = 0;
          expect(encode(encoder, fields)).toEqual(encode(forgetful, fields));
        });
      }),
      { numRuns: 200 },
    );
  });
});

function encode(encoder: HpackEncoder, fields: readonly string[]): Uint8Array {
  const out = new ByteSink(1);
  encoder.encode(fields, out);
  return out.buffer.slice(0, out.length);
}
