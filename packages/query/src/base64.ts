// A file of its own: keys and hydration both need it, and neither the other.

/** Bytes as base64, by what browsers and servers have in common. */
export function toBase64(bytes: Uint8Array): string {
  let text = "";
  // A call takes no more arguments than some engines allow.
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}

export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

/** Whether a value is bytes. `instanceof` does not know those of another realm. */
export function isBytes(value: unknown): value is Uint8Array {
  return Object.prototype.toString.call(value) === "[object Uint8Array]";
}
