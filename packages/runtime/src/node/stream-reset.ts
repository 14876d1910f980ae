import type { Http2Stream } from "node:http2";

/**
 * Sends RST_STREAM at once. Node's `close()` ends the writable side first, which sends END_STREAM before the
 * reset: the peer would take a body that was cut off for a complete one. Ending without `_final` keeps END_STREAM back.
 */
export function resetStream(stream: Http2Stream, code: number): void {
  stream._final = finishQuietly;
  stream.close(code);
}

/** Whether {@link resetStream} was called for it. */
export function wasResetHere(stream: Http2Stream): boolean {
  return stream._final === finishQuietly;
}

function finishQuietly(callback: (error?: Error | null) => void): void {
  callback();
}
