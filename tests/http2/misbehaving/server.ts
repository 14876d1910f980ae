import net, { type AddressInfo, type Socket } from "node:net";
import type { Code } from "@connect-ts/runtime";
import { data, endStream, envelope, frame, headers, settings, settingsAck } from "./wire.js";

/** The kinds of calls that each server is called by. */
export const kinds = ["grpc", "grpcStream", "connect", "connectStream"] as const;
export type Kind = (typeof kinds)[number];

/** How a call ends. Without an entry of its own a streaming call ends as the unary one of its protocol. */
export type Ends =
  | End
  | { readonly grpc: End; readonly connect: End; readonly grpcStream?: End; readonly connectStream?: End };
export type End = Code | "ok";

export function endOf(ends: Ends, kind: Kind): End {
  if (typeof ends === "string") return ends;
  return ends[kind] ?? (kind === "grpcStream" ? ends.grpc : ends.connect);
}

/** A request that is there, and what can be said to it. */
export class Reply {
  readonly id: number;
  readonly kind: Kind;
  readonly socket: Socket;
  /** Counts the requests that this server misbehaves to, from 0. */
  readonly count: number;

  constructor(id: number, kind: Kind, socket: Socket, count: number) {
    this.id = id;
    this.kind = kind;
    this.socket = socket;
    this.count = count;
  }

  send(...frames: readonly Uint8Array[]): void {
    this.socket.write(Buffer.concat(frames));
  }

  get contentType(): string {
    const { kind } = this;
    return kind === "connect"
      ? "application/proto"
      : kind === "connectStream"
        ? "application/connect+proto"
        : "application/grpc";
  }

  /** The fields of a right head, with more of them. */
  fields(...more: readonly string[]): string[] {
    return [":status", "200", "content-type", this.contentType, ...more];
  }

  head(...more: readonly string[]): Buffer {
    return headers(this.id, this.fields(...more));
  }

  /** A message that is empty. */
  get message(): Buffer {
    return this.kind === "connect" ? data(this.id, []) : data(this.id, envelope([]));
  }

  /** The end of a call that went well. */
  get end(): Buffer {
    const { id, kind } = this;
    if (kind === "connect") return data(id, [], endStream);
    if (kind === "connectStream") return data(id, envelope(Buffer.from("{}"), 2), endStream);
    return headers(id, ["grpc-status", "0"], endStream);
  }

  /** All of a right answer. */
  get all(): Buffer {
    return Buffer.concat([this.head(), this.message, this.end]);
  }
}

/** What a server does that it should not, and what its client makes of it. */
export interface Misbehaviour {
  /** The server's name in the test: what it does. */
  readonly server: string;
  readonly ends: Ends;
  /** Whether the connection serves the next call too. */
  readonly next: "same" | "new";
  /** In place of the server's SETTINGS. */
  readonly hello?: Buffer | ((socket: Socket) => void);
  /** In place of an answer. By default a right one. */
  readonly reply?: (to: Reply) => void;
  /** It acknowledges nothing. */
  readonly mute?: true;
  /** What it says when it begins to behave. */
  readonly remedy?: Buffer;
  /** The call's deadline in milliseconds, where the server lets it pass. */
  readonly timeoutMs?: number;
}

/** A server of HTTP/2 over a socket, which misbehaves until it is told to behave. */
export class MisbehavingServer {
  readonly listener: net.Server;
  readonly sockets: Socket[] = [];
  misbehaviour: Misbehaviour | undefined;
  kind: Kind;
  count = 0;

  constructor(misbehaviour: Misbehaviour, kind: Kind) {
    this.misbehaviour = misbehaviour;
    this.kind = kind;
    this.listener = net.createServer((socket) => this.accept(socket));
  }

  behave(): void {
    const { remedy } = this.misbehaviour ?? {};
    if (remedy !== undefined) for (const socket of this.sockets) socket.write(remedy);
    this.misbehaviour = undefined;
  }

  listen(): Promise<number> {
    return new Promise((resolve) => {
      this.listener.listen(0, "127.0.0.1", () => resolve((this.listener.address() as AddressInfo).port));
    });
  }

  close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    return new Promise((resolve) => this.listener.close(() => resolve()));
  }

  accept(socket: Socket): void {
    this.sockets.push(socket);
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    const hello = this.misbehaviour?.hello ?? settings();
    if (typeof hello === "function") hello(socket);
    else socket.write(hello);
    let rest = Buffer.alloc(0);
    let preface = 24;
    socket.on("data", (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      if (preface > 0) {
        const n = Math.min(preface, rest.length);
        preface -= n;
        rest = rest.subarray(n);
      }
      while (rest.length >= 9 && rest.length >= 9 + rest.readUIntBE(0, 3)) {
        const length = rest.readUIntBE(0, 3);
        const [type, flags, id] = [rest.readUInt8(3), rest.readUInt8(4), rest.readUInt32BE(5)];
        this.take(socket, type, flags, id, rest.subarray(9, 9 + length));
        rest = rest.subarray(9 + length);
      }
    });
  }

  take(socket: Socket, type: number, flags: number, id: number, payload: Buffer): void {
    if (this.misbehaviour?.mute === true) return;
    if (type === 4 && (flags & 1) === 0) socket.write(settingsAck);
    if (type === 6 && (flags & 1) === 0) socket.write(frame(6, 1, 0, payload));
    if (type > 1 || (flags & endStream) === 0) return;
    const reply = new Reply(id, this.kind, socket, this.count++);
    if (this.misbehaviour?.reply === undefined) reply.send(reply.all);
    else this.misbehaviour.reply(reply);
  }
}
