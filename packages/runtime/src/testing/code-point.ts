// A file of its own: tests of texts need it, and those of messages.
import fc from "fast-check";

/**
 * A unit of strings: any code point that is no surrogate. fast-check has one too ("binary"), which makes a table of the million of
 * them: that takes a second in each test file.
 */
export const codePoint: fc.Arbitrary<string> = fc
  .nat(0x10_f7ff)
  .map((index) => String.fromCodePoint(index < 0xd800 ? index : index + 0x800));
