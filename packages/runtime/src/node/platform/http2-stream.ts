// What we lean on under node:http2 and Node does not document: a line on why, and a test that fails when Node changes it.
import type { Http2Stream, ServerHttp2Stream } from "node:http2";

/**
 * Sends RST_STREAM at once. Node's `close()` ends the writable side first, which sends END_STREAM before the
 * reset: the peer would take a body that was cut off for a complete one. Ending without `_final` keeps END_STREAM back.
 */
export function resetStream(stream: Http2Stream, code: number): void {
  stream._final = finishQuietly;
  // A write looks a tick later whether it was the last, for an END_STREAM of its own: Node 24 then sends no reset at all.
  if (stream.writableLength > 0) process.nextTick(() => stream.close(code));
  else stream.close(code);
}

function finishQuietly(callback: (error?: Error | null) => void): void {
  callback();
}

/** Node's response object of a stream sends its trailers too, and only those that come first count. */
export function dropForeignTrailers(stream: ServerHttp2Stream): void {
  if (stream.listenerCount("wantTrailers") > 0) stream.removeAllListeners("wantTrailers");
}
