import { entryWeight, mayWeigh, objectWeight, tooHeavy } from "./decoded-size.js";

/** Shorter texts have not enough digits to do harm. */
const shortText = 256 * 1024;
/** No number of 64 bits needs more characters. */
const longestNumber = 64;

const quote = 0x22;
const backslash = 0x5c;

/**
 * Adds up what a JSON text will weigh, by its brackets and commas, before anything is made of it. Whether it is JSON is
 * left to who parses it.
 *
 * @throws ConnectError `resource_exhausted` as soon as that is more than the limit
 */
export function checkJsonWeight(bytes: Uint8Array, start: number, end: number, limit: number): void {
  if (end - start <= shortText && !mayWeigh(end - start, limit, 0)) return;
  let weight = 0;
  for (let at = start; at < end; at++) {
    const code = bytes[at];
    if (code === quote) {
      const first = at + 1;
      at = endOfString(bytes, first, end);
      if (at - first <= longestNumber || !isDigits(bytes, first, at)) continue;
      // To make a number of so many digits, as a field may ask for, takes time by their square.
      weight += (at - first) ** 2 / 1024;
    } else if (code === 0x2c) weight += entryWeight;
    else if (code === 0x7b || code === 0x5b) weight += entryWeight + objectWeight;
    else continue;
    if (weight > limit) throw tooHeavy(limit);
  }
}

/** Where the quote is that ends a string, or `end`. */
function endOfString(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    const code = bytes[at];
    if (code === quote) return at;
    if (code === backslash) at++;
    else if (at - start > longestNumber) {
      // Natively from here on; a quote belongs to the string when backslashes before it, by an odd number, say so.
      const found = bytes.indexOf(quote, at);
      if (found === -1 || found >= end) return end;
      let before = found;
      while (before > at && bytes[before - 1] === backslash) before--;
      if ((found - before) % 2 === 0) return found;
      at = found;
    }
  }
  return end;
}

function isDigits(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const code = bytes[at] as number;
    if ((code < 0x30 || code > 0x39) && code !== 0x2d) return false;
  }
  return true;
}
