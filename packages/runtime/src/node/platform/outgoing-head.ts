// One quirk of Node's HTTP/1.1, which both sides meet.
import type { OutgoingMessage } from "node:http";

const beyondAscii = /[\x80-\xff]/;
const nothing = new Uint8Array(0);

/**
 * Sends a head before its body. `flushHeaders()` alone writes a head in UTF-8, for it sends an empty text without an encoding;
 * with bytes after it, as everywhere else and as it is read, a head is Latin-1.
 */
export function flushHead(message: OutgoingMessage, values: readonly unknown[]): void {
  if (values.some((value) => beyondAscii.test(String(value)))) message.write(nothing);
  message.flushHeaders();
}
