import { describe, expect, it } from "@jest/globals";
import { crc32c } from "./crc32c.js";

const ascending = Uint8Array.from({ length: 32 }, (_, i) => i);

describe("crc32c", () => {
  // RFC 3720 appendix B.4, and the check value of the CRC catalogue.
  it.each<[string, Uint8Array, number]>([
    ["32 zeros", new Uint8Array(32), 0x8a9136aa],
    ["32 ones", new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ["32 ascending bytes", ascending, 0x46dd794e],
    ["32 descending bytes", ascending.slice().reverse(), 0x113fdb5c],
    ["123456789", new TextEncoder().encode("123456789"), 0xe3069283],
    ["nothing", new Uint8Array(), 0],
  ])("of %s is the published one", (_, bytes, expected) => {
    expect(crc32c(bytes, 0, bytes.length)).toBe(expected);
  });

  it("takes a range", () => {
    const bytes = new TextEncoder().encode("xx123456789yyy");
    expect(crc32c(bytes, 2, 11)).toBe(0xe3069283);
  });
});
