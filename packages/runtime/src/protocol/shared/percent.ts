const encoder = new TextEncoder();
// A byte order mark is part of the text.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const hex = "0123456789ABCDEF";

/**
 * Encodes a status message for `grpc-message`: UTF-8, and percent signs before what is no printable ASCII.
 *
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#responses
 */
export function percentEncode(text: string): string {
  if (isPlain(text)) return text;
  const bytes = encoder.encode(text);
  const last = bytes.length - 1;
  let out = "";
  for (let i = 0; i <= last; i++) {
    const byte = bytes[i] as number;
    // HTTP strips spaces at the ends of a field value.
    const plain = byte === 0x20 ? i > 0 && i < last : byte > 0x20 && byte < 0x7f && byte !== 0x25;
    out += plain ? String.fromCharCode(byte) : `%${hex[byte >> 4]}${hex[byte & 15]}`;
  }
  return out;
}

function isPlain(text: string): boolean {
  const last = text.length - 1;
  for (let i = 0; i <= last; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code > 0x7e || code === 0x25) return false;
  }
  return text.charCodeAt(0) !== 0x20 && text.charCodeAt(last) !== 0x20;
}

/** Decodes what {@link percentEncode} made. A sequence that is none stays as it is: the specification forbids to fail. */
export function percentDecode(text: string): string {
  return text.includes("%") ? decoder.decode(percentDecodeBytes(text, false)) : text;
}

/**
 * Undoes percent-encoding.
 *
 * @param plusIsSpace - as in queries (application/x-www-form-urlencoded)
 */
export function percentDecodeBytes(text: string, plusIsSpace: boolean): Uint8Array {
  const source = encoder.encode(text);
  const bytes = new Uint8Array(source.length);
  let length = 0;
  for (let i = 0; i < source.length; i++) {
    const byte = source[i] as number;
    const high = byte === 0x25 ? hexValue(source[i + 1]) : -1;
    const low = high === -1 ? -1 : hexValue(source[i + 2]);
    if (low !== -1) {
      bytes[length++] = (high << 4) | low;
      i += 2;
    } else {
      bytes[length++] = plusIsSpace && byte === 0x2b ? 0x20 : byte;
    }
  }
  return bytes.subarray(0, length);
}

function hexValue(code: number | undefined): number {
  if (code === undefined) return -1;
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
