// Runs a connection of the engine by a program of bytes, and says what it should not have done. A program is read from its
// front; behind its end there are zeros. What it does depends on nothing else, so that what was found can be run again.
import { ClientConnection, Http2Stream, ServerConnection } from "@connect-ts/runtime/http2";

const latin1 = (text) => [...Buffer.from(text, "latin1")];
const u32 = (value) => [(value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
const preface = Uint8Array.from(latin1("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));

/** Fields as literals: `first` is 0 for those that enter no table, 0x40 for those that do, 0x10 for secrets. */
function block(first, ...fields) {
  const bytes = [];
  for (let i = 0; i < fields.length; i += 2) {
    const [name, value] = [latin1(fields[i]), latin1(fields[i + 1])];
    bytes.push(first, name.length, ...name, value.length, ...value);
  }
  return bytes;
}

const get = [0x82, 0x84, 0x86];
const post = [0x83, 0x86, ...block(0x40, ":path", "/a.B/C", ":authority", "a")];
/** Header blocks, right and wrong ones. */
const blocks = [
  post,
  get,
  [0x88],
  [...post, ...block(0, "content-length", "5")],
  [...post, ...block(0, "expect", "100-continue")],
  [...post, ...block(0x10, "authorization", "x")],
  [0x88, ...block(0x40, "content-type", "application/grpc")],
  [0x88, ...block(0, "content-length", "5")],
  block(0, ":status", "100"),
  block(0, ":status", "103", "link", "a"),
  [0x89],
  [0x8b],
  block(0, "grpc-status", "0"),
  block(0, "a", " b "),
  block(0, "A", "b"),
  block(0, "connection", "close"),
  block(0, ":method", "CONNECT", ":authority", "a"),
  block(0, ":method", "HEAD", ":path", "/", ":scheme", "http"),
  [...get, ...block(0x40, "x", "y".repeat(100)), ...new Array(100).fill(0xbe)],
  [0x20, ...get],
  [0x3f, 0xe1, 0x1f, ...get],
  [0xbe, 0xbf],
  [...get, ...block(0, "host", "other", ":authority", "a")],
  [],
];
const numbers = [
  0, 1, 2, 5, 100, 1023, 16_383, 16_384, 65_535, 65_536, 100_000, 0x3fff_ffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff,
  255,
];
const sizes = [0, 1, 4, 5, 6, 8, 9, 17, 255, 256, 1000, 4096, 16_384, 20_000, 65_536, 65_537];
const waits = [0, 1, 10, 100, 250, 1000, 10_000, 60_000];
const ids = [1, 3, 5, 7, 0, 2, 9, 0x7fff_ffff];

const options = [
  {},
  { strict: true, maxConcurrentStreams: 2, headerTableBytes: 0 },
  { initialWindow: 1000, budget: 4000, reserve: 1000, maxStreamWindow: 3000, maxFrameSize: 16_384 },
  {
    limits: {
      maxHeaderBytes: 300,
      maxHeaderPairs: 6,
      maxHeldBytes: 100_000,
      maxUnsentControlBytes: 500,
      pings: { burst: 4, perSecond: 1 },
      resets: { burst: 4, perSecond: 1 },
    },
    stalledTimeoutMs: 1000,
    settingsTimeoutMs: 500,
  },
];

/** What is wrong with the engine, rather than with its peer. */
export class Fault extends Error {}

function must(holds, what) {
  if (!holds) throw new Fault(what);
}

/** A stream that minds what it is told. */
class MindingStream extends Http2Stream {
  constructor(run) {
    super();
    this.sink = this;
    this.run = run;
    this.over = false;
    this.told = "";
    this.autoConsume = run.streams.length % 2 === 0;
  }

  tell(what, legal) {
    must(!this.over, `${what} after onClose`);
    must(legal, `${what} after ${this.told}`);
    this.told = what;
  }

  onInformational() {
    this.tell("onInformational", this.told === "" || this.told === "onInformational" || this.told === "onDrain");
  }
  onHead(head) {
    this.tell("onHead", !this.headed);
    this.headed = true;
    must(head.fields.length % 2 === 0 && (head.status !== 0 || head.method !== ""), "a head without its beginning");
  }
  onData(bytes) {
    this.tell("onData", this.headed && !this.bodyOver);
    must(bytes.length > 0, "onData without bytes");
  }
  onEnd() {
    this.tell("onEnd", this.headed && !this.bodyOver);
    this.bodyOver = true;
  }
  onReset() {
    this.tell("onReset", !this.wasReset);
    this.wasReset = true;
    this.bodyOver = true;
  }
  onDrain() {
    must(!this.over, "onDrain after onClose");
  }
  onClose() {
    this.tell("onClose", true);
    this.over = true;
  }
}

class Run {
  constructor(program) {
    this.program = program;
    this.at = 0;
    this.now = 0;
    this.streams = [];
    this.ended = 0;
    this.credit = new Map();
    this.initial = 65_535;
    this.sent = new Map();
    this.finished = new Set();
    this.last = new Uint8Array(0);
    this.cut = 0;
    this.ownOutput = [];
    /** What was done, each with the state of its stream: what is new in it is worth to go on from. */
    this.steps = new Set();
    const first = this.next();
    this.isServer = (first & 1) === 0;
    const chosen = options[(first >> 1) & 3];
    this.connection = this.isServer ? new ServerConnection(this, chosen) : new ClientConnection(this, chosen);
    if ((first & 8) !== 0) return;
    if (this.isServer) this.receive(preface);
    this.frame(4, 0, 0, []);
    this.frame(4, 1, 0, []);
  }

  // The engine's host.
  flush() {}
  accept() {
    const stream = new MindingStream(this);
    this.streams.push(stream);
    return stream;
  }
  closed(end) {
    must(++this.ended === 1, "closed twice");
    must(end.cause === undefined || end.by === "transport", `an internal error: ${end.cause?.stack}`);
    this.allOver("the connection's end");
    this.connection.takeOutput();
  }

  /** Those that are paused and have all of their response may still be read. */
  allOver(when) {
    for (const { over, id, connection, kept } of this.streams) {
      must(over || connection === undefined || kept?.ended, `stream ${id} is open after ${when}`);
    }
  }

  next() {
    return this.at < this.program.length ? this.program[this.at++] : 0;
  }

  receive(bytes) {
    const cut = Math.min(this.cut, bytes.length);
    this.cut = 0;
    if (cut > 0) this.connection.receive(bytes.slice(0, cut));
    this.connection.receive(bytes.slice(cut));
  }

  frame(type, flags, id, payload) {
    const bytes = new Uint8Array(9 + payload.length);
    bytes.set([...u32(payload.length).slice(1), type, flags, ...u32(id)]);
    bytes.set(payload, 9);
    this.note(type, id, payload);
    this.did(`frame ${type} ${flags & 0x2d}`, this.connection.streams.get(id));
    this.last = bytes;
    this.receive(bytes);
  }

  did(what, stream) {
    const { end, streams, ready } = this.connection;
    const states = ["headSent", "ended", "localClosed", "headReceived", "remoteClosed", "paused", "dropping", "closed"];
    const state = stream === undefined ? "none" : states.map((name) => Number(stream[name])).join("");
    const waits =
      stream === undefined ? "" : [stream.queued, stream.held, stream.extra].map((n) => Number(n > 0)).join("");
    this.steps.add(`${this.isServer} ${what} ${state} ${waits} ${end?.code} ${ready} ${Math.min(streams.size, 3)}`);
  }

  /** What the peer allows at the most. */
  note(type, id, payload) {
    const value = (at) => new DataView(Uint8Array.from(payload).buffer).getUint32(at);
    if (type === 8 && payload.length === 4) {
      this.credit.set(id, (this.credit.get(id) ?? 0) + (value(0) & 0x7fff_ffff));
    }
    if (type === 4) {
      for (let at = 0; at + 6 <= payload.length; at += 6) {
        if (payload[at + 1] === 4 && payload[at] === 0) this.initial = Math.max(this.initial, value(at + 2));
      }
    }
  }

  payload() {
    switch (this.next() % 4) {
      case 0:
        return blocks[this.next() % blocks.length];
      case 1:
        return Array.from({ length: this.next() % 32 }, () => this.next());
      case 2:
        return [...u32(numbers[this.next() % 16]), ...u32(numbers[this.next() % 16])].slice(0, this.next() % 9);
      default:
        return new Uint8Array(sizes[this.next() % 16]);
    }
  }

  step() {
    switch (this.next() % 16) {
      case 8:
        this.now += waits[this.next() % 8];
        this.connection.tick(this.now);
        break;
      case 9:
        this.output(true);
        break;
      case 10:
        this.output(false);
        break;
      case 11:
      case 12:
        this.act(this.streams[this.next() % Math.max(1, this.streams.length)]);
        break;
      case 13:
        this.actOnConnection();
        break;
      case 14:
        this.frame(4, 0, 0, [0, this.next() % 8, ...u32(numbers[this.next() % 16])]);
        break;
      case 15: {
        const { last } = this;
        for (let n = last.length === 0 ? 0 : this.next(); n > 0; n--) {
          this.note(last[3], new DataView(last.buffer).getUint32(5), last.subarray(9));
          this.connection.receive(last.slice());
        }
        break;
      }
      case 7:
        this.cut = this.next();
        break;
      case 6:
        this.receive(Uint8Array.from({ length: this.next() % 32 }, () => this.next()));
        break;
      case 5:
        // A request, or an answer, as it should be.
        this.frame(
          1,
          4 | (this.next() & 1),
          this.isServer ? this.fresh() : ids[this.next() % 4],
          this.isServer ? post : [0x88],
        );
        break;
      default: {
        const type = this.next() % 18;
        const flags = this.next();
        this.frame(type, flags, ids[this.next() % 8], this.payload());
      }
    }
  }

  /** The next stream of a client. */
  fresh() {
    this.opened = (this.opened ?? -1) + 2;
    return this.opened;
  }

  act(stream) {
    const what = this.next() % 12;
    if (!this.isServer && (what === 11 || stream === undefined)) {
      const made = this.accept();
      const fields = [":method", "POST", ":scheme", "http", ":path", "/", ":authority", "a"];
      if (this.connection.request(made, fields, this.next() % 2 === 0) !== undefined) this.streams.pop();
      return;
    }
    this.did(`act ${what}`, stream);
    const size = sizes[this.next() % 16];
    switch (stream === undefined ? -1 : what) {
      case 0:
        return stream.sendHead([":status", "200"], size === 0);
      case 1:
        return void stream.sendData(new Uint8Array(size));
      case 2:
        return stream.sendEnd(size === 0 ? undefined : new Uint8Array(size));
      case 3:
        return stream.sendEnd(undefined, ["grpc-status", "0"]);
      case 4:
        return stream.reset(size & 15);
      case 5:
        return stream.pause();
      case 6:
        return stream.resume();
      case 7:
        return stream.consumed(size);
      case 8:
        return stream.sendInformational([":status", "103"]);
      case 9:
        return stream.sendHead([":status", "200", "bad name", "x"]);
      case 10:
        return stream.sendEnd(new Uint8Array(size), ["a", "b\n"]);
      default:
    }
  }

  actOnConnection() {
    const what = this.next() % 8;
    this.did(`connection ${what}`, undefined);
    switch (what) {
      case 0:
        return this.connection.shutdown();
      case 1:
        return this.connection.ping();
      case 2:
        return this.connection.shutdown(false);
      case 3:
        return this.connection.peerEnded();
      case 4:
        return this.connection.fail(2, "a test");
      case 5:
        return this.connection.transportLost();
      default:
    }
  }

  /** What is sent holds to what the peer allows. */
  output(taken) {
    const chunks = this.connection.takeOutput();
    if (chunks.length === 0) return;
    this.ownOutput.push(...chunks.map((chunk) => chunk.slice()));
    if (taken) this.connection.written();
  }

  check() {
    const bytes = Buffer.concat(this.ownOutput);
    for (let at = this.isServer ? 0 : 24; at + 9 <= bytes.length; ) {
      const length = bytes.readUIntBE(at, 3);
      const [type, flags, id] = [bytes[at + 3], bytes[at + 4], bytes.readUInt32BE(at + 5)];
      must(at + 9 + length <= bytes.length, "half a frame was sent");
      must(type !== 0 || (id !== 0 && !this.finished.has(id)), `DATA on stream ${id}, which is over`);
      must(type !== 1 || !this.finished.has(id), `HEADERS on stream ${id}, which is over`);
      if (type === 0) {
        for (const stream of [0, id]) {
          const sent = (this.sent.get(stream) ?? 0) + length;
          this.sent.set(stream, sent);
          const allowed = (stream === 0 ? 65_535 : this.initial) + (this.credit.get(stream) ?? 0);
          must(sent <= allowed, `${sent} bytes on stream ${stream}, and ${allowed} are allowed`);
        }
      }
      if ((type <= 1 && (flags & 1) !== 0) || type === 3) this.finished.add(id);
      at += 9 + length;
    }
    must(this.connection.unsentBytes < 3_000_000, `${this.connection.unsentBytes} bytes wait to be sent`);
    if (this.connection.closed) this.allOver("the end");
  }

  all() {
    for (let steps = 0; this.at < this.program.length && steps < 400; steps++) this.step();
    this.output(true);
    this.check();
    this.connection.transportLost();
    // What is kept for them is complete, and can still be read.
    for (const stream of this.streams) stream.resume();
    for (const { over, id } of this.streams) must(over, `stream ${id} is open after all`);
  }
}

/** @returns what was done in which states. @throws Fault, or whatever the engine throws and should not */
export function runProgram(program) {
  const run = new Run(program);
  run.all();
  if (run.connection.end !== undefined) run.steps.add(`${run.connection.end.message.replace(/\d+/g, "n")}`);
  return run.steps;
}
