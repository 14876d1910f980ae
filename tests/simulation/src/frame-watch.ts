import { BlockWatch } from "./block-watch.js";
import { frameTypes } from "./strange-bytes.js";

const preface = 24;
const names = ["data", "headers", "priority", "reset", "settings", "push", "ping", "goaway", "window", "continuation"];

/** Of payloads whose size is known: those of SETTINGS are as long as there are settings. */
const sizes: readonly (number | undefined)[] = [undefined, undefined, 5, 4, 0, undefined, 8, undefined, 4];

const nothing = new Uint8Array(0);
/** Larger frames of blocks and settings are those of somebody who tries. */
const mostKept = 200_000;

/** What was seen on a direction of an HTTP/2 connection that tells of a broken rule. */
export interface Said {
  readonly frame: "goaway" | "reset";
  readonly code: number;
  readonly stream: number;
}

/** Reads the frames that pass, for the oracle, and for what phase a fault meets. Knows nothing of HTTP/1.1. */
export class FrameWatch {
  readonly http2: boolean;
  readonly said: Said[] = [];
  stalled = false;
  /** What passed last: where in a connection's life a fault falls. */
  phase = "connected";
  /** Is told when bytes have passed. */
  onPhase: (phase: string) => void = () => undefined;
  skip: number;
  head: Uint8Array = new Uint8Array(9);
  have = 0;
  body = 0;
  type = 0;
  /** The stream of the last frame that had one. */
  stream = 0;
  /** Rules of framing that were broken (RFC 9113 sections 4 to 6). */
  readonly broken: string[] = [];
  /** The stream whose field block goes on; 0: none. */
  block = 0;
  frames = 0;
  /** What passed, PINGs apart. */
  moved = 0;
  /** The field blocks that pass. */
  readonly blocks: BlockWatch;
  /** The other direction of the connection. */
  other: FrameWatch | undefined;
  /** The payload of a frame that is kept whole, and what came of the block that goes on. */
  payload: Uint8Array = nothing;
  parts: Uint8Array[] = [];

  constructor(http2: boolean, client: boolean, secrets?: readonly string[]) {
    this.http2 = http2;
    this.blocks = new BlockWatch(secrets);
    this.skip = client ? preface : 0;
  }

  delivered(bytes: Uint8Array): void {
    if (this.http2) this.read(bytes);
    else {
      this.phase = "bytes";
      this.moved++;
    }
    this.onPhase(this.phase);
  }

  read(bytes: Uint8Array): void {
    let at = Math.min(this.skip, bytes.byteLength);
    this.skip -= at;
    while (at < bytes.byteLength) {
      if (this.have < 9) {
        this.head[this.have++] = bytes[at++] as number;
        if (this.have === 9) this.begin();
      } else if (this.body > 0) {
        const n = Math.min(this.body, bytes.byteLength - at);
        // The payloads of these two are short: their codes are kept.
        if (this.type === 3 || this.type === 7) {
          for (let i = 0; i < n && this.have < 17; i++) this.tail[this.have++ - 9] = bytes[at + i] as number;
        }
        if (this.payload !== nothing) this.payload.set(bytes.subarray(at, at + n), this.payload.byteLength - this.body);
        this.body -= n;
        at += n;
        if (this.body === 0) this.complete();
      }
    }
  }

  readonly tail: Uint8Array = new Uint8Array(8);

  begin(): void {
    const { head } = this;
    this.body = ((head[0] as number) << 16) | ((head[1] as number) << 8) | (head[2] as number);
    this.type = head[3] as number;
    if (this.type !== frameTypes.ping) this.moved++;
    this.phase = `${names[this.type] ?? "other"}${((head[4] as number) & 1) === 1 && this.type < 2 ? " end" : ""}`;
    this.check();
    const whole = this.type === 1 || this.type === 4 || this.type === 9;
    this.payload = whole && this.body > 0 && this.body <= mostKept ? new Uint8Array(this.body) : nothing;
    if (this.body === 0) this.complete();
  }

  check(): void {
    const { body, type, block, head } = this;
    const flags = head[4] as number;
    const stream = new DataView(head.buffer).getUint32(5) & 0x7fff_ffff;
    const size = sizes[type];
    if (this.frames++ === 0 && type !== 4) this.broken.push("SETTINGS are not the first frame");
    if (type >= names.length || type === 5) this.broken.push(`a frame of type ${type}`);
    if (block === 0 ? type === 9 : type !== 9 || stream !== block) this.broken.push("a field block is interrupted");
    if (size !== undefined && size !== body && !(type === 4 && body % 6 === 0))
      this.broken.push(`${names[type]} of ${body} bytes`);
    if ([4, 6, 7].includes(type) !== (stream === 0) && type !== 8)
      this.broken.push(`${names[type]} on stream ${stream}`);
    if (type === 1 || type === 9) this.block = (flags & 4) === 4 ? 0 : stream;
  }

  /** Where in these bytes a frame ends, or else -1. */
  endIn(bytes: Uint8Array): number {
    if (!this.http2 || (this.have >= 9 && this.body === 0)) return -1;
    const missing = this.have < 9 ? 9 - this.have : 0;
    const head = Uint8Array.from([
      ...this.head.subarray(0, 9 - missing),
      ...bytes.subarray(this.skip, this.skip + missing),
    ]);
    if (head.byteLength < 9) return -1;
    const size =
      missing > 0 ? ((head[0] as number) << 16) | ((head[1] as number) << 8) | (head[2] as number) : this.body;
    const end = this.skip + missing + size;
    return end <= bytes.byteLength ? end : -1;
  }

  /** A frame has ended, and no other has begun. */
  get between(): boolean {
    return this.http2 && this.skip === 0 && this.have === 0;
  }

  complete(): void {
    const word = (at: number): number => new DataView(this.tail.buffer).getUint32(at);
    const stream = new DataView(this.head.buffer).getUint32(5) & 0x7fff_ffff;
    if (this.type === 3) this.said.push({ frame: "reset", code: word(0), stream });
    if (this.type === 7) this.said.push({ frame: "goaway", code: word(4), stream: word(0) & 0x7fff_ffff });
    this.have = 0;
    if (stream !== 0) this.stream = stream;
    const { payload } = this;
    this.payload = nothing;
    if (this.type === 4) this.settings(payload);
    else if (this.type === 1 || this.type === 9) this.part(payload, stream);
  }

  settings(payload: Uint8Array): void {
    if (((this.head[4] as number) & 1) === 0) this.blocks.settings(payload);
    else if (this.other !== undefined) this.blocks.acknowledges(this.other.blocks);
  }

  /** HEADERS or CONTINUATION, of which padding and priority are no part of the block. */
  part(payload: Uint8Array, stream: number): void {
    const flags = this.head[4] as number;
    const isPadded = this.type === 1 && (flags & 8) !== 0;
    const from = (isPadded ? 1 : 0) + (this.type === 1 && (flags & 32) !== 0 ? 5 : 0);
    this.parts.push(payload.subarray(from, payload.byteLength - (isPadded ? (payload[0] ?? 0) : 0)));
    if ((flags & 4) === 0) return;
    this.blocks.read(stream, Buffer.concat(this.parts.splice(0)));
  }
}
