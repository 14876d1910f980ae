// How Node sends heads over HTTP/1.1.
import type { ClientRequest, OutgoingMessage } from "node:http";

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

/** What a request has to send once it has a connection. */
interface Pending {
  readonly data: unknown;
  callback: unknown;
}

/**
 * Ends a request with all of its body. `end` leaves an empty text behind it that tells when all is sent, and the two would be
 * written as a list: before Node 24 that costs more than to write one text.
 */
export function endRequestWith(request: ClientRequest, text: string): void {
  request.end(text, "latin1");
  const { outputData } = request as { readonly outputData?: Pending[] };
  if (outputData?.length !== 2) return;
  const [first, last] = outputData as [Pending, Pending];
  if (last.data !== "") return;
  first.callback = last.callback;
  outputData.pop();
}
