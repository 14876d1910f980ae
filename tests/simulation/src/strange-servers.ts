// Servers that are not ours: they answer our client with anything.
import type { Chance } from "./chance.js";
import type { Ticker } from "./clock.js";
import { flagEnd, frame, frameTypes, word } from "./strange-bytes.js";
import { enveloped, type Field } from "./strange-requests.js";
import { blocks, FrameStranger, padded, Stranger } from "./strangers.js";
import { contradictions, settingsLists, strange, wrongFrame } from "./wrong-frames.js";

export interface StrangeResponse {
  readonly status: number;
  readonly headers: readonly Field[];
  readonly body: readonly Uint8Array[];
  readonly trailers: readonly Field[];
}

const types = [
  "application/proto",
  "application/proto",
  "application/json",
  "application/connect+proto",
  "application/connect+json",
  "application/grpc",
  "application/grpc+proto",
  "application/grpc-web+proto",
  "text/html",
] as const;

const extras: readonly Field[] = [
  ["grpc-status", "0"],
  ["grpc-status", "5"],
  ["grpc-status", "x"],
  ["grpc-message", "not%20found"],
  ["grpc-encoding", "unknown"],
  ["grpc-encoding", "gzip"],
  ["content-encoding", "gzip"],
  ["content-encoding", "unknown"],
  ["connect-content-encoding", "gzip"],
  ["trailer-x-meta", "1"],
  ["accept-post", "application/json"],
  ["retry-after", "1"],
  ["location", "/elsewhere"],
  ["x-bytes-bin", "not base64!"],
];

const errors = [
  "",
  "{}",
  "null",
  '{"code":"not_found","message":"as planned"}',
  '{"code":"other"}',
  '{"error":{"code":"aborted","message":"as planned"}}',
  '{"error":{"code":"aborted","details":[{"type":"a.B","value":"AAE"}]},"metadata":{"x-meta":["1"]}}',
  '{"error":7,"metadata":7}',
  "{",
] as const;

/** @param of - its content types; all of them unless they are given */
export function strangeResponse(chance: Chance, of: readonly string[] = types): StrangeResponse {
  const type = chance.pick(of);
  const status = chance.happens(0.7) ? 200 : chance.pick([204, 304, 400, 401, 404, 415, 429, 500, 502, 503, 505]);
  const headers: Field[] = chance.happens(0.95) ? [["content-type", type]] : [];
  if (chance.happens(0.4)) headers.push(chance.pick(extras));
  const trailers: Field[] = chance.happens(0.7) ? [["grpc-status", chance.pick(["0", "0", "0", "3", "x"])]] : [];
  if (chance.happens(0.2)) trailers.push(chance.pick(extras));
  return { status, headers, body: bodyOf(chance, type), trailers };
}

/** A message of nothing, and one of bytes that are a message. */
const messages = [new Uint8Array(0), Uint8Array.of(8, 1)] as const;

function bodyOf(chance: Chance, type: string): readonly Uint8Array[] {
  const error = Buffer.from(chance.pick(errors));
  if (type.includes("json") && !type.includes("connect")) return [error];
  if (!/connect\+|grpc/.test(type)) return chance.happens(0.8) ? [chance.pick(messages)] : [noise(chance)];
  const parts: Uint8Array[] = Array.from({ length: chance.pick([0, 1, 1, 1, 2]) }, () =>
    enveloped(chance.pick([0, 0, 0, 1, 4, 255]), chance.happens(0.8) ? chance.pick(messages) : noise(chance)),
  );
  if (type.includes("connect") && chance.happens(0.8)) parts.push(enveloped(2, error));
  const block = chance.pick(["grpc-status: 0\r\n", "grpc-status:5\r\ngrpc-message:no\r\n", "grpc-status", ""]);
  if (type.includes("grpc-web") && chance.happens(0.8)) parts.push(enveloped(128, Buffer.from(block)));
  if (chance.happens(0.15)) parts.push(enveloped(0, messages[1], chance.pick([1, 5, 5_000_000])));
  if (chance.happens(0.1)) parts.push(enveloped(0, messages[1]));
  return parts;
}

function noise(chance: Chance): Uint8Array {
  return Uint8Array.from({ length: chance.scale(0, 60) }, () => chance.whole(0, 255));
}

/** Answers each stream of HTTP/2, and now and then says something else. */
export class FrameServer extends FrameStranger {
  readonly chance: Chance;
  begun = false;

  constructor(name: string, clock: Ticker, chance: Chance) {
    super(name, clock, 24);
    this.chance = chance;
  }

  override take(bytes: Uint8Array): void {
    const { chance } = this;
    if (!this.begun) {
      this.begun = true;
      const most = chance.pick([
        [],
        [],
        [0, 3, 0, 0, 0, 1],
        [0, 3, 0, 0, 0, 0],
        [0, 1, 0, 0, 0, 0],
        [0, 4, 0, 0, 0, 9],
      ]);
      this.write(frame(frameTypes.settings, 0, 0, most));
    }
    super.take(bytes);
  }

  override frame(type: number, flags: number, stream: number, size: number): void {
    const { chance } = this;
    if (type === frameTypes.headers) void this.answer(stream);
    if (type === frameTypes.goaway) this.leave();
    if (type !== frameTypes.data || size === 0 || chance.happens(0.1) || (flags & flagEnd) === 1) return;
    const window = [0, 0, size >> 8, size & 255];
    this.write(frame(frameTypes.window, 0, 0, window), frame(frameTypes.window, 0, stream, window));
  }

  /** Twice, the second time with more or with less, or without a reason and then no more. */
  goAway(stream: number): void {
    const last = (id: number, code: number): Buffer =>
      frame(frameTypes.goaway, 0, 0, [...word(Math.max(0, id)), ...word(code)]);
    if (this.chance.happens(0.5)) this.write(last(stream, 0), last(stream + this.chance.pick([2, -2]), 0));
    else {
      this.write(last(stream, 2));
      this.leave();
    }
  }

  async answer(stream: number): Promise<void> {
    const { chance, clock } = this;
    const { status, headers, body, trailers } = strangeResponse(chance);
    await clock.sleep(chance.scale(0, 40));
    if (chance.happens(0.05)) this.write(wrongFrame(chance, stream));
    if (chance.happens(0.06)) this.write(frame(frameTypes.settings, 0, 0, chance.pick(settingsLists)));
    if (chance.happens(0.04)) this.goAway(stream);
    if (chance.happens(0.1)) this.write(...blocks(chance, stream, [[":status", "103"]], chance.happens(0.2)));
    const list: Field[] = [[":status", String(status)], ...headers];
    if (chance.happens(0.3)) list.splice(chance.whole(0, list.length), chance.whole(0, 1), chance.pick(strange));
    if (chance.happens(0.08)) list.push(...chance.pick(contradictions));
    const only = body.length === 0 && trailers.length === 0;
    this.write(...blocks(chance, stream, list, only && chance.happens(0.9)));
    for (const [index, part] of body.entries()) {
      if (chance.happens(0.3)) await clock.sleep(chance.scale(0, 40));
      this.write(padded(chance, stream, part, index === body.length - 1 && trailers.length === 0));
    }
    const end = trailers.map((one) => (chance.happens(0.05) ? chance.pick(strange) : one));
    if (end.length > 0 && chance.happens(0.05)) end.push(...chance.pick(contradictions));
    if (trailers.length > 0) this.write(...blocks(chance, stream, end, chance.happens(0.95)));
    if (chance.happens(0.1)) this.write(frame(frameTypes.reset, 0, stream, [0, 0, 0, chance.whole(0, 13)]));
    if (chance.happens(0.03)) this.leave();
  }
}

/** Answers each request of HTTP/1.1 when its head has come. */
export class TextServer extends Stranger {
  readonly chance: Chance;

  constructor(name: string, clock: Ticker, chance: Chance) {
    super(name, clock);
    this.chance = chance;
  }

  override take(bytes: Uint8Array): void {
    if (Buffer.from(bytes).includes("\r\n\r\n") || this.chance.happens(0.05)) void this.answer();
  }

  async answer(): Promise<void> {
    const { chance, clock } = this;
    const { status, headers, body } = strangeResponse(chance);
    await clock.sleep(chance.scale(0, 40));
    const size = body.reduce((sum, { byteLength }) => sum + byteLength, 0);
    const told = chance.happens(0.9) ? size : size + chance.whole(1, 9);
    const fields: Field[] = [...headers, ["content-length", String(told)]];
    if (chance.happens(0.1)) fields.push(["connection", "close"]);
    const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    if (chance.happens(0.1)) this.write(Buffer.from("HTTP/1.1 103 Early Hints\r\n\r\n"));
    this.write(Buffer.from(`HTTP/1.1 ${status} Strange\r\n${lines}\r\n`), ...body);
    if (chance.happens(0.1)) this.leave();
  }
}
