import { fileURLToPath } from "node:url";
import type { Message } from "@bufbuild/protobuf";
import { beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { bytesOf, checkCreate, checkDecode, checkEncode } from "./checks.js";
import { type Pair, pairsOf } from "./generated.js";
import { initOf } from "./inits.js";
import { messagesOf } from "./values.js";
import { regroup, respell } from "./wire.js";

let pairs: Pair[] = [];
let inherited: Pair;

beforeAll(async () => {
  const all = await pairsOf(fileURLToPath(new URL("proto", import.meta.url)), "binary");
  pairs = all.filter(({ schema }) => schema.name !== "Inherited");
  inherited = all.find(({ schema }) => schema.name === "Inherited") as Pair;
}, 60_000);

/** For each message type as many runs as asked for; `CODEC_RUNS` multiplies them. */
const factor = Number(process.env.CODEC_RUNS ?? 1);

function forEachType<T>(
  runs: number,
  arbitrary: (pair: Pair) => fc.Arbitrary<T>,
  check: (pair: Pair, value: T) => void,
) {
  for (const pair of pairs) {
    fc.assert(
      fc.property(arbitrary(pair), (value) => check(pair, value)),
      { numRuns: runs * factor },
    );
  }
}

const messages = ({ schema }: Pair): fc.Arbitrary<Message> => messagesOf(schema);
const encoded = (pair: Pair): fc.Arbitrary<Uint8Array> => messages(pair).map((message) => bytesOf(pair, message));

describe("generated codecs and protobuf-es", () => {
  it("write the same bytes", () => {
    forEachType(100, messages, checkEncode);
  });

  it("read the same out of each other's bytes", () => {
    forEachType(100, encoded, checkDecode);
  });

  it("read the same out of bytes that were changed and cut", () => {
    const changed = (pair: Pair): fc.Arbitrary<Uint8Array> =>
      fc
        .tuple(encoded(pair), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }), fc.nat())
        .map(([bytes, changes, cut]) => {
          const copy = bytes.slice(0, cut % 3 === 0 ? cut % (bytes.length + 1) : bytes.length);
          for (const [at, byte] of changes) if (copy.length > 0) copy[at % copy.length] = byte;
          return copy;
        });
    forEachType(300, changed, checkDecode);
  });

  it("read the same out of random bytes", () => {
    forEachType(200, () => fc.uint8Array({ maxLength: 40 }), checkDecode);
  });

  it("keep the fields of another type, and write them again", () => {
    const foreign = (): fc.Arbitrary<Uint8Array> => fc.nat(pairs.length - 1).chain((i) => encoded(pairs[i] as Pair));
    forEachType(100, foreign, checkDecode);
  });

  it("merge messages that follow each other", () => {
    const several = (pair: Pair): fc.Arbitrary<Uint8Array> =>
      fc.array(encoded(pair), { minLength: 2, maxLength: 3 }).map((parts) => new Uint8Array(Buffer.concat(parts)));
    forEachType(60, several, checkDecode);
  });

  it("read packed and unpacked lists alike, fields in any order, and submessages in parts", () => {
    const regrouped = (pair: Pair): fc.Arbitrary<Uint8Array> =>
      fc
        .tuple(encoded(pair), fc.array(fc.nat(), { minLength: 1, maxLength: 8 }))
        .map(([bytes, picks]) => regroup(pair.schema, bytes, picks));
    forEachType(150, regrouped, checkDecode);
  });

  it("read varints that are longer than they need to be", () => {
    const respelled = (pair: Pair): fc.Arbitrary<Uint8Array> =>
      fc
        .tuple(encoded(pair), fc.array(fc.nat(10), { minLength: 1, maxLength: 8 }))
        .map(([bytes, picks]) => respell(bytes, picks));
    forEachType(100, respelled, checkDecode);
  });

  it("make the same messages of init shapes", () => {
    const inits = (pair: Pair): fc.Arbitrary<unknown> =>
      fc
        .tuple(messages(pair), fc.infiniteStream(fc.nat(11)))
        .map(([message, picks]) => initOf(pair.schema, message, () => picks.next().value as number));
    forEachType(150, inits, checkCreate);
  });

  it("tell members that every object has from those of the message", () => {
    const { codec } = inherited;
    const bytes = (init: unknown): number[] => [...codec.toBinary(codec.create(init), 0)];
    expect(bytes({})).toEqual([]);
    const full = { hasOwnProperty: {}, isPrototypeOf: 0, toLocaleString: "a", propertyIsEnumerable: {} };
    expect(bytes(full)).toEqual([10, 0, 16, 0, 26, 3, 10, 1, 97, 34, 0]);
    const read = codec.fromBinary(new Uint8Array(bytes(full)), 0, 11);
    expect(bytes(read)).toEqual(bytes(full));
    expect(codec.toJsonString?.(read, {})).toBe(
      '{"hasOwnProperty":{},"isPrototypeOf":0,"toLocaleString":"a","propertyIsEnumerable":{}}',
    );
    expect(codec.toJsonString?.(codec.create({}), {})).toBe("{}");
  });
});
