import { ConnectError } from "../error/connect-error.js";
import { EnvelopeReader } from "../framing/envelope-reader.js";
import { requireCompression } from "./decode-message.js";
import { encodeFrame } from "./outgoing-message.js";
import type { Envelopes, SingleReceiver } from "./single-receiver.js";

/** {@link Envelopes}, for protocols of clients whose unary calls have envelopes: one that has none does not load it. */
export const envelopes: Envelopes = {
  encodeFrame,
  readerOf: (maxBytes) => new EnvelopeReader(maxBytes),
  push,
  isEmpty,
};

function push<T>(receiver: SingleReceiver<T>, chunk: Uint8Array): void {
  const reader = receiver.reader as EnvelopeReader;
  receiver.extraBytes += chunk.length;
  if (receiver.last !== undefined) return;
  reader.push(chunk);
  while (reader.next()) {
    const { flags, bytes, start, end } = reader;
    if (flags > 1) {
      receiver.last = { flags, bytes, start, end };
      receiver.extraBytes = reader.buffered;
      return;
    }
    if (++receiver.count > 1) {
      throw new ConnectError("unimplemented", `one ${receiver.options.type.typeName} was expected, and more came`);
    }
    receiver.bytes = bytes;
    receiver.start = start;
    receiver.end = end;
    receiver.size = end - start;
    receiver.compressed = flags === 1;
  }
}

/** An empty envelope is the zero value in every serialisation, JSON too. */
function isEmpty<T>({ bytes, compressed, compression, start, end, options }: SingleReceiver<T>): boolean {
  if (bytes === undefined) {
    throw new ConnectError("unimplemented", `one ${options.type.typeName} was expected, and none came`);
  }
  if (compressed) requireCompression(compression);
  return start === end;
}
