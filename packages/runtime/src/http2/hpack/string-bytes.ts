/** Where strings of usual lengths are laid out between their bytes on the wire and their text. */
const scratch = new Uint8Array(4096);

/** By length: the arrays that `String.fromCharCode` is given. Filling them again is what makes it fast. */
export const charsOf: number[][] = [];
/** Above this many characters a call of the platform is faster. */
const maxChars = 48;
const asciiDecoder = /* @__PURE__ */ new TextDecoder();

/** Room for `length` bytes, until the next string needs it. */
export function roomFor(length: number): Uint8Array {
  return length <= scratch.length ? scratch : new Uint8Array(length);
}

/** Secrets do not stay where they were laid out: it belongs to no connection and ends with none. */
export function forget(length: number): void {
  scratch.fill(0, 0, length);
  charsOf[maxChars]?.fill(0);
  charsOf[length % maxChars]?.fill(0);
}

/** The text of which each character is one byte. */
export function textOf(bytes: Uint8Array, at: number, length: number): string {
  if (length > maxChars) {
    let all = 0;
    for (let i = at; i < at + length; i++) all |= bytes[i] as number;
    if (all < 0x80) return asciiDecoder.decode(bytes.subarray(at, at + length));
  }
  let text = "";
  for (const end = at + length; at < end; ) {
    const count = Math.min(end - at, maxChars);
    let chars = charsOf[count];
    if (chars === undefined) {
      chars = new Array<number>(count).fill(0);
      charsOf[count] = chars;
    }
    for (let i = 0; i < count; i++) chars[i] = bytes[at++] as number;
    text += String.fromCharCode.apply(null, chars);
  }
  return text;
}
