import { fileURLToPath } from "node:url";
import type { Message } from "@bufbuild/protobuf";
import { codecOf } from "@connect-ts/runtime/codegen/schema";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import { beforeAll, expect, it } from "@jest/globals";
import { type Pair, pairsOf } from "./generated.js";

/** Of protobuf-es, and generated. */
let codecs: readonly Pair["codec"][] = [];

beforeAll(async () => {
  // A server is what checks members too: browsers do without.
  createInProcessTransport([]);
  const { schema, codec } = (await pairsOf(fileURLToPath(new URL("misfits", import.meta.url)), "misfits")).filter(
    ({ schema }) => schema.name === "Shelf",
  )[0] as Pair;
  codecs = [codecOf(schema), codec];
}, 60_000);

class Author {
  get name(): string {
    return "Ada";
  }
}

class Stranger {
  id = 1;
}

const refused: readonly (readonly [init: object, text: RegExp])[] = [
  [{ best: Promise.resolve({ name: "a" }) }, /^misfits\.v1\.Shelf\.best cannot be a promise: await it$/],
  [{ best: new Map([["name", "a"]]) }, /^misfits\.v1\.Shelf\.best cannot be an instance of Map$/],
  [{ best: new Stranger() }, /^expected a misfits\.v1\.Book, got an instance of Stranger$/],
  [{ best: { $typeName: "misfits.v1.Shelf" } }, /^expected a misfits\.v1\.Book, got a misfits\.v1\.Shelf$/],
  [{ books: Promise.resolve([]) }, /^misfits\.v1\.Shelf\.books cannot be a promise: await it$/],
  [{ books: new Set() }, /^misfits\.v1\.Shelf\.books cannot be an instance of Set$/],
  [{ books: [{ name: "a" }, Promise.resolve({ name: "b" })] }, /^expected a misfits\.v1\.Book, got a promise/],
  [{ byName: new Map([["a", {}]]) }, /^misfits\.v1\.Shelf\.byName cannot be an instance of Map$/],
  [{ byName: { a: new Date(0) } }, /^expected a misfits\.v1\.Book, got an instance of Date$/],
  [{ tags: new Set(["a"]) }, /^misfits\.v1\.Shelf\.tags cannot be an instance of Set$/],
  [{ labels: new Map([["a", "b"]]) }, /^misfits\.v1\.Shelf\.labels cannot be an instance of Map$/],
  [{ choice: Promise.resolve({ case: "title", value: "a" }) }, /^misfits\.v1\.Shelf\.choice cannot be a promise/],
  [{ choice: { case: "book", value: new Date(0) } }, /^expected a misfits\.v1\.Book, got an instance of Date$/],
  [{ name: Promise.resolve("a") }, /^misfits\.v1\.Shelf\.name cannot be a promise: await it$/],
  [{ open: Promise.resolve(false) }, /^misfits\.v1\.Shelf\.open cannot be a promise: await it$/],
  [{ number: new Date(0) }, /^misfits\.v1\.Shelf\.number cannot be an instance of Date$/],
  [{ data: new ArrayBuffer(2) }, /^misfits\.v1\.Shelf\.data cannot be an instance of ArrayBuffer$/],
  [{ wrapped: Promise.resolve("a") }, /^misfits\.v1\.Shelf\.wrapped cannot be a promise: await it$/],
  [{ json: new Map([["a", 1]]) }, /^misfits\.v1\.Shelf\.json cannot be an instance of Map$/],
  [{ name: () => "a" }, /^misfits\.v1\.Shelf\.name cannot be an instance of Function$/],
];

it("what is no value of a member is refused, and not left out or sent as a text", () => {
  for (const codec of codecs) {
    for (const [init, text] of refused) {
      const make = (): Message => codec.create(init);
      expect(make).toThrow(TypeError);
      expect(make).toThrow(text);
    }
  }
});

it("an object, and one of a class, is no text, no number and no truth", () => {
  for (const codec of codecs) {
    for (const value of [["a"], new Stranger(), { a: 1 }, () => true]) {
      for (const member of ["name", "open", "number"]) {
        expect(() => codec.toBinary(codec.create({ [member]: value }), 0)).toThrow();
      }
      expect(() => codec.toBinary(codec.create({ labels: { a: value } }), 0)).toThrow();
      expect(() => codec.toBinary(codec.create({ tags: [value] }), 0)).toThrow();
    }
  }
});

it("what may stand for a member is taken", () => {
  const taken: readonly object[] = [
    { best: new Author(), books: [new Author()], byName: { a: new Author() } },
    { labels: Object.assign(Object.create(null), { a: "b" }), tags: ["a"], data: [1, 2], numbers: new Float64Array(2) },
    { choice: { case: "book", value: new Author() }, wrapped: "a", json: { a: [1, { b: null }] } },
    { best: null, name: undefined, data: Buffer.from("a"), open: true, number: 5 },
    structuredClone({ best: { name: "a" }, labels: { a: "b" }, tags: ["b"] }),
  ];
  const written = codecs.map((codec) => taken.map((init) => [...codec.toBinary(codec.create(init), 0)]));
  expect(written[0]).toEqual(written[1]);
  for (const bytes of written[0] as number[][]) expect(bytes.length).toBeGreaterThan(0);
});
