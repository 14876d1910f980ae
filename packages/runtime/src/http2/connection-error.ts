// A file of its own: frame readers throw it, connections catch it, and neither knows the other.
import { errorName } from "./frame/codes.js";

/** What ends a connection: the code and the text of the GOAWAY that tells the peer so. */
export class ConnectionError extends Error {
  readonly code: number;
  /** The stream whose doing it is, where it is that of one; 0: of none. */
  readonly streamId: number;

  constructor(code: number, message: string, streamId = 0) {
    super(message);
    this.name = "ConnectionError";
    this.code = code;
    this.streamId = streamId;
  }
}

/** The longest piece of a peer's text that goes into one of ours. */
const maxQuoted = 80;

/** A text of the peer, cut and without anything that could be taken for more than text. */
export function quoted(text: string): string {
  const cut = text.length > maxQuoted ? `${text.slice(0, maxQuoted)}...` : text;
  return JSON.stringify(cut).replace(
    /[\x7f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** How an end of a stream is told by its code alone. */
export function resetMessage(code: number): string {
  return `the stream was reset with ${errorName(code)}`;
}
