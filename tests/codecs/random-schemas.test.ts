import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRegistry, type Registry } from "@bufbuild/protobuf";
import * as wkt from "@bufbuild/protobuf/wkt";
import { beforeAll, describe, it } from "@jest/globals";
import fc from "fast-check";
import { bytesOf, checkCreate, checkDecode, checkEncode } from "./checks.js";
import { emptyFolder, isMessageSchema, type Pair, pairsOf } from "./generated.js";
import { initOf } from "./inits.js";
import { checkRead, checkWrite, jsonOf } from "./json-checks.js";
import { edits, respellJson } from "./json-spellings.js";
import { schemaTexts } from "./random-schema.js";
import { messagesOf } from "./values.js";
import { regroup } from "./wire.js";

/** Always the same schemas, so that a failure stays; another seed and more of them make a longer test. */
const seed = Number(process.env.CODEC_SEED ?? 1);
const count = Number(process.env.CODEC_SCHEMAS ?? 30);

let pairs: Pair[] = [];
let registry: Registry;

beforeAll(async () => {
  const folder = emptyFolder("random");
  for (let i = 0; i < count; i++) {
    const [text] = fc.sample(schemaTexts(i), { seed: seed * 10_000 + i, numRuns: 1 });
    writeFileSync(join(folder, `s${i}.proto`), text as string);
  }
  pairs = await pairsOf(folder, "random");
  const wellKnown = Object.values(wkt as object).filter(isMessageSchema);
  registry = createRegistry(...pairs.map(({ schema }) => schema), ...wellKnown);
}, 120_000);

function forEachType<T>(
  runs: number,
  arbitrary: (pair: Pair) => fc.Arbitrary<T>,
  check: (pair: Pair, value: T) => void,
) {
  for (const pair of pairs) {
    fc.assert(
      fc.property(arbitrary(pair), (value) => check(pair, value)),
      { numRuns: runs },
    );
  }
}

describe("generated codecs of random schemas", () => {
  it("write and read the bytes that protobuf-es does", () => {
    forEachType(
      20,
      ({ schema }) => messagesOf(schema),
      (pair, message) => {
        checkEncode(pair, message);
        checkDecode(pair, bytesOf(pair, message));
      },
    );
  });

  it("read changed bytes as protobuf-es does", () => {
    const changed = (pair: Pair): fc.Arbitrary<Uint8Array> =>
      fc.tuple(messagesOf(pair.schema), fc.array(fc.nat(), { minLength: 2, maxLength: 6 })).map(([message, picks]) => {
        const bytes = regroup(pair.schema, bytesOf(pair, message), picks);
        for (const pick of picks.slice(2)) if (bytes.length > 0) bytes[pick % bytes.length] = pick >>> 8;
        return bytes;
      });
    forEachType(30, changed, checkDecode);
  });

  it("make messages of init shapes as protobuf-es does", () => {
    const inits = (pair: Pair): fc.Arbitrary<unknown> =>
      fc
        .tuple(messagesOf(pair.schema), fc.infiniteStream(fc.nat(11)))
        .map(([message, picks]) => initOf(pair.schema, message, () => picks.next().value as number));
    forEachType(20, inits, checkCreate);
  });

  it("write and read the JSON that protobuf-es does", () => {
    forEachType(
      20,
      ({ schema }) => fc.tuple(messagesOf(schema), edits),
      (pair, [message, changes]) => {
        checkWrite(pair, message, { registry });
        const json = jsonOf(pair, message, registry);
        checkRead(pair, JSON.stringify(json), { registry });
        checkRead(pair, JSON.stringify(respellJson(json, changes)), { registry });
      },
    );
  });
});
