// A file of its own: the seam that users implement, without any implementation.
import type { Awaitable } from "../http/awaitable.js";

/** A compression of messages, by its name on the wire. */
export interface Compression {
  /** `"gzip"`, `"br"`, `"zstd"`, `"deflate"`, `"snappy"`, or your own. */
  readonly name: string;
  compress(bytes: Uint8Array): Awaitable<Uint8Array>;
  /**
   * @param maxBytes - stop when more would come out
   * @throws ConnectError `resource_exhausted` when more than `maxBytes` would come out,
   * `invalid_argument` when the bytes are not of this compression.
   */
  decompress(bytes: Uint8Array, maxBytes: number): Awaitable<Uint8Array>;
}
