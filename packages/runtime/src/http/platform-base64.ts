// A file of its own: headers, URLs and the details of errors are short, and a page has the code for their base64 already.
// The other file is faster where much is encoded.

/** Encodes as standard base64 (RFC 4648 section 4) without padding. */
export function bytesToBase64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replace(/=+$/, "");
}

/** Encodes as URL-safe base64 (RFC 4648 section 5) without padding. */
export function bytesToBase64Url(bytes: Uint8Array): string {
  return bytesToBase64(bytes).replace(/\+/g, "-").replace(/\//g, "_");
}

/**
 * Decodes standard or URL-safe base64, padded or not; `undefined` when the text is neither. Padding that is there
 * must be whole. Bits of the last character that stand for nothing may be set.
 */
export function bytesFromBase64(text: string): Uint8Array | undefined {
  // `atob` lets white space pass, and knows one alphabet.
  if (/[^\w+/=-]/.test(text)) return undefined;
  try {
    const decoded = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    const bytes = new Uint8Array(decoded.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = decoded.charCodeAt(i);
    return bytes;
  } catch {
    return undefined;
  }
}
