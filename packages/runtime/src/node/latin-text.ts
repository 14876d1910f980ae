// A file of its own: both sides of HTTP/1.1 send small bodies as text.

/** Bodies up to this size, in bytes, go out in one write with their head. */
export const maxJoined = 16_384;
/** Up to this length, in bytes, text is made faster without a call of the platform. */
const shortText = 64;

/** A text of Latin-1 has the same bytes. Node puts texts together with the head, where bytes would be a second write in a list of them. */
export function asText(bytes: Uint8Array): string {
  return bytes.byteLength <= shortText
    ? String.fromCharCode.apply(String, bytes as unknown as number[])
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
