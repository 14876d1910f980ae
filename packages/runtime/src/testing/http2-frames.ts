import { ByteSink } from "../http2/frame/byte-sink.js";
import { errorName, frameName } from "../http2/frame/codes.js";
import { HpackEncoder } from "../http2/hpack/encoder.js";
import { preface } from "../http2/server-connection.js";
import { read32 } from "../http2/settings.js";

export { preface };

/** A frame as it is on the wire. */
export function frame(type: number, flags: number, streamId: number, payload: Iterable<number> = []): Uint8Array {
  const bytes = Uint8Array.from(payload);
  return Uint8Array.from([...u32(bytes.length).slice(1), type, flags, ...u32(streamId), ...bytes]);
}

export function u32(value: number): number[] {
  return [(value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

export const data = (streamId: number, bytes: Iterable<number>, flags = 0): Uint8Array =>
  frame(0, flags, streamId, bytes);
export const rst = (streamId: number, code: number): Uint8Array => frame(3, 0, streamId, u32(code));
export const ping = (flags = 0): Uint8Array => frame(6, flags, 0, [1, 2, 3, 4, 5, 6, 7, 8]);
export const windowUpdate = (streamId: number, increment: number): Uint8Array => frame(8, 0, streamId, u32(increment));
export const goaway = (lastStreamId: number, code = 0, debug = ""): Uint8Array =>
  frame(7, 0, 0, [...u32(lastStreamId), ...u32(code), ...new TextEncoder().encode(debug)]);

/** SETTINGS: identifiers and values in turn. */
export function settings(entries: readonly number[] = []): Uint8Array {
  const payload: number[] = [];
  for (let i = 0; i < entries.length; i += 2) payload.push(0, entries[i] as number, ...u32(entries[i + 1] as number));
  return frame(4, 0, 0, payload);
}

export const settingsAck: Uint8Array = frame(4, 1, 0);

/** A header block that uses no table. */
export function block(fields: readonly string[]): Uint8Array {
  const sink = new ByteSink();
  new HpackEncoder({ maxTableBytes: 4096, neverIndexed: new Set(fields) }).encode(fields, sink);
  return sink.buffer.slice(0, sink.length);
}

/** HEADERS; flags: 1 END_STREAM, 4 END_HEADERS. */
export function headers(streamId: number, fields: readonly string[], flags = 4): Uint8Array {
  return frame(1, flags, streamId, block(fields));
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Whole frames, one line for each: `RST_STREAM 1 CANCEL`. */
export function linesOf(chunks: readonly Uint8Array[]): string[] {
  const bytes = concat(...chunks);
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = read32(bytes, at) >>> 8;
    lines.push(lineOf(bytes.subarray(at, at + 9 + length)));
    at += 9 + length;
  }
  return lines;
}

function lineOf(bytes: Uint8Array): string {
  const type = bytes[3] as number;
  const flags = bytes[4] as number;
  const id = read32(bytes, 5);
  const name = frameName(type);
  const length = bytes.length - 9;
  switch (type) {
    case 0:
      return `${name} ${id} ${length}${flags & 1 ? " END_STREAM" : ""}`;
    case 1:
      return `${name} ${id}${flags & 1 ? " END_STREAM" : ""}${flags & 4 ? "" : " ..."}`;
    case 3:
      return `${name} ${id} ${errorName(read32(bytes, 9))}`;
    case 4:
    case 6:
      return `${name}${flags & 1 ? " ACK" : ""}`;
    case 7:
      return `${name} ${read32(bytes, 9)} ${errorName(read32(bytes, 13))}: ${new TextDecoder().decode(bytes.subarray(17))}`;
    case 8:
      return `${name} ${id} ${read32(bytes, 9)}`;
    default:
      return `${name} ${id} ${length}`;
  }
}
