// A file of its own: the seam that users implement, without any implementation.
import type { MessageCodec } from "./message-codec.js";

/**
 * A serialisation of messages, by its name in content types: `binary()` is `proto`, `json()` is
 * `json`. Write your own for another one.
 */
export interface Codec {
  /** The name in content types: `application/<name>`, `application/grpc+<name>`. Lower case. */
  readonly name: string;
  /** Whether the form is UTF-8 text, which Connect's GET carries without base64. */
  readonly text: boolean;
  /** Serialises, leaving the first `headroom` bytes of the result for the caller. Must give the same bytes for the same message. */
  encode<T>(message: T, type: MessageCodec<T>, headroom: number): Uint8Array;
  /**
   * Parses `bytes` from `start` to `end`. @throws when they are not a message of the type.
   *
   * @param decodedMaxBytes - what the message may take in memory: throw `resource_exhausted` above it
   */
  decode<T>(bytes: Uint8Array, start: number, end: number, type: MessageCodec<T>, decodedMaxBytes?: number): T;
}
