// A connection of the engine and a peer that is bytes alone, one turn after the other: what is exact is asked exactly.
import {
  ClientConnection,
  type ConnectionEnd,
  type ConnectionOptions,
  type Head,
  Http2Stream,
  ServerConnection,
  type StreamReset,
  type StreamSink,
} from "@connect-ts/runtime/http2";
import type { Chance } from "./chance.js";
import {
  type Bytes,
  flagEnd,
  flagEndHeaders,
  flagPadded,
  flagPriority,
  frame,
  frameTypes,
  word,
} from "./strange-bytes.js";

/** A frame that the engine wrote. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** What a sink was told, in its order. */
export class Got extends Http2Stream implements StreamSink {
  readonly heads: Head[] = [];
  readonly informational: Head[] = [];
  readonly told: string[] = [];
  readonly pieces: Uint8Array[] = [];
  trailers: readonly string[] | undefined;
  lost: StreamReset | undefined;

  constructor() {
    super();
    this.sink = this;
  }

  get body(): Buffer {
    return Buffer.concat(this.pieces);
  }

  onInformational(head: Head): void {
    this.told.push("informational");
    this.informational.push(head);
  }

  onHead(head: Head, ended: boolean): void {
    this.told.push(ended ? "only head" : "head");
    this.heads.push(head);
  }

  onData(bytes: Uint8Array): void {
    if (this.told.at(-1) !== "data") this.told.push("data");
    this.pieces.push(bytes);
  }

  onEnd(trailers: readonly string[] | undefined): void {
    this.told.push("end");
    this.trailers = trailers;
  }

  onReset(reset: StreamReset): void {
    this.told.push("reset");
    this.lost = reset;
  }

  onDrain(): void {
    this.told.push("drain");
  }

  onClose(): void {
    this.told.push("close");
  }
}

const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** A peer of a connection: each thing that it says is answered at once. */
export class PlainPeer {
  readonly chance: Chance;
  readonly connection: ClientConnection | ServerConnection;
  readonly accepted: Got[] = [];
  end: ConnectionEnd | undefined;
  /** How often it was asked to take output. */
  flushes = 0;
  skip = 0;
  /** Frames of the engine that were not looked at. */
  written: Frame[] = [];

  constructor(chance: Chance, side: "client" | "server", options: ConnectionOptions) {
    this.chance = chance;
    const host = {
      flush: () => void this.flushes++,
      closed: (end: ConnectionEnd) => {
        this.end = end;
      },
      accept: () => {
        const stream = new Got();
        this.accepted.push(stream);
        return stream;
      },
    };
    this.connection = side === "server" ? new ServerConnection(host, options) : new ClientConnection(host, options);
    if (side === "client") this.skip = preface.byteLength;
    this.take();
  }

  /** What the engine has to send. */
  take(): readonly Frame[] {
    let bytes = Buffer.concat(this.connection.takeOutput());
    if (bytes.byteLength > 0) this.connection.written();
    if (this.connection.unsentBytes !== 0) throw new Error(`${this.connection.unsentBytes} bytes count as not sent`);
    bytes = bytes.subarray(this.skip);
    this.skip = 0;
    const frames: Frame[] = [];
    while (bytes.byteLength > 0) {
      const size = bytes.readUIntBE(0, 3);
      const [type = 0, flags = 0] = bytes.subarray(3, 5);
      frames.push({ type, flags, stream: bytes.readUInt32BE(5) & 0x7fff_ffff, payload: bytes.subarray(9, 9 + size) });
      bytes = bytes.subarray(9 + size);
    }
    this.written.push(...frames);
    return frames;
  }

  /** Says something, in pieces of any size, and has what the engine answers. */
  say(...parts: readonly Uint8Array[]): readonly Frame[] {
    const bytes = Buffer.concat(parts);
    const { chance } = this;
    for (let at = 0; at < bytes.byteLength; ) {
      const size = chance.happens(0.6) ? bytes.byteLength : chance.scale(1, bytes.byteLength);
      this.connection.receive(Uint8Array.prototype.slice.call(bytes, at, at + size));
      at += size;
    }
    return this.take();
  }

  /** The first of what a peer says, with settings. */
  begin(settings: Bytes = []): readonly Frame[] {
    const first = frame(frameTypes.settings, 0, 0, settings);
    return this.connection instanceof ServerConnection ? this.say(preface, first) : this.say(first);
  }

  acknowledge(): readonly Frame[] {
    return this.say(frame(frameTypes.settings, 1, 0, []));
  }

  /** A field block, in frames of any kind. */
  block(stream: number, block: Bytes, ends: boolean): readonly Frame[] {
    const { chance } = this;
    const cuts = chance.happens(0.3)
      ? Array.from({ length: chance.whole(1, 3) }, () => chance.whole(0, block.length))
      : [];
    const at = [0, ...cuts.sort((a, b) => a - b), block.length];
    const parts = at.slice(1).map((end, index) => block.slice(at[index], end));
    const pad = chance.happens(0.2) ? chance.whole(0, 40) : undefined;
    const priority = chance.happens(0.2) ? [...word(chance.pick([0, 99])), 15] : [];
    const flags =
      (ends ? flagEnd : 0) | (pad === undefined ? 0 : flagPadded) | (priority.length > 0 ? flagPriority : 0);
    return this.say(
      ...parts.map((part, index) => {
        const last = index === parts.length - 1 ? flagEndHeaders : 0;
        if (index > 0) return frame(frameTypes.continuation, last, stream, part);
        const padding = new Array<number>(pad ?? 0).fill(0);
        const payload = [...(pad === undefined ? [] : [pad]), ...priority, ...part, ...padding];
        return frame(frameTypes.headers, flags | last, stream, payload);
      }),
    );
  }
}

/** The code of the GOAWAY among frames; -1: there is none. */
export function goawayCode(frames: readonly Frame[]): number {
  return frames.find(({ type }) => type === frameTypes.goaway)?.payload.readUInt32BE(4) ?? -1;
}

/** The code with which a stream was reset; -1: it was not. */
export function resetCode(frames: readonly Frame[], stream: number): number {
  const found = frames.find((one) => one.type === frameTypes.reset && one.stream === stream);
  return found?.payload.readUInt32BE(0) ?? -1;
}
