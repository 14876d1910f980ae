import { create, createRegistry } from "@bufbuild/protobuf";
import {
  AnySchema,
  anyPack,
  DurationSchema,
  FieldSchema,
  TypeSchema,
  UninterpretedOptionSchema,
} from "@bufbuild/protobuf/wkt";
import { beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { ConnectError } from "../error/connect-error.js";
import { esCodec } from "./es-codec.js";
import { json } from "./json-codec.js";
import { jsonReflection, useJsonReflection } from "./json-reflection.js";
import type { MessageCodec } from "./message-codec.js";

const type = esCodec(TypeSchema);
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function read(body: string | Uint8Array, codec = json()) {
  const bytes = typeof body === "string" ? utf8(body) : body;
  return codec.decode(bytes, 0, bytes.length, type);
}

function caught(run: () => unknown): ConnectError {
  try {
    run();
  } catch (error) {
    return error as ConnectError;
  }
  throw new Error("nothing was thrown");
}

// First: what follows gives all codecs JSON by descriptors.
describe("json without descriptors", () => {
  it("says what is missing for a message that has no JSON code of its own", () => {
    const ways = [() => json().encode(type.create({}), type, 0), () => json().decode(utf8("{}"), 0, 2, type)];
    for (const error of ways.map(caught)) {
      expect(error.code).toBe("internal");
      expect(error.rawMessage).toMatch(/^google\.protobuf\.Type has no JSON code of its own: .*jsonReflection/);
    }
  });

  it("works with jsonReflection", () => {
    const codec = json({ reflection: jsonReflection });
    expect(text(codec.encode(type.create({ name: "x" }), type, 0))).toBe('{"name":"x"}');
    expect(read('{"name":"x"}', codec).name).toBe("x");
  });

  it("refuses a reflection that is none", () => {
    expect(() => json({ reflection: {} as never })).toThrow("reflection of json must be jsonReflection, not object");
  });
});

describe("json", () => {
  beforeAll(useJsonReflection);

  it.each([
    ["a", 40],
    ["a", 52],
    ["a", 53],
    ["a", 54],
    ["\u007f", 10],
    ["\u0080", 10],
    ["\u00fc", 10],
    ["\u{1f600}", 10],
  ])("text of %j is the same short and long (%i times), after any headroom", (one, times) => {
    const name = one.repeat(times);
    for (const headroom of [0, 5]) {
      const bytes = json().encode(type.create({ name }), type, headroom);
      expect(text(bytes.subarray(headroom))).toBe(`{"name":"${name}"}`);
      expect(json().decode(bytes, headroom, bytes.length, type).name).toBe(name);
    }
  });

  it("is json in content types, and text", () => {
    expect([json().name, json().text]).toEqual(["json", true]);
  });

  it("writes ProtoJSON behind the headroom", () => {
    const message = type.create({ name: "x", sourceContext: { fileName: "f" } });
    expect(text(json().encode(message, type, 0))).toBe('{"name":"x","sourceContext":{"fileName":"f"}}');
    const framed = json().encode(message, type, 5);
    expect([...framed.subarray(0, 5)]).toEqual([0, 0, 0, 0, 0]);
    expect(text(framed.subarray(5))).toBe('{"name":"x","sourceContext":{"fileName":"f"}}');
  });

  it("writes text that is not ASCII as UTF-8, with and without headroom", () => {
    const message = type.create({ name: "é 世界 \u{1f600}" });
    for (const headroom of [0, 5]) {
      expect(text(json().encode(message, type, headroom).subarray(headroom))).toBe('{"name":"é 世界 \u{1f600}"}');
    }
  });

  it("reads a range", () => {
    const bytes = utf8('xx{"name":"é"}yy');
    expect(json().decode(bytes, 2, bytes.length - 2, type).name).toBe("é");
  });

  it("ignores unknown fields, unless told not to", () => {
    expect(read('{"name":"x","nope":[1]}').name).toBe("x");
    expect(() => read('{"name":"x","nope":[1]}', json({ ignoreUnknownFields: false }))).toThrow(/nope/);
  });

  it("hands the options of protobuf-es on", () => {
    const message = type.create({ sourceContext: {} });
    const written = text(json({ alwaysEmitImplicit: true, useProtoFieldName: true }).encode(message, type, 0));
    expect(JSON.parse(written)).toMatchObject({ name: "", source_context: { file_name: "" } });
  });

  it("writes and reads Any with the types in the registry", () => {
    const codec = json({ registry: createRegistry(DurationSchema) });
    const any = esCodec(AnySchema);
    const message = anyPack(DurationSchema, create(DurationSchema, { seconds: 3n }));
    const bytes = codec.encode(message, any, 0);
    expect(JSON.parse(text(bytes))).toEqual({ "@type": "type.googleapis.com/google.protobuf.Duration", value: "3s" });
    expect(codec.decode(bytes, 0, bytes.length, any)).toEqual(message);
    expect(() => json().encode(message, any, 0)).toThrow();
    expect(() => json().decode(bytes, 0, bytes.length, any)).toThrow();
  });

  it("does not take an empty body for the empty message", () => {
    const error = caught(() => read(""));
    expect([error.code, error.rawMessage]).toEqual([
      "invalid_argument",
      "zero-length payload is not a valid JSON object",
    ]);
  });

  it.each<[string, string | Uint8Array]>([
    ["no JSON", "{"],
    ["two values", "{}{}"],
    ["null", "null"],
    ["an array", "[]"],
    ["a wrong type", '{"name":1}'],
    ["a key that comes twice", '{"name":"a","name":"b"}'],
    ["a byte that is no UTF-8", new Uint8Array([...utf8('{"name":"'), 0xff, ...utf8('"}')])],
    ["a surrogate in UTF-8", new Uint8Array([...utf8('{"name":"'), 0xed, 0xa0, 0x80, ...utf8('"}')])],
    ["UTF-8 that is cut off", utf8('{"name":"é').subarray(0, -1)],
  ])("throws on %s", (_, body) => {
    expect(() => read(body)).toThrow();
  });

  it("does not let __proto__ in JSON reach an object's prototype", () => {
    const message = read('{"__proto__":{"name":"x","polluted":true},"name":"y"}');
    expect(message.name).toBe("y");
    expect("polluted" in message).toBe(false);
    expect("polluted" in {}).toBe(false);
  });

  it("uses a codec's own JSON where it has some", () => {
    const own: MessageCodec<string> = {
      ...esCodec(DurationSchema),
      create: String,
      toBinary: () => new Uint8Array(),
      fromBinary: () => "",
      toJsonString: (message, options) => `"${message}${options.ignoreUnknownFields}"`,
      fromJsonString: (body) => `read ${body}`,
    };
    const bytes = json().encode("x", own, 0);
    expect(text(bytes)).toBe('"xtrue"');
    expect(json().decode(bytes, 0, bytes.length, own)).toBe('read "xtrue"');
  });

  it("says so when a codec was generated without JSON", () => {
    const { create, toBinary, fromBinary, typeName } = type;
    const without = { create, toBinary, fromBinary, typeName };
    for (const error of [
      caught(() => json().encode(type.create({}), without, 0)),
      caught(() => json().decode(utf8("{}"), 0, 2, without)),
    ]) {
      expect(error.code).toBe("internal");
      expect(error.rawMessage).toMatch(/google\.protobuf\.Type was generated without JSON/);
    }
  });

  it("gives the same bytes for the same message, and reads them back", () => {
    const codec = json();
    const option = esCodec(UninterpretedOptionSchema);
    fc.assert(
      fc.property(
        fc.record({
          identifierValue: fc.string({ unit: "grapheme" }),
          negativeIntValue: fc.bigInt({ min: -(2n ** 63n), max: -1n }),
          // JSON.stringify, which protobuf-es writes with, has no -0.
          doubleValue: fc.double().filter((value) => !Object.is(value, -0)),
          stringValue: fc.uint8Array(),
        }),
        fc.integer({ min: 0, max: 9 }),
        (init, headroom) => {
          const message = option.create(init);
          const bytes = codec.encode(message, option, headroom);
          expect(codec.encode(option.create(init), option, headroom)).toEqual(bytes);
          expect(codec.decode(bytes, headroom, bytes.length, option)).toEqual(message);
        },
      ),
    );
  });

  it("throws an error or gives a message on any text", () => {
    const token = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"name"',
      '"fields"',
      '"x"',
      "null",
      "1",
      "-",
      "\\",
      '"',
      "{}",
    );
    const field = esCodec(FieldSchema);
    fc.assert(
      fc.property(fc.array(token, { maxLength: 12 }), (tokens) => {
        const bytes = utf8(tokens.join(""));
        for (const decode of [
          () => json().decode(bytes, 0, bytes.length, type),
          () => json().decode(bytes, 0, bytes.length, field),
        ]) {
          try {
            expect(decode()).toHaveProperty("$typeName");
          } catch (error) {
            expect(error).toHaveProperty("message");
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
