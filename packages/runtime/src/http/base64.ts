const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const encoder = new TextEncoder();
const values: Uint8Array = new Uint8Array(128).fill(255);
for (let i = 0; i < alphabet.length; i++) values[alphabet.charCodeAt(i)] = i;
// The URL-safe alphabet (RFC 4648 section 5) decodes too.
values[0x2d] = 62;
values[0x5f] = 63;

const codes: Uint8Array = encoder.encode(alphabet);
/** Up to here, characters from codes are faster made one by one than by a TextDecoder. */
const shortText = 64;
const decoder = new TextDecoder();

/** Encodes as standard base64 (RFC 4648 section 4) without padding. */
// Codes first and one string at the end: to append to a string is 15 times slower on 1 MiB.
export function encodeBase64Unpadded(bytes: Uint8Array): string {
  const { length } = bytes;
  const text = new Uint8Array(Math.ceil((length * 4) / 3));
  let out = 0;
  // What is beyond the end of an array reads as 0, and is not written.
  for (let i = 0; i < length; i += 3) {
    const n = ((bytes[i] as number) << 16) | ((bytes[i + 1] as number) << 8) | (bytes[i + 2] as number);
    text[out++] = codes[n >> 18] as number;
    text[out++] = codes[(n >> 12) & 63] as number;
    text[out++] = codes[(n >> 6) & 63] as number;
    text[out++] = codes[n & 63] as number;
  }
  return text.length <= shortText
    ? String.fromCharCode.apply(undefined, text as unknown as number[])
    : decoder.decode(text);
}

/**
 * Decodes standard or URL-safe base64, padded or not; `undefined` when the text is neither. Padding that is there
 * must be whole. Bits of the last character that stand for nothing may be set.
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  let length = text.length;
  if (length % 4 === 0) {
    if (text.charCodeAt(length - 1) === 0x3d) length--;
    if (text.charCodeAt(length - 1) === 0x3d) length--;
  }
  if (length % 4 === 1) return undefined;
  const bytes = new Uint8Array((length * 3) >> 2);
  let out = 0;
  let bits = 0;
  let held = 0;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    const value = code < 128 ? (values[code] as number) : 255;
    if (value === 255) return undefined;
    bits = (bits << 6) | value;
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes[out++] = (bits >> held) & 0xff;
    }
  }
  return bytes;
}
