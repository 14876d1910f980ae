import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { decodeBase64, encodeBase64Unpadded } from "./base64.js";
import { bytesFromBase64, bytesToBase64, bytesToBase64Url } from "./platform-base64.js";

const text = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : new TextDecoder().decode(bytes));

describe.each([
  ["by code of our own", encodeBase64Unpadded, decodeBase64],
  ["by the platform", bytesToBase64, bytesFromBase64],
])("base64 %s", (_, encode, decode) => {
  it("encodes the vectors of RFC 4648 section 10, without padding", () => {
    const encoded = ["", "f", "fo", "foo", "foob", "fooba", "foobar"].map((s) => encode(new TextEncoder().encode(s)));
    expect(encoded).toEqual(["", "Zg", "Zm8", "Zm9v", "Zm9vYg", "Zm9vYmE", "Zm9vYmFy"]);
  });

  it.each([
    ["", ""],
    ["Zg", "f"],
    ["Zg==", "f"],
    ["Zm8", "fo"],
    ["Zm8=", "fo"],
    ["Zm9v", "foo"],
    ["Zm9vYmFy", "foobar"],
  ])("decodes %j, padded or not", (encoded, decoded) => {
    expect(text(decode(encoded))).toBe(decoded);
  });

  it("decodes both alphabets", () => {
    const bytes = new Uint8Array([0xfb, 0xef, 0xff]);
    expect(encode(bytes)).toBe("++//");
    expect(bytesToBase64Url(bytes)).toBe("--__");
    expect(decode("++//")).toEqual(bytes);
    expect(decode("--__")).toEqual(bytes);
    expect(decode("+-/_")).toEqual(bytes);
  });

  it.each([
    "A",
    "AAAAA",
    "=",
    "==",
    "===",
    "====",
    "A=",
    "A==",
    "A===",
    "Zg=",
    "Zm8==",
    "Zm9v=",
    "Zm9v====",
    "Zg==Zg==",
    "Z=g=",
    "Zm 9v",
    "Zm9v\n",
    "Zm9é",
    "Zm9\u{1f600}",
    "Zm.v",
  ])("refuses %j", (encoded) => {
    expect(decode(encoded)).toBeUndefined();
  });

  it("ignores bits of the last character that stand for nothing", () => {
    expect(text(decode("Zh"))).toBe("f");
  });

  it("encodes as the platform does and decodes what it encoded", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const standard = encode(bytes);
        const url = bytesToBase64Url(bytes);
        expect(standard).toBe(Buffer.from(bytes).toString("base64").replaceAll("=", ""));
        expect(url).toBe(Buffer.from(bytes).toString("base64url"));
        expect(decode(standard)).toEqual(bytes);
        expect(decode(Buffer.from(bytes).toString("base64"))).toEqual(bytes);
        expect(decode(url)).toEqual(bytes);
      }),
    );
  });

  it("never throws, and what it decodes encodes to the same text but for padding, alphabet and loose bits", () => {
    const character = fc.constantFrom(..."ABZaz09+/-_=\u00e9 ");
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 12 }), (encoded) => {
        const bytes = decode(encoded);
        if (bytes === undefined) return;
        const bare = encoded.replaceAll("=", "").replaceAll("-", "+").replaceAll("_", "/");
        const again = encode(bytes);
        expect(again.length).toBe(bare.length);
        expect(again.slice(0, -1)).toBe(bare.slice(0, -1));
      }),
    );
  });
});
