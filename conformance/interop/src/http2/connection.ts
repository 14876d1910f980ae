import type { Socket } from "node:net";
import {
  dataOf,
  encodeFields,
  encodeFrame,
  Flag,
  type Frame,
  FrameType,
  preface,
  Setting,
  takeFrames,
  uint32,
} from "./frames.js";

/** The server's side of an HTTP/2 connection, with each frame that it writes in the hands of a test case. */
export class Connection {
  /** Pings that the client has not acknowledged. */
  readonly outstandingPings: Set<string> = new Set();
  /** The most streams that were open at a time since the client knows of our settings. */
  mostStreams = 0;
  private readonly socket: Socket;
  private readonly onRequest: (stream: Stream, body: Buffer) => void;
  private readonly streams: Map<number, Stream> = new Map();
  private readonly waiting: Set<() => void> = new Set();
  private window = 65_535;
  private initialWindow = 65_535;
  private settingsKnown = false;
  private unread: Buffer = Buffer.alloc(0);
  private prefaceRead = false;

  constructor(
    socket: Socket,
    settings: readonly (readonly [id: number, value: number])[],
    onRequest: (stream: Stream, body: Buffer) => void,
  ) {
    this.socket = socket;
    this.onRequest = onRequest;
    socket.setNoDelay(true);
    socket.on("data", (chunk) => this.read(chunk));
    // A client that ends its process resets the connection.
    socket.on("error", () => {});
    const pairs = settings.map(([id, value]) => Buffer.concat([Buffer.of(id >> 8, id), uint32(value)]));
    this.write(FrameType.settings, Flag.none, 0, Buffer.concat(pairs));
  }

  write(type: number, flags: number, streamId: number, payload: Uint8Array): void {
    if (this.socket.writable) this.socket.write(encodeFrame(type, flags, streamId, payload));
  }

  ping(): void {
    const data = Buffer.alloc(8);
    data.writeUInt32BE(this.outstandingPings.size + 1);
    data.writeUInt32BE(Math.floor(Math.random() * 2 ** 32), 4);
    this.outstandingPings.add(data.toString("hex"));
    this.write(FrameType.ping, Flag.none, 0, data);
  }

  /** The streams after this one will not be answered. */
  goaway(lastStreamId: number): void {
    this.write(FrameType.goaway, Flag.none, 0, uint32(lastStreamId, 0));
  }

  /** Resolves when something came from the client. */
  news(): Promise<void> {
    return new Promise((resolve) => this.waiting.add(resolve));
  }

  /** Takes what the client's windows have left for a frame: its payload counts, padding included (RFC 9113 section 6.9.1). */
  async take(stream: Stream, bytes: number): Promise<void> {
    while (this.window < bytes || stream.window < bytes) await this.news();
    this.window -= bytes;
    stream.window -= bytes;
  }

  closed(stream: Stream): void {
    this.streams.delete(stream.id);
  }

  private read(chunk: Buffer): void {
    this.unread = Buffer.concat([this.unread, chunk]);
    if (!this.prefaceRead) {
      if (this.unread.length < preface.length) return;
      this.unread = this.unread.subarray(preface.length);
      this.prefaceRead = true;
    }
    const { frames, rest } = takeFrames(this.unread);
    this.unread = rest;
    for (const frame of frames) this.receive(frame);
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }

  private receive(frame: Frame): void {
    const { type, flags, streamId, payload } = frame;
    switch (type) {
      case FrameType.settings:
        this.receiveSettings(frame);
        break;
      case FrameType.ping:
        if ((flags & Flag.ack) === 0) this.write(FrameType.ping, Flag.ack, 0, payload);
        else this.outstandingPings.delete(payload.toString("hex"));
        break;
      case FrameType.windowUpdate:
        if (streamId === 0) this.window += payload.readUInt32BE(0);
        else if (this.streams.has(streamId)) (this.streams.get(streamId) as Stream).window += payload.readUInt32BE(0);
        break;
      case FrameType.headers:
        // What the fields are does not matter: all calls are UnaryCall.
        this.streams.set(streamId, new Stream(this, streamId, this.initialWindow));
        if (this.settingsKnown) this.mostStreams = Math.max(this.mostStreams, this.streams.size);
        break;
      case FrameType.data:
        this.receiveData(frame);
        break;
      case FrameType.rstStream:
        this.streams.delete(streamId);
        break;
    }
  }

  private receiveSettings({ flags, payload }: Frame): void {
    if ((flags & Flag.ack) !== 0) {
      this.settingsKnown = true;
      return;
    }
    for (let at = 0; at < payload.length; at += 6) {
      if (payload.readUInt16BE(at) !== Setting.initialWindowSize) continue;
      const size = payload.readUInt32BE(at + 2);
      for (const stream of this.streams.values()) stream.window += size - this.initialWindow;
      this.initialWindow = size;
    }
    this.write(FrameType.settings, Flag.ack, 0, Buffer.alloc(0));
  }

  private receiveData(frame: Frame): void {
    const { flags, streamId, payload } = frame;
    if (payload.length > 0) {
      this.write(FrameType.windowUpdate, Flag.none, 0, uint32(payload.length));
      this.write(FrameType.windowUpdate, Flag.none, streamId, uint32(payload.length));
    }
    const stream = this.streams.get(streamId);
    if (stream === undefined) return;
    stream.request.push(dataOf(frame));
    if ((flags & Flag.endStream) !== 0) this.onRequest(stream, Buffer.concat(stream.request));
  }
}

/** A call on a connection. */
export class Stream {
  readonly connection: Connection;
  readonly id: number;
  readonly request: Buffer[] = [];
  /** What the client takes on this stream. */
  window: number;

  constructor(connection: Connection, id: number, window: number) {
    this.connection = connection;
    this.id = id;
    this.window = window;
  }

  headers(): void {
    const fields = encodeFields({ ":status": "200", "content-type": "application/grpc" });
    this.connection.write(FrameType.headers, Flag.endHeaders, this.id, fields);
  }

  /** Sends bytes in DATA frames of a size, each with so many bytes of padding, or without any. */
  async data(bytes: Buffer, frameBytes = 16_384, paddingBytes?: number): Promise<void> {
    for (let at = 0; at < bytes.length; at += frameBytes) {
      const part = bytes.subarray(at, at + frameBytes);
      const padding = paddingBytes === undefined ? [] : [Buffer.alloc(paddingBytes)];
      const payload = paddingBytes === undefined ? part : Buffer.concat([Buffer.of(paddingBytes), part, ...padding]);
      await this.connection.take(this, payload.length);
      this.connection.write(FrameType.data, paddingBytes === undefined ? Flag.none : Flag.padded, this.id, payload);
    }
  }

  trailers(): void {
    this.connection.closed(this);
    const flags = Flag.endHeaders | Flag.endStream;
    this.connection.write(FrameType.headers, flags, this.id, encodeFields({ "grpc-status": "0" }));
  }

  /** Sends RST_STREAM with NO_ERROR. */
  reset(): void {
    this.connection.closed(this);
    this.connection.write(FrameType.rstStream, Flag.none, this.id, uint32(0));
  }
}
