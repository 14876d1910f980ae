// Peers that are not ours: clients that ask a server of ours for anything, in any way, on connections of their own.
import type { Chance } from "./chance.js";
import type { Ticker } from "./clock.js";
import type { FetchNetwork } from "./fetch-network.js";
import type { Connection, Network } from "./network.js";
import type { End, Pipe } from "./socket.js";
import {
  type Bytes,
  field,
  flagEnd,
  flagEndHeaders,
  flagPadded,
  flagPriority,
  frame,
  frameTypes,
  word,
} from "./strange-bytes.js";
import { type Field, type StrangeRequest, soundRequest, strangeRequest } from "./strange-requests.js";
import { contradictions, settingsLists, strange, wrongBlocks, wrongFrame } from "./wrong-frames.js";

/** An end of a connection that is bytes alone. */
export class Stranger implements End {
  readonly name: string;
  readonly clock: Ticker;
  destroyed = false;
  bytesRead = 0;
  out: Pipe | undefined;

  constructor(name: string, clock: Ticker) {
    this.name = name;
    this.clock = clock;
  }

  push(bytes: Uint8Array | null): boolean {
    if (bytes === null) this.leave();
    else this.take(bytes);
    return true;
  }

  take(_bytes: Uint8Array): void {}

  destroy(): void {
    this.destroyed = true;
  }

  write(...parts: readonly Uint8Array[]): void {
    if (!this.destroyed) this.out?.write(Buffer.concat(parts), () => undefined);
  }

  /** It says that no more comes, and is gone. */
  leave(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.out?.end();
  }
}

/** Reads frames of HTTP/2 that come, and answers what every peer has to answer. */
export class FrameStranger extends Stranger {
  waiting: Buffer = Buffer.alloc(0);
  /** Bytes before the first frame. */
  skip: number;

  constructor(name: string, clock: Ticker, skip: number) {
    super(name, clock);
    this.skip = skip;
  }

  override take(bytes: Uint8Array): void {
    this.waiting = Buffer.concat([this.waiting, bytes]);
    if (this.waiting.byteLength < this.skip) return;
    this.waiting = this.waiting.subarray(this.skip);
    this.skip = 0;
    while (this.waiting.byteLength >= 9) {
      const size = this.waiting.readUIntBE(0, 3);
      if (this.waiting.byteLength < 9 + size) return;
      const [type = 0, flags = 0] = this.waiting.subarray(3, 5);
      const stream = this.waiting.readUInt32BE(5) & 0x7fff_ffff;
      const payload = this.waiting.subarray(9, 9 + size);
      this.waiting = this.waiting.subarray(9 + size);
      if (type === frameTypes.settings && flags === 0) this.write(frame(type, 1, 0, []));
      else if (type === frameTypes.ping && flags === 0) this.write(frame(type, 1, 0, [...payload]));
      else this.frame(type, flags, stream, size);
    }
  }

  frame(_type: number, _flags: number, _stream: number, _size: number): void {}
}

/** Asks over HTTP/2, a few requests beside each other. */
export class FrameVisitor extends FrameStranger {
  readonly chance: Chance;
  stream = -1;
  /** Streams that are over for the server. */
  readonly ended: Set<number> = new Set();
  /** Streams that the server broke off. */
  readonly broken: number[] = [];

  constructor(name: string, clock: Ticker, chance: Chance) {
    super(name, clock, 0);
    this.chance = chance;
  }

  /** Asks for what there is and keeps to all rules, with padding, priorities and field blocks in parts. Returns what went wrong. */
  async runSound(): Promise<readonly string[]> {
    const { chance, clock } = this;
    const window = (size: number): Buffer => frame(frameTypes.settings, 0, 0, [0, 4, ...word(size)]);
    this.write(Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), window(chance.pick([65_535, 3, 20])));
    for (let n = chance.whole(2, 8); n > 0; n--) {
      this.stream += 2;
      const { path, headers, body } = soundRequest(chance);
      const list: Field[] = [
        [":method", "POST"],
        [":scheme", "http"],
        [":authority", "simulated.test"],
        [":path", path],
      ];
      const parts = [...soundBlocks(chance, this.stream, [...list, ...headers, ["te", "trailers"]], false)];
      for (const part of body) parts.push(soundData(chance, this.stream, part, false));
      parts.push(soundData(chance, this.stream, new Uint8Array(0), true));
      for (const bytes of parts) {
        this.write(bytes);
        if (chance.happens(0.3)) await clock.sleep(chance.scale(0, 10));
      }
      if (chance.happens(0.5)) await clock.sleep(chance.scale(0, 40));
    }
    this.write(window(100_000));
    const asked = (this.stream + 1) / 2;
    // What server's handlers of strangers do takes no time, and its window is given back as it comes.
    for (let n = 0; n < 200 && this.ended.size < asked && !this.destroyed; n++) await clock.sleep(50);
    const wrong = this.broken.map((stream) => `a stranger who kept to all rules saw stream ${stream} broken off`);
    if (this.ended.size < asked && !this.destroyed) wrong.push(`a stranger has ${this.ended.size} of ${asked} answers`);
    this.leave();
    return wrong;
  }

  async run(): Promise<void> {
    const { chance, clock } = this;
    const settings = chance.pick<Bytes>([
      [],
      [0, 1, 0, 0, 0, 0],
      [0, 1, 0, 0, 0, 100],
      [0, 4, 0, 0, 0, 20],
      [0, 6, 0, 0, 4, 0],
    ]);
    const preface = `PRI * HTTP/2.0\r\n\r\n${chance.happens(0.02) ? "MS" : "SM"}\r\n\r\n`;
    this.write(Buffer.from(preface), frame(frameTypes.settings, 0, 0, settings));
    for (let n = chance.whole(2, 10); n > 0 && !this.destroyed; n--) {
      this.stream += chance.happens(0.01) ? 3 : 2;
      if (chance.happens(0.06)) this.write(frame(frameTypes.settings, 0, 0, chance.pick(settingsLists)));
      if (chance.happens(0.02)) this.overflow();
      for (const bytes of this.request(strangeRequest(chance))) {
        this.write(bytes);
        if (chance.happens(0.3)) await clock.sleep(chance.scale(0, 40));
      }
      if (chance.happens(0.1)) this.write(wrongFrame(chance, this.stream));
    }
    await clock.sleep(chance.scale(10, 3000));
    this.leave();
  }

  /** More than any window allows, or more room than any window may have. */
  overflow(): void {
    const { stream } = this;
    if (this.chance.happens(0.5)) {
      const settings = frame(frameTypes.settings, 0, 0, [0, 4, 0x7f, 0xff, 0xff, 0xff]);
      this.write(frame(frameTypes.window, 0, stream - 2, [0x70, 0, 0, 0]), settings);
    } else for (let n = 0; n < 30; n++) this.write(frame(frameTypes.data, 0, stream - 2, new Array(16_384).fill(0)));
  }

  request({ method, path, headers, body }: StrangeRequest): Buffer[] {
    const { chance, stream } = this;
    const list: Field[] = [
      [":method", method],
      [":scheme", "http"],
      [":authority", "simulated.test"],
      [":path", path],
      ...headers,
    ];
    if (chance.happens(0.4)) list.splice(chance.whole(0, list.length), chance.whole(0, 1), chance.pick(strange));
    if (chance.happens(0.1)) list.splice(chance.whole(0, 4), 1);
    if (chance.happens(0.1)) list.push(...chance.pick(contradictions));
    const trailers = chance.happens(0.15) ? [chance.pick(strange)] : undefined;
    const ends = body.length === 0 && trailers === undefined;
    const result = blocks(chance, stream, list, ends);
    for (const [index, part] of body.entries()) {
      const last = index === body.length - 1 && trailers === undefined && !chance.happens(0.05);
      result.push(padded(chance, stream, part, last));
      if (chance.happens(0.1)) result.push(frame(frameTypes.data, 0, stream, []));
    }
    if (trailers !== undefined) result.push(...blocks(chance, stream, trailers, chance.happens(0.9)));
    if (chance.happens(0.1)) result.push(frame(frameTypes.reset, 0, stream, [0, 0, 0, chance.whole(0, 13)]));
    return result;
  }

  sound = false;

  override frame(type: number, flags: number, stream: number, size: number): void {
    // After an answer it says that the rest of the request is of no use.
    if (type === frameTypes.reset && !this.ended.has(stream)) this.broken.push(stream);
    if ((type === frameTypes.data || type === frameTypes.headers) && (flags & flagEnd) === 1) this.ended.add(stream);
    if (type === frameTypes.goaway) this.leave();
    if (type !== frameTypes.data || size === 0 || (!this.sound && this.chance.happens(0.2))) return;
    const window = [0, 0, size >> 8, size & 255];
    this.write(frame(frameTypes.window, 0, 0, window), frame(frameTypes.window, 0, stream, window));
  }
}

/** HEADERS with any padding and priority, in one part or several. */
function soundBlocks(chance: Chance, stream: number, list: readonly Field[], ends: boolean): Buffer[] {
  const block = list.flatMap(([name, value]) => field(chance.pick([0, 0, 16, 64]), name, value));
  const at = chance.happens(0.3) ? chance.whole(0, block.length) : block.length;
  const pad = chance.happens(0.3) ? chance.whole(0, 40) : undefined;
  const priority = chance.happens(0.3) ? [0, 0, 0, 0, 15] : [];
  const whole = at === block.length ? flagEndHeaders : 0;
  const flags =
    (ends ? flagEnd : 0) | whole | (pad === undefined ? 0 : flagPadded) | (priority.length > 0 ? flagPriority : 0);
  const zeros = new Array<number>(pad ?? 0).fill(0);
  const payload = [...(pad === undefined ? [] : [pad]), ...priority, ...block.slice(0, at), ...zeros];
  const head = frame(frameTypes.headers, flags, stream, payload);
  return whole > 0 ? [head] : [head, frame(frameTypes.continuation, flagEndHeaders, stream, block.slice(at))];
}

function soundData(chance: Chance, stream: number, part: Uint8Array, last: boolean): Buffer {
  const flags = last ? flagEnd : 0;
  if (chance.happens(0.6)) return frame(frameTypes.data, flags, stream, [...part]);
  const pad = chance.whole(0, 255);
  return frame(frameTypes.data, flags | flagPadded, stream, [pad, ...part, ...new Array<number>(pad).fill(0)]);
}

/** HEADERS, now and then with padding, a priority and CONTINUATION. */
export function blocks(chance: Chance, stream: number, list: readonly Field[], ends: boolean): Buffer[] {
  const block = list.flatMap(([name, value]) => field(chance.pick([0, 0, 16, 64]), name, value));
  if (chance.happens(0.04)) block.splice(chance.pick([0, block.length]), 0, ...chance.pick(wrongBlocks));
  const end = ends ? flagEnd : 0;
  if (chance.happens(0.03)) {
    const parts = Array.from({ length: 12 }, () => frame(frameTypes.continuation, 0, stream, []));
    return [
      frame(frameTypes.headers, end, stream, block),
      ...parts,
      frame(frameTypes.continuation, flagEndHeaders, stream, []),
    ];
  }
  if (chance.happens(0.2)) {
    const at = chance.whole(0, block.length);
    return [
      frame(frameTypes.headers, end, stream, block.slice(0, at)),
      frame(frameTypes.continuation, flagEndHeaders, stream, block.slice(at)),
    ];
  }
  const pad = chance.happens(0.1) ? chance.whole(0, 20) : undefined;
  const priority = chance.happens(0.1) ? [0, 0, 0, chance.pick([0, stream & 255]), 15] : [];
  const flags = end | flagEndHeaders | (pad === undefined ? 0 : flagPadded) | (priority.length > 0 ? flagPriority : 0);
  const payload = [...(pad === undefined ? [] : [pad]), ...priority, ...block, ...new Array<number>(pad ?? 0).fill(0)];
  return [frame(frameTypes.headers, flags, stream, payload)];
}

/** DATA, now and then with padding, and with more of it than there is room for. */
export function padded(chance: Chance, stream: number, part: Uint8Array, last: boolean): Buffer {
  const flags = last ? flagEnd : 0;
  if (chance.happens(0.8)) return frame(frameTypes.data, flags, stream, [...part]);
  const pad = chance.whole(0, 255);
  const told = chance.happens(0.95) ? pad : 255;
  return frame(frameTypes.data, flags | flagPadded, stream, [told, ...part, ...new Array<number>(pad).fill(0)]);
}

/** Asks over HTTP/1.1, one request after the other, whether they are answered or not. */
class TextVisitor extends Stranger {
  readonly chance: Chance;

  constructor(name: string, clock: Ticker, chance: Chance) {
    super(name, clock);
    this.chance = chance;
  }

  async run(): Promise<void> {
    const { chance, clock } = this;
    for (let n = chance.whole(1, 5); n > 0 && !this.destroyed; n--) {
      const { method, path, headers, body } = strangeRequest(chance);
      const fields: Field[] = [["host", "simulated.test"], ...headers.filter(([name]) => name !== "te")];
      const size = body.reduce((sum, { byteLength }) => sum + byteLength, 0);
      const chunked = chance.happens(0.5);
      if (chunked) fields.push(["transfer-encoding", "chunked"]);
      else fields.push(["content-length", String(chance.happens(0.95) ? size : size + 10)]);
      if (chance.happens(0.1)) fields.push(["expect", "100-continue"]);
      const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join("");
      this.write(Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines}\r\n`, "latin1"));
      for (const part of body) {
        if (chance.happens(0.3)) await clock.sleep(chance.scale(0, 40));
        const head = Buffer.from(`${part.byteLength.toString(16)}\r\n`);
        if (chunked) this.write(head, part, Buffer.from("\r\n"));
        else this.write(part);
      }
      if (chunked) this.write(Buffer.from("0\r\n\r\n"));
      if (chance.happens(0.7)) await clock.sleep(chance.scale(1, 100));
    }
    await clock.sleep(chance.scale(10, 3000));
    this.leave();
  }
}

/** What is over with fetch may be given up, and is read to its end or not. */
async function fetchVisitor(network: FetchNetwork, chance: Chance, clock: Ticker): Promise<void> {
  for (let n = chance.whole(1, 4); n > 0; n--) {
    const { method, path, headers, body } = strangeRequest(chance);
    const controller = new AbortController();
    const fields = headers.map(([name, value]) => [name, value] as [string, string]);
    const init = { method, headers: fields, signal: controller.signal, body: Buffer.concat(body) };
    if (chance.happens(0.2)) void clock.sleep(chance.scale(0, 50)).then(() => controller.abort());
    try {
      const response = await network.fetch(`http://simulated.test${path}`, init, true);
      if (chance.happens(0.7)) await response.arrayBuffer();
      else await response.body?.cancel();
    } catch {
      // It was given up, or nobody listens.
    }
    await clock.sleep(chance.scale(0, 40));
  }
}

/** Lets a stranger visit the server that listens: where nothing disturbs him, he may keep to all rules. Returns its connection, unless each request has one of its own. */
export function visit(
  network: Network,
  chance: Chance,
  isCalm: boolean,
  told: (wrong: readonly string[]) => void,
): Connection | undefined {
  const { clock, setup } = network;
  if (setup.http === "fetch") {
    void fetchVisitor(network as FetchNetwork, chance, clock);
    return undefined;
  }
  const Visitor = setup.http === "2" ? FrameVisitor : TextVisitor;
  const visitor = new Visitor("a stranger", clock, chance);
  const connection = network.meet(visitor);
  if (connection === undefined) return undefined;
  visitor.out = connection.requests;
  if (visitor instanceof FrameVisitor && isCalm) {
    visitor.sound = true;
    void visitor.runSound().then(told);
  } else void visitor.run();
  return connection;
}
