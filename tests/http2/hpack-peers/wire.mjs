// The messages between the fuzzer and a peer: their length (4 bytes), their kind (1 byte), their bytes.
//   R size   a new connection, whose decoder announced that size       E list    encode it      B block   encoded
//   A size   the peer's decoder announces a size                       D block   decode it      L list    decoded
//   T size   the peer's encoder is told a size                                                  X text    refused
// A list is fields of a flag (1: never indexed), name and value, each with its length (4 bytes) before it; in E there
// is one byte more before it (1: Huffman-encoded, for peers that have a choice).
import { spawn } from "node:child_process";

const batchBytes = 1 << 17;
const headBytes = 5;

/** A program that is sent messages in bulk. `onAnswer(kind, payload)` has its answers, in their order. */
export class Peer {
  constructor({ command, args, env }, onAnswer) {
    this.child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "inherit"] });
    this.batch = Buffer.allocUnsafe(batchBytes);
    this.length = 0;
    this.rest = Buffer.alloc(0);
    this.onAnswer = onAnswer;
    this.ended = new Promise((resolve, reject) => {
      this.child.on("error", reject);
      this.child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(`${command} ended with ${code}`))));
    });
    this.child.stdin.on("error", () => {});
    this.child.stdout.on("data", (chunk) => this.read(chunk));
  }

  read(chunk) {
    const data = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    let at = 0;
    while (data.length - at >= headBytes) {
      const end = at + headBytes + data.readUInt32LE(at);
      if (end > data.length) break;
      this.onAnswer(String.fromCharCode(data[at + 4]), data.subarray(at + headBytes, end));
      at = end;
    }
    this.rest = data.subarray(at);
  }

  /** Room for a message of at most `length` bytes: what is written from `this.length` on. */
  room(length) {
    if (this.length + length <= this.batch.length) return;
    this.flush();
    if (length > this.batch.length) this.batch = Buffer.allocUnsafe(length);
  }

  flush() {
    if (this.length > 0) this.child.stdin.write(this.batch.subarray(0, this.length));
    this.batch = Buffer.allocUnsafe(Math.max(batchBytes, this.batch.length));
    this.length = 0;
  }

  /** Resolves when the peer has taken what was sent. */
  async drained() {
    if (!this.child.stdin.writableNeedDrain) return;
    await Promise.race([new Promise((resolve) => this.child.stdin.once("drain", resolve)), this.ended]);
  }

  size(kind, bytes) {
    this.room(headBytes + 4);
    this.head(kind, 4);
    this.length = this.batch.writeUInt32LE(bytes, this.length);
  }

  block(bytes, start, end) {
    this.room(headBytes + end - start);
    this.head("D", end - start);
    this.batch.set(bytes.subarray(start, end), this.length);
    this.length += end - start;
  }

  list(fields, isNever, huffman) {
    let length = 1;
    for (let i = 0; i < fields.length; i += 2) length += 9 + fields[i].length + fields[i + 1].length;
    this.room(headBytes + length);
    this.head("E", length);
    const { batch } = this;
    let at = batch.writeUInt8(huffman ? 1 : 0, this.length);
    for (let i = 0; i < fields.length; i += 2) {
      at = batch.writeUInt8(isNever(fields[i]) ? 1 : 0, at);
      for (const text of [fields[i], fields[i + 1]]) {
        at = batch.writeUInt32LE(text.length, at);
        at += batch.latin1Write(text, at);
      }
    }
    this.length = at;
  }

  head(kind, length) {
    this.length = this.batch.writeUInt32LE(length, this.length);
    this.batch[this.length++] = kind.charCodeAt(0);
  }

  async end() {
    this.flush();
    this.child.stdin.end();
    await this.ended;
  }
}

/** Whether a list that a peer wrote is `fields`. With `isNever`, whether it marks the fields that are never indexed, too. */
export function isList(payload, fields, isNever) {
  let at = 0;
  for (let i = 0; i < fields.length; i += 2) {
    if (at >= payload.length || (isNever !== undefined && payload[at] !== (isNever(fields[i]) ? 1 : 0))) return false;
    at += 1;
    for (const text of [fields[i], fields[i + 1]]) {
      const end = at + 4 + payload.readUInt32LE(at);
      if (payload.latin1Slice(at + 4, end) !== text) return false;
      at = end;
    }
  }
  return at === payload.length;
}

/** Names and values in turn, for what is said of a failure. */
export function readList(payload) {
  const fields = [];
  for (let at = 0; at < payload.length; ) {
    at += 1;
    for (let i = 0; i < 2; i++) {
      const end = at + 4 + payload.readUInt32LE(at);
      fields.push(payload.latin1Slice(at + 4, end));
      at = end;
    }
  }
  return fields;
}

/** First in, first out, without moving what waits. */
export class Queue {
  waiting = [];
  at = 0;

  add(item) {
    this.waiting.push(item);
  }

  next() {
    if (this.at >= 4096) {
      this.waiting = this.waiting.slice(this.at);
      this.at = 0;
    }
    return this.waiting[this.at++];
  }
}
