import { ConnectionError, quoted } from "./connection-error.js";
import { ErrorCode } from "./frame/codes.js";
import type { DecodedBlock } from "./hpack/block-cache.js";
import type { Limits, RateName } from "./limits.js";

/** What there was too much of, by the name of its limit. */
export const rateTexts: { readonly [Name in RateName]: string } = {
  resets: "streams were reset",
  provokedResets: "streams had to be reset",
  refusedStreams: "streams were opened beyond the limit",
  settings: "SETTINGS frames",
  pings: "PING frames",
  emptyFrames: "empty frames",
  windowUpdates: "WINDOW_UPDATE frames",
  priorities: "PRIORITY frames",
  closedStreamFrames: "frames for streams that are over",
  unknownFrames: "frames of unknown types",
  informational: "1xx heads",
  goaways: "GOAWAY frames",
};

/** The longest text of a GOAWAY that is kept. */
const maxDebug = 256;

/** A GOAWAY's text: cut, and without anything that could be taken for more than text. */
export function harmless(bytes: Uint8Array, start: number, end: number): string {
  if (start === end) return "";
  return quoted(String.fromCharCode(...bytes.subarray(start, Math.min(end, start + maxDebug))));
}

/** @throws ConnectionError when the frame is on a stream where it cannot be */
export function requireStream(legal: boolean, name: string): void {
  if (!legal) throw new ConnectionError(ErrorCode.protocolError, `a ${name} frame on a stream that cannot have one`);
}

/** @throws ConnectionError when the frame has a length that it cannot have */
export function requireLength(legal: boolean, name: string, length: number): void {
  if (!legal) throw new ConnectionError(ErrorCode.frameSizeError, `a ${name} frame of ${length} bytes`);
}

/** Why a header list that is above a limit was not taken. */
export function tooLargeText({ size, tooLarge }: DecodedBlock, { maxHeaderBytes, maxHeaderPairs }: Limits): string {
  return tooLarge === "pairs"
    ? `more than ${maxHeaderPairs} header fields`
    : `${size} bytes of header fields where ${maxHeaderBytes} are allowed`;
}
