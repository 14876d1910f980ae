import { envelopeHeadroom, sealEnvelope } from "../../framing/envelope-writer.js";
import type { HeaderMap } from "../../http/header-map.js";
import type { BodyMetadata } from "../shared/body-metadata.js";

/** The flag of the envelope that has the trailers: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md */
export const trailerFlag = 0x80;

/** The envelope with the trailers: an HTTP/1 header block without the blank line at its end. Names are in lower case already. */
export function writeTrailerFrame(trailers: HeaderMap): Uint8Array {
  const { list } = trailers;
  let text = "";
  for (let i = 0; i < list.length; i += 2) text += `${list[i]}: ${list[i + 1]}\r\n`;
  const frame = new Uint8Array(envelopeHeadroom + text.length);
  // A header value has no character above 0xff: each is a byte.
  for (let i = 0; i < text.length; i++) frame[envelopeHeadroom + i] = text.charCodeAt(i);
  return sealEnvelope(trailerFlag, frame);
}

/** Reads the payload of a trailer envelope. Lines that are not headers are left out. */
export function readTrailerFrame(payload: Uint8Array, metadata: BodyMetadata): void {
  let start = 0;
  while (start < payload.length && metadata.error === undefined) {
    let end = payload.indexOf(0x0a, start);
    if (end === -1) end = payload.length;
    readLine(payload, start, end, metadata);
    start = end + 1;
  }
}

function readLine(bytes: Uint8Array, start: number, end: number, metadata: BodyMetadata): void {
  const stop = bytes[end - 1] === 0x0d ? end - 1 : end;
  if (start >= stop) return;
  let line = "";
  for (let i = start; i < stop; i++) line += String.fromCharCode(bytes[i] as number);
  const colon = line.indexOf(":");
  metadata.append(line.slice(0, Math.max(colon, 0)).trim(), line.slice(colon + 1));
}
