const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const values: Uint8Array = new Uint8Array(128).fill(255);
for (let i = 0; i < alphabet.length; i++) values[alphabet.charCodeAt(i)] = i;
// The URL-safe alphabet (RFC 4648 section 5) decodes too.
values[0x2d] = 62;
values[0x5f] = 63;

/** Encodes as standard base64 (RFC 4648 section 4) without padding. */
export function encodeBase64Unpadded(bytes: Uint8Array): string {
  let text = "";
  let i = 0;
  for (; i + 2 < bytes.length; i += 3) {
    const n = ((bytes[i] as number) << 16) | ((bytes[i + 1] as number) << 8) | (bytes[i + 2] as number);
    text += (alphabet[n >> 18] as string) + alphabet[(n >> 12) & 63] + alphabet[(n >> 6) & 63] + alphabet[n & 63];
  }
  if (i + 1 === bytes.length) {
    const n = bytes[i] as number;
    text += (alphabet[n >> 2] as string) + alphabet[(n << 4) & 63];
  } else if (i + 2 === bytes.length) {
    const n = ((bytes[i] as number) << 8) | (bytes[i + 1] as number);
    text += (alphabet[n >> 10] as string) + alphabet[(n >> 4) & 63] + alphabet[(n << 2) & 63];
  }
  return text;
}

/** Encodes as URL-safe base64 (RFC 4648 section 5) without padding. */
export function encodeBase64Url(bytes: Uint8Array): string {
  return encodeBase64Unpadded(bytes).replaceAll("+", "-").replaceAll("/", "_");
}

/** Decodes standard or URL-safe base64, padded or not; `undefined` when the text is neither. */
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
