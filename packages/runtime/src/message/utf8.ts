// A file of its own: the readers of this room and of generated codecs share it.

/** Up to this length a loop over the bytes is faster than a call of the platform. */
const shortText = 12;

// A leading U+FEFF in a protobuf string is text, no mark of a byte order.
const strictDecoder = /* @__PURE__ */ new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenientDecoder = /* @__PURE__ */ new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * The text of UTF-8.
 *
 * @param strict - whether what is not UTF-8 is refused; otherwise it becomes U+FFFD
 * @throws TypeError on what is not UTF-8, when `strict`
 */
export function decodeText(bytes: Uint8Array, start: number, end: number, strict: boolean): string {
  const length = end - start;
  if (length <= shortText) {
    const codes = new Array<number>(length);
    let i = 0;
    for (; i < length; i++) {
      const byte = bytes[start + i] as number;
      if (byte > 0x7f) break;
      codes[i] = byte;
    }
    if (i === length) return String.fromCharCode.apply(String, codes);
  }
  return (strict ? strictDecoder : lenientDecoder).decode(bytes.subarray(start, end));
}
