import net from "node:net";

/** Frames of HTTP/2 as bytes (RFC 9113 section 6), for peers that misbehave. */
export const preface: Buffer = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
export const FrameType = {
  data: 0,
  headers: 1,
  rst: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;
export const endStream = 1;
export const endHeaders = 4;

export function frame(type: number, flags: number, id: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(id, 5);
  return Buffer.concat([head, payload]);
}

export function uint32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, 4 * index);
  return bytes;
}

/** HPACK without tables and Huffman codes (RFC 7541 section 6.2.2); names and values are shorter than 127 bytes. */
export function fields(pairs: Readonly<Record<string, string>>): Buffer {
  const parts: Buffer[] = [];
  for (const [name, value] of Object.entries(pairs)) {
    for (const text of [
      `\0${String.fromCharCode(name.length)}${name}`,
      `${String.fromCharCode(value.length)}${value}`,
    ]) {
      parts.push(Buffer.from(text, "latin1"));
    }
  }
  return Buffer.concat(parts);
}

export const settings: Buffer = frame(FrameType.settings, 0, 0);
export const settingsAck: Buffer = frame(FrameType.settings, 1, 0);
export const headers = (id: number, pairs: Readonly<Record<string, string>>, flags = 0): Buffer =>
  frame(FrameType.headers, endHeaders | flags, id, fields(pairs));
export const data = (id: number, bytes: Uint8Array, flags = 0): Buffer => frame(FrameType.data, flags, id, bytes);
export const rst = (id: number, code: number): Buffer => frame(FrameType.rst, 0, id, uint32(code));
export const goaway = (lastId: number, code: number, debug = ""): Buffer =>
  frame(FrameType.goaway, 0, 0, Buffer.concat([uint32(lastId, code), Buffer.from(debug)]));

/** A message in its envelope of Connect's streams and gRPC; `length` may be a lie. */
export function envelope(payload: Uint8Array, length: number = payload.length, flags = 0): Buffer {
  return Buffer.concat([Buffer.from([flags]), uint32(length), payload]);
}

/** A message of the test kit whose first field, a varint, is this number. */
export const numberMessage = (number: number): Buffer => Buffer.from([0x08, number]);

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly id: number;
  readonly payload: Buffer;
}

/** Splits bytes into frames. */
export class FrameReader {
  rest: Buffer = Buffer.alloc(0);

  *push(chunk: Uint8Array): Generator<Frame> {
    this.rest = Buffer.concat([this.rest, chunk]);
    while (this.rest.length >= 9) {
      const length = this.rest.readUIntBE(0, 3);
      if (this.rest.length < 9 + length) return;
      const { rest } = this;
      this.rest = rest.subarray(9 + length);
      yield {
        type: rest[3] as number,
        flags: rest[4] as number,
        id: rest.readUInt32BE(5) & 0x7fff_ffff,
        payload: rest.subarray(9, 9 + length),
      };
    }
  }
}

export interface ScriptedServer {
  readonly url: string;
  /** Requests that came whole, in all. */
  readonly requests: { count: number };
  readonly sockets: ReadonlySet<net.Socket>;
  close(): Promise<void>;
}

/**
 * A server of HTTP/2 that does by hand what it is told.
 *
 * @param answer - called with each request that is complete, and which one it is, from 0
 * @param connected - called with each connection after its preface, and which one it is, from 0
 */
export async function scriptedServer(
  answer: (id: number, socket: net.Socket, request: number) => void,
  connected: (socket: net.Socket, connection: number) => void = () => {},
): Promise<ScriptedServer> {
  const sockets = new Set<net.Socket>();
  const requests = { count: 0 };
  let connections = 0;
  const server = net.createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    const reader = new FrameReader();
    let greeting = preface.length;
    socket.on("data", (chunk) => {
      const skipped = Math.min(greeting, chunk.length);
      const greeted = greeting === 0;
      greeting -= skipped;
      if (!greeted && greeting === 0) {
        socket.write(settings);
        connected(socket, connections++);
      }
      for (const { type, flags, id } of reader.push(chunk.subarray(skipped))) {
        if (type === FrameType.settings && (flags & 1) === 0) socket.write(settingsAck);
        else if (type === FrameType.ping && (flags & 1) === 0)
          socket.write(frame(FrameType.ping, 1, 0, Buffer.alloc(8)));
        else if ((type === FrameType.headers || type === FrameType.data) && (flags & endStream) !== 0) {
          answer(id, socket, requests.count++);
        }
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    requests,
    sockets,
    close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      return closed;
    },
  };
}

/** The parts of a response to `ping`, over HTTP/2. */
export interface ResponseParts {
  readonly head: Buffer;
  readonly halfMessage: Buffer;
  readonly message: Buffer;
  readonly end: Buffer;
}

export function responseParts(protocol: "connect" | "grpc", id: number, number: number): ResponseParts {
  const isGrpc = protocol === "grpc";
  const body = isGrpc ? envelope(numberMessage(number)) : numberMessage(number);
  return {
    head: headers(id, { ":status": "200", "content-type": isGrpc ? "application/grpc+proto" : "application/proto" }),
    halfMessage: data(id, body.subarray(0, body.length - 1)),
    message: data(id, body),
    end: isGrpc ? headers(id, { "grpc-status": "0" }, endStream) : data(id, Buffer.alloc(0), endStream),
  };
}

/** A number as protobuf has it. */
export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left > 0x7f; left >>>= 7) bytes.push((left & 0x7f) | 0x80);
  bytes.push(left);
  return Buffer.from(bytes);
}
