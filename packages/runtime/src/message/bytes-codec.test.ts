import { describe, expect, it } from "@jest/globals";
import { binary } from "./binary-codec.js";
import { bytesCodec } from "./bytes-codec.js";
import { json } from "./json-codec.js";

const type = bytesCodec("a.v1.M");

describe("a message that is its bytes", () => {
  it("travels as it is", () => {
    const bytes = new Uint8Array([9, 8, 7]);
    expect(binary().encode(bytes, type, 0)).toBe(bytes);
    expect([...binary().encode(bytes, type, 5)]).toEqual([0, 0, 0, 0, 0, 9, 8, 7]);
    expect([...binary().decode(bytes, 1, 3, type)]).toEqual([8, 7]);
  });

  it("is a JSON text with json(), and nothing else", () => {
    const text = new TextEncoder().encode('{"a":"\u00e9"}');
    expect(json().encode(text, type, 0)).toEqual(text);
    expect(json().decode(text, 0, text.length, type)).toEqual(text);
    expect(() => json().encode(new Uint8Array([0xff]), type, 0)).toThrow("not valid");
  });

  it("is made from bytes alone", () => {
    const bytes = new Uint8Array(1);
    expect(type.create(bytes)).toBe(bytes);
    expect(() => type.create({ a: 1 })).toThrow("the bytes codec takes a a.v1.M as a Uint8Array of its encoded bytes");
  });
});
