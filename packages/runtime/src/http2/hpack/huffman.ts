/**
 * RFC 7541 appendix B: how many bits the code of each byte has, as a digit of base 36. The code is canonical (shorter
 * codes first, those of one length in the order of their bytes), so that the lengths say all. EOS is 30 ones.
 */
const codeLengths =
  "dnsssssssoussussssssssusssssssss" +
  "6aacd68baa8b8666555666666678f6ca" +
  "d67777777777777777777777878djde6" +
  "f56565666577666567655677777fbeds" +
  "kmkkmmmnmnnnnnonoomnonnnnlmnmnno" +
  "mlkmmnnlnmmolmnnllmlnmnnkmmmnmmn" +
  "qqkjmnmpqqqrrqopjlqrrqrollqqsrrr" +
  "koklmllnmmppooqnqrqqrrrrrsrrrrrq";

/** Codes of up to this many bits are read by one look into a table, two at a time where both fit. */
const lookBits = 12;
/** All codes that are longer begin with this many ones. */
const commonOnes = 10;
const shortest = 5;
const longest = 30;

/** Of no bits. */
const longCode = -32;

/** Above this many characters a call of the platform is faster than a loop over them. */
const longText = 48;
const textEncoder = /* @__PURE__ */ new TextEncoder();

interface Tables {
  /** By byte. */
  readonly codes: Uint32Array;
  readonly lengths: Uint8Array;
  /** By byte: the code, and below it its length in 5 bits. 0 where the code has more than 16 bits. */
  readonly packed: Uint32Array;
  /**
   * By the next `lookBits` bits: how many of them are read (5 bits), whether they are two bytes (1 bit), and the bytes.
   * `longCode` where a longer one begins; 0 until somebody looks there, since a process sees few of them.
   */
  readonly look: Int32Array;
  /** The bytes in the order of their codes. */
  readonly sorted: Uint8Array;
  /** By length: the code after the last one, and what leads from a code to its place among the sorted. */
  readonly endCodes: Int32Array;
  readonly places: Int32Array;
}

let made: Tables | undefined;

/** Made when first needed. */
function tables(): Tables {
  made ??= makeTables();
  return made;
}

/**
 * Puts the text's characters into `bytes`, which has room for them; how many bytes they take Huffman-encoded.
 *
 * @throws TypeError when a character is no byte.
 */
export function layOut(text: string, bytes: Uint8Array): number {
  const { lengths } = tables();
  const { length } = text;
  let bits = 0;
  if (length > longText) {
    const { read, written } = textEncoder.encodeInto(text, bytes);
    if (read === length && written === length) {
      // As many bytes as characters: it is ASCII.
      for (let i = 0; i < length; i++) bits += lengths[bytes[i] as number] as number;
      return (bits + 7) >>> 3;
    }
  }
  let all = 0;
  for (let i = 0; i < length; i++) {
    const char = text.charCodeAt(i);
    all |= char;
    bytes[i] = char;
    bits += lengths[char & 255] as number;
  }
  if (all > 255) throw new TypeError("a header field has a character above U+00FF");
  return (bits + 7) >>> 3;
}

/** Writes the first `length` of `bytes`, Huffman-encoded, at `at`; where they end. */
export function huffmanEncode(bytes: Uint8Array, length: number, into: Uint8Array, at: number): number {
  const { codes, lengths, packed } = tables();
  let pending = 0;
  let bits = 0;
  for (let i = 0; i < length; i++) {
    const byte = bytes[i] as number;
    let entry = packed[byte] as number;
    if (entry === 0) {
      // Beside 15 pending bits there is no room for a long code: its upper bits go first.
      const upper = (lengths[byte] as number) - 15;
      const code = codes[byte] as number;
      pending = (pending << upper) | (code >>> 15);
      bits += upper;
      if (bits >= 16) {
        bits -= 16;
        into[at++] = pending >>> (bits + 8);
        into[at++] = pending >>> bits;
      }
      entry = ((code & 0x7fff) << 5) | 15;
    }
    const codeLength = entry & 31;
    pending = (pending << codeLength) | (entry >>> 5);
    bits += codeLength;
    if (bits >= 16) {
      bits -= 16;
      into[at++] = pending >>> (bits + 8);
      into[at++] = pending >>> bits;
    }
  }
  if (bits >= 8) {
    bits -= 8;
    into[at++] = pending >>> bits;
  }
  if (bits > 0) into[at++] = (pending << (8 - bits)) | (0xff >>> bits);
  return at;
}

/**
 * Decodes `bytes[at, end)` into `into`, which has room for 8/5 of them and one more; how many bytes it became, or -1
 * when the encoding is wrong (RFC 7541 section 5.2).
 */
export function huffmanDecode(bytes: Uint8Array, at: number, end: number, into: Uint8Array): number {
  const all = tables();
  const { look, lengths } = all;
  const last = end - 1;
  const mask = (1 << lookBits) - 1;
  let window = 0;
  let bits = 0;
  let n = 0;
  for (;;) {
    let found: number;
    if (bits >= lookBits) {
      found = look[(window >>> (bits - lookBits)) & mask] as number;
    } else if (at < last) {
      window = (window << 16) | ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
      at += 2;
      bits += 16;
      continue;
    } else {
      if (at === last) {
        window = (window << 8) | (bytes[at++] as number);
        bits += 8;
        continue;
      }
      found = look[padded(window, bits) & mask] as number;
      if ((found & 31) > bits) {
        const first = (found >>> 6) & 255;
        const length = lengths[first] as number;
        if (length > bits) break;
        into[n++] = first;
        bits -= length;
        continue;
      }
      if (found < 0 && bits <= commonOnes) break;
    }
    if (found > 0) {
      into[n] = found >>> 6;
      into[n + 1] = found >>> 14;
      n += 1 + ((found >>> 5) & 1);
      bits -= found & 31;
    } else if (found === 0) {
      lookUp(all, (bits >= lookBits ? window >>> (bits - lookBits) : padded(window, bits)) & mask);
    } else {
      bits -= commonOnes;
      while (bits <= 24 && at < end) {
        window = (window << 8) | (bytes[at++] as number);
        bits += 8;
      }
      const long = decodeLong(all, window, bits);
      if (long < 0) return -1;
      into[n++] = long;
      bits -= (long >> 8) - commonOnes;
    }
  }
  const padding = (1 << bits) - 1;
  return bits < 8 && (window & padding) === padding ? n : -1;
}

/** After the last byte ones are added, as if the padding went on. */
function padded(window: number, bits: number): number {
  return (window << (lookBits - bits)) | ((1 << (lookBits - bits)) - 1);
}

/** Makes the entry of `look` for these bits. */
function lookUp(tables: Tables, next: number): void {
  const { look, lengths } = tables;
  const first = shortCode(tables, next, lookBits);
  if (first < 0) {
    look[next] = longCode;
    return;
  }
  const used = lengths[first] as number;
  const second = shortCode(tables, next, lookBits - used);
  const one = (first << 6) | used;
  look[next] = second < 0 ? one : ((second << 14) | 32 | one) + (lengths[second] as number);
}

/** The byte whose code the lowest `bits` bits begin with, or -1. */
function shortCode({ endCodes, places, sorted }: Tables, window: number, bits: number): number {
  for (let length = shortest; length <= bits; length++) {
    const code = (window & ((1 << bits) - 1)) >>> (bits - length);
    if (code < (endCodes[length] as number)) return sorted[code + (places[length] as number)] as number;
  }
  return -1;
}

/** A code of which `commonOnes` bits are read already: its byte, and above it its length; -1 when there is none. */
function decodeLong(tables: Tables, window: number, bits: number): number {
  for (let length = lookBits + 1; length <= longest; length++) {
    const left = length - commonOnes;
    if (left > bits) return -1;
    const code = (((1 << commonOnes) - 1) << left) | ((window >>> (bits - left)) & ((1 << left) - 1));
    if (code < (tables.endCodes[length] as number)) {
      return (length << 8) | (tables.sorted[code + (tables.places[length] as number)] as number);
    }
  }
  return -1;
}

/** A process needs them in its first call, so they are made in few steps. */
function makeTables(): Tables {
  const lengths = new Uint8Array(256);
  // By length: how many codes have it, and then the place of the next of them among the sorted.
  const next = new Int32Array(longest + 1);
  for (let byte = 0; byte < 256; byte++) {
    const length = Number.parseInt(codeLengths.charAt(byte), 36);
    lengths[byte] = length;
    (next[length] as number)++;
  }
  const endCodes = new Int32Array(longest + 1);
  const places = new Int32Array(longest + 1);
  let code = 0;
  let place = 0;
  for (let length = 1; length <= longest; length++, code <<= 1) {
    const count = next[length] as number;
    places[length] = place - code;
    next[length] = place;
    place += count;
    code += count;
    endCodes[length] = code;
  }
  const codes = new Uint32Array(256);
  const packed = new Uint32Array(256);
  const sorted = new Uint8Array(256);
  for (let byte = 0; byte < 256; byte++) {
    const length = lengths[byte] as number;
    const at = (next[length] as number)++;
    const bits = at - (places[length] as number);
    sorted[at] = byte;
    codes[byte] = bits;
    if (length <= 16) packed[byte] = (bits << 5) | length;
  }
  return { codes, lengths, packed, look: new Int32Array(1 << lookBits), sorted, endCodes, places };
}
