import type { Code } from "../error/code.js";
import { ConnectError } from "../error/connect-error.js";
import type { Awaitable, Compression } from "../framing/compression.js";
import type { Codec } from "../message/codec.js";
import type { MessageCodec } from "../message/message-codec.js";

/** How to decode the messages of one direction of one call. */
export interface DecodeOptions<T> {
  readonly type: MessageCodec<T>;
  readonly codec: Codec;
  readonly maxBytes: number;
  /** The code for bytes that do not decode: the client's fault on a handler, the server's on a client. */
  readonly invalid: Code;
}

/** Decodes a payload. @throws ConnectError */
export function decodePayload<T>(bytes: Uint8Array, start: number, end: number, options: DecodeOptions<T>): T {
  try {
    return options.codec.decode(bytes, start, end, options.type);
  } catch (cause) {
    if (cause instanceof ConnectError) throw cause;
    throw new ConnectError(options.invalid, `cannot decode a ${options.type.typeName} from ${options.codec.name}`, {
      cause,
    });
  }
}

/** Decompresses a payload whose compressed flag is set. @throws ConnectError `internal` when no compression was agreed on */
export function decompressPayload(
  bytes: Uint8Array,
  start: number,
  end: number,
  compression: Compression | undefined,
  maxBytes: number,
): Awaitable<Uint8Array> {
  if (compression === undefined) {
    throw new ConnectError("internal", "a message is flagged as compressed, but no compression was negotiated");
  }
  return compression.decompress(bytes.subarray(start, end), maxBytes);
}
