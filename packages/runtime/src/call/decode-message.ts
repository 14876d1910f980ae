import type { Code } from "../error/code.js";
import { ConnectError, memberOf } from "../error/connect-error.js";
import type { Compression } from "../framing/compression.js";
import { type Awaitable, isPromiseLike } from "../http/awaitable.js";
import type { Codec } from "../message/codec.js";
import type { MessageCodec } from "../message/message-codec.js";

/** How to decode the messages of one direction of one call. */
export interface DecodeOptions<T> {
  readonly type: MessageCodec<T>;
  readonly codec: Codec;
  readonly maxBytes: number;
  /** What a message may take in memory, by estimate. */
  readonly decodedMaxBytes: number;
  /** The code for bytes that do not decode: the client's fault on a handler, the server's on a client. */
  readonly invalid: Code;
}

/** Decodes a payload. @throws ConnectError */
export function decodePayload<T>(bytes: Uint8Array, start: number, end: number, options: DecodeOptions<T>): T {
  try {
    return options.codec.decode(bytes, start, end, options.type, options.decodedMaxBytes);
  } catch (cause) {
    if (cause instanceof ConnectError) throw cause;
    const text = `cannot decode a ${options.type.typeName} from ${options.codec.name}`;
    throw new ConnectError(options.invalid, options.codec.name === "json" ? withReason(text, cause) : text, { cause });
  }
}

/** The longest reason that goes into a message: it may quote what the peer sent. */
const maxReason = 200;

/** People write JSON by hand, and want to know which field is wrong. */
function withReason(text: string, cause: unknown): string {
  const message = memberOf(cause, "message");
  if (typeof message !== "string" || message === "") return text;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters in question
  return `${text}: ${message.slice(0, maxReason).replace(/[\x00-\x1f\x7f]+/g, " ")}`;
}

/**
 * Decompresses a payload whose compressed flag is set.
 *
 * @throws ConnectError `internal` when no compression was agreed on, and as `options` say for data that is broken
 */
export function decompressPayload(
  bytes: Uint8Array,
  start: number,
  end: number,
  compression: Compression | undefined,
  { maxBytes, invalid }: Pick<DecodeOptions<unknown>, "maxBytes" | "invalid">,
): Awaitable<Uint8Array> {
  const agreed = requireCompression(compression);
  try {
    const data = agreed.decompress(bytes.subarray(start, end), maxBytes);
    return isPromiseLike(data) ? data.catch((reason: unknown) => broken(reason, invalid)) : data;
  } catch (reason) {
    return broken(reason, invalid);
  }
}

/** Compressions do not know on which side they are. */
function broken(reason: unknown, invalid: Code): never {
  if (!(reason instanceof ConnectError) || reason.code !== "invalid_argument" || invalid === reason.code) throw reason;
  throw new ConnectError(invalid, reason.rawMessage, { cause: reason.cause });
}

/** The compression that was agreed on. @throws ConnectError `internal` when there is none */
export function requireCompression(compression: Compression | undefined): Compression {
  if (compression === undefined) {
    throw new ConnectError("internal", "a message is flagged as compressed, but no compression was negotiated");
  }
  return compression;
}
