import { BytesValueSchema, StructSchema } from "@bufbuild/protobuf/wkt";
import { json, jsonReflection, type MessageCodec } from "@connect-ts/runtime";
import { codecOf } from "@connect-ts/runtime/codegen/schema";
import { BytesValueJson, StructJson } from "@connect-ts/runtime/codegen/wkt-codec";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

/** What JSON becomes, or that it is refused. */
function outcome(codec: MessageCodec, text: string): unknown {
  const bytes = new TextEncoder().encode(text);
  try {
    return codec.toBinary(json({ reflection: jsonReflection }).decode(bytes, 0, bytes.length, codec), 0);
  } catch {
    return "refused";
  }
}

describe("JSON that generated codecs and protobuf-es read alike", () => {
  it("is base64 with padding, space and junk in all places", () => {
    const [generated, es] = [BytesValueJson, codecOf(BytesValueSchema)] as MessageCodec[];
    if (generated === undefined || es === undefined) throw new Error("there are two");
    const pieces = fc.array(fc.constantFrom(..."AB+/-_= \n\r\t*.\u00e9%"), { maxLength: 10 });
    fc.assert(
      fc.property(pieces, (characters) => {
        const text = JSON.stringify(characters.join(""));
        expect(outcome(generated, text)).toEqual(outcome(es, text));
      }),
      { numRuns: 3000 },
    );
    for (const junk of ["%=", "*=+_A", "/+==.= ", "AA=*"]) expect(outcome(generated, `"${junk}"`)).toBe("refused");
  });

  it.each(["1e999", "-1e999", `1${"0".repeat(400)}`])(
    "is a Struct without numbers that JSON cannot hold: %s",
    (number) => {
      const codecs = [StructJson, codecOf(StructSchema)] as MessageCodec[];
      for (const codec of codecs) {
        for (const text of [`{"a":${number}}`, `{"a":[${number}]}`, `{"a":{"b":[{"c":${number}}]}}`]) {
          expect(outcome(codec, text)).toBe("refused");
        }
        expect(outcome(codec, '{"a":1e99,"b":"1e999"}')).not.toBe("refused");
      }
    },
  );
});
