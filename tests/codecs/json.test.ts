import { fileURLToPath } from "node:url";
import { createRegistry, type Message, type Registry } from "@bufbuild/protobuf";
import * as wkt from "@bufbuild/protobuf/wkt";
import type { JsonOptions } from "@connect-ts/runtime";
import { beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { isMessageSchema, type Pair, pairsOf } from "./generated.js";
import { checkRead, checkWrite, jsonOf, readJson } from "./json-checks.js";
import { edits, respellJson } from "./json-spellings.js";
import { messagesOf } from "./values.js";

let pairs: Pair[] = [];
let registry: Registry;

beforeAll(async () => {
  const all = await pairsOf(fileURLToPath(new URL("proto", import.meta.url)), "json");
  pairs = all.filter(({ schema }) => schema.name !== "Inherited");
  registry = createRegistry(
    ...pairs.map(({ schema }) => schema),
    ...Object.values(wkt as object).filter(isMessageSchema),
  );
}, 60_000);

const factor = Number(process.env.CODEC_RUNS ?? 1);
const options = fc.record<JsonOptions>(
  {
    alwaysEmitImplicit: fc.boolean(),
    enumAsInteger: fc.boolean(),
    useProtoFieldName: fc.boolean(),
    prettySpaces: fc.constantFrom(0, 2),
  },
  { requiredKeys: [] },
);

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

const withOptions = ({ schema }: Pair): fc.Arbitrary<[Message, JsonOptions]> => fc.tuple(messagesOf(schema), options);

describe("JSON of generated codecs and of protobuf-es", () => {
  it("is of the generated code", () => {
    for (const { codec } of pairs) expect(codec).toHaveProperty("toJsonString");
  });

  it("is the same", () => {
    forEachType(150, withOptions, (pair, [message, settings]) => checkWrite(pair, message, { registry, ...settings }));
  });

  it("is read alike", () => {
    forEachType(150, withOptions, (pair, [message, settings]) => {
      const text = JSON.stringify(jsonOf(pair, message, registry));
      checkRead(pair, text, { registry, ...settings });
    });
  });

  it("is read or refused alike in other spellings", () => {
    const spellings = (pair: Pair): fc.Arbitrary<[string, boolean]> =>
      fc
        .tuple(messagesOf(pair.schema), edits, fc.boolean())
        .map(([message, changes, ignore]) => [
          JSON.stringify(respellJson(jsonOf(pair, message, registry), changes)),
          ignore,
        ]);
    forEachType(500, spellings, (pair, [text, ignoreUnknownFields]) =>
      checkRead(pair, text, { registry, ignoreUnknownFields }),
    );
  });

  it("has a negative zero where there is one", () => {
    // protobuf-es makes one of integers too: in strings, that is.
    const pair = pairs.find(({ schema }) => schema.name === "Proto3") as Pair;
    for (const text of ['{"doubleField":"-0"}', '{"floatField":-0.0}', '{"floats":["-0.0", -0]}']) {
      checkRead(pair, text, { registry });
    }
    expect(readJson(pair, '{"int32s":["-0"]}', {})).toMatchObject({ int32s: [0] });
  });

  it("is refused alike when it is none", () => {
    const texts = fc.oneof(
      fc.json({ maxDepth: 2 }),
      fc.string(),
      fc.constantFrom("", " ", "{", "{}x", "{} {}", '{"self":{},"self":{}}', "[]", "null", '"x"', "{'a':1}"),
    );
    forEachType(
      100,
      () => texts,
      (pair, text) => {
        // json() itself refuses what is empty.
        if (text !== "") checkRead(pair, text, { registry });
      },
    );
  });
});
