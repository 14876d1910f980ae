import net, { type Socket } from "node:net";

/** HTTP/2 by hand (RFC 9113), for peers that do what no library would. */

export const FrameType = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const endStream = 1;
export const ack = 1;
export const endHeaders = 4;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly id: number;
  readonly payload: Buffer;
}

export function frame(type: number, flags: number, id: number, payload: Uint8Array = new Uint8Array(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.byteLength, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(id, 5);
  return Buffer.concat([head, payload]);
}

export function uint32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => {
    bytes.writeUInt32BE(value, 4 * i);
  });
  return bytes;
}

/** A field that is not indexed, with a new name (RFC 7541 section 6.2.2). */
export function field(name: string, value: string): Buffer {
  return Buffer.concat([
    Buffer.from([0, name.length]),
    Buffer.from(name),
    Buffer.from([value.length]),
    Buffer.from(value),
  ]);
}

/** A response's head with `:status: 200`, which HPACK has at index 8. */
export function responseHead(id: number, flags: number, ...fields: Buffer[]): Buffer {
  return frame(FrameType.headers, endHeaders | flags, id, Buffer.concat([Buffer.from([0x88]), ...fields]));
}

export function requestHead(id: number, flags: number, path: string, ...fields: Buffer[]): Buffer {
  const block = [
    field(":method", "POST"),
    field(":scheme", "http"),
    field(":path", path),
    field(":authority", "localhost"),
  ];
  return frame(FrameType.headers, endHeaders | flags, id, Buffer.concat([...block, ...fields]));
}

export function trailers(id: number, ...fields: Buffer[]): Buffer {
  return frame(FrameType.headers, endHeaders | endStream, id, Buffer.concat(fields));
}

export function data(id: number, text: string | Uint8Array, flags = 0): Buffer {
  return frame(FrameType.data, flags, id, Buffer.from(text));
}

export function reset(id: number, code: number): Buffer {
  return frame(FrameType.reset, 0, id, uint32(code));
}

export function goaway(lastStreamId: number, code: number): Buffer {
  return frame(FrameType.goaway, 0, 0, uint32(lastStreamId, code));
}

/** SETTINGS from identifiers and values in turn (RFC 9113 section 6.5.2). */
export function settings(...pairs: number[]): Buffer {
  const payload = Buffer.alloc(pairs.length * 3);
  for (let i = 0; i < pairs.length; i += 2) {
    payload.writeUInt16BE(pairs[i] as number, i * 3);
    payload.writeUInt32BE(pairs[i + 1] as number, i * 3 + 2);
  }
  return frame(FrameType.settings, 0, 0, payload);
}

export const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/** Takes a byte stream apart. */
export function parseFrames(skip: number, onFrame: (frame: Frame) => void): (chunk: Uint8Array) => void {
  let rest: Buffer = Buffer.alloc(0);
  let toSkip = skip;
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    if (toSkip > 0) {
      const skipped = Math.min(toSkip, rest.byteLength);
      rest = rest.subarray(skipped);
      toSkip -= skipped;
    }
    while (rest.byteLength >= 9) {
      const length = rest.readUIntBE(0, 3);
      if (rest.byteLength < 9 + length) return;
      onFrame({
        type: rest[3] as number,
        flags: rest[4] as number,
        id: rest.readUInt32BE(5) & 0x7fff_ffff,
        payload: rest.subarray(9, 9 + length),
      });
      rest = rest.subarray(9 + length);
    }
  };
}

export interface WireServer {
  readonly port: number;
  readonly sockets: readonly Socket[];
  /** The frames that came, of all connections. */
  readonly frames: readonly Frame[];
  close(): Promise<void>;
}

export interface WireServerOptions {
  /** @default an empty SETTINGS */
  readonly settings?: Buffer | undefined;
  /** @default true */
  readonly answerPings?: boolean | undefined;
}

/** A server that says what a test tells it to say. */
export function wireServer(
  onFrame: (frame: Frame, socket: Socket) => void,
  options: WireServerOptions = {},
): Promise<WireServer> {
  const sockets: Socket[] = [];
  const frames: Frame[] = [];
  const server = net.createServer((socket) => {
    sockets.push(socket);
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.write(options.settings ?? settings());
    const parse = parseFrames(preface.length, (got) => {
      frames.push(got);
      if (got.type === FrameType.settings && (got.flags & ack) === 0) socket.write(frame(FrameType.settings, ack, 0));
      if (got.type === FrameType.ping && (got.flags & ack) === 0 && options.answerPings !== false)
        socket.write(frame(FrameType.ping, ack, 0, got.payload));
      onFrame(got, socket);
    });
    socket.on("data", parse);
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      resolve({
        port: (server.address() as net.AddressInfo).port,
        sockets,
        frames,
        close: () =>
          new Promise((closed) => {
            for (const socket of sockets) socket.destroy();
            server.close(() => closed());
          }),
      });
    });
  });
}

export interface WireClient {
  readonly socket: Socket;
  readonly frames: readonly Frame[];
  /** The frames of a stream, in short: `"HEADERS"`, `"DATA:hello"`, `"HEADERS+END"`, `"RST:8"`. */
  of(id: number): string[];
  readonly closed: Promise<void>;
}

/** A client that has sent its preface, and answers pings and settings. */
export function wireClient(port: number): Promise<WireClient> {
  const frames: Frame[] = [];
  const socket = net.connect(port, "127.0.0.1");
  socket.setNoDelay(true);
  socket.on("error", () => {});
  const closed = new Promise<void>((resolve) => {
    socket.once("close", () => resolve());
  });
  socket.on(
    "data",
    parseFrames(0, (got) => {
      frames.push(got);
      if (got.type === FrameType.settings && (got.flags & ack) === 0) socket.write(frame(FrameType.settings, ack, 0));
      if (got.type === FrameType.ping && (got.flags & ack) === 0)
        socket.write(frame(FrameType.ping, ack, 0, got.payload));
    }),
  );
  const of = (id: number): string[] => frames.filter((one) => one.id === id).map(describeFrame);
  return new Promise((resolve) => {
    socket.once("connect", () => {
      socket.write(Buffer.concat([Buffer.from(preface), settings()]));
      resolve({ socket, frames, closed, of });
    });
  });
}

function describeFrame({ type, flags, payload }: Frame): string {
  const end = (flags & endStream) !== 0 ? "+END" : "";
  if (type === FrameType.data) return `DATA:${payload.toString()}${end}`;
  if (type === FrameType.headers) return `HEADERS${end}`;
  if (type === FrameType.reset) return `RST:${payload.readUInt32BE(0)}`;
  return `FRAME${type}${end}`;
}
