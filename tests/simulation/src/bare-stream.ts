// One exchange of the HTTP/2 engine without RPC: what is sent is a pattern, and what comes has to be that pattern.
import {
  type ClientConnection,
  type Head,
  Http2Stream,
  type StreamReset,
  type StreamSink,
} from "@connect-ts/runtime/http2";
import type { Chance } from "./chance.js";
import type { Ticker } from "./clock.js";

/** What one side of an exchange has said. */
export interface Said {
  bytes: number;
  /** All of it. */
  whole: boolean;
  head: readonly string[] | undefined;
  trailers: readonly string[] | undefined;
}

/** An exchange, as both of its sides know it. */
export interface Exchange {
  readonly number: number;
  readonly request: Said;
  readonly response: Said;
  /** One of its sides broke it off, or left something unread. */
  spoiled: boolean;
  /** The client's side heard of its end. */
  over: boolean;
  /** The client says that it waits with its body (RFC 9110 section 10.1.1); ours does not. */
  expects: boolean;
  /** How often it was told to go on. */
  continues: number;
  /** The server reads on, and did not answer at once. */
  mayContinue: boolean;
  readonly wrong: string[];
}

export function exchangeOf(number: number): Exchange {
  const nothing = (): Said => ({ bytes: 0, whole: false, head: undefined, trailers: undefined });
  return {
    number,
    request: nothing(),
    response: nothing(),
    spoiled: false,
    over: false,
    expects: false,
    continues: 0,
    mayContinue: false,
    wrong: [],
  };
}

const pattern = Uint8Array.from({ length: 200_000 + 256 }, (_, i) => i & 255);

const partOf = (number: number, at: number, size: number): Uint8Array =>
  pattern.subarray((number + at) & 255, ((number + at) & 255) + size);

const trailerLists: readonly (readonly string[] | undefined)[] = [
  undefined,
  undefined,
  [],
  ["x-end", "1", "x-more", "2"],
];

/** What cannot be sent. */
export const badFields: readonly (readonly string[])[] = [
  ["bad name", "1"],
  ["wide", "\u0101"],
  ["x-long", "l".repeat(60_000)],
];

export interface BareWorld {
  readonly clock: Ticker;
  readonly chance: Chance;
  /** Nothing breaks off. */
  readonly calm: boolean;
  /** The other side is not ours, and says anything. */
  readonly strange: boolean;
  exchanges: Map<number, Exchange>;
  readonly wrong: string[];
}

/** A side of an exchange. */
export class BareStream extends Http2Stream implements StreamSink {
  readonly world: BareWorld;
  readonly isServer: boolean;
  exchange: Exchange | undefined;
  reads: "auto" | "at once" | "later" | "at the end" | "paused" = "auto";
  got = 0;
  unread = 0;
  heads = 0;
  ends = 0;
  resets = 0;
  closes = 0;
  wake: (() => void) | undefined;
  head: Head | undefined;

  constructor(world: BareWorld, isServer: boolean, exchange?: Exchange) {
    super();
    this.sink = this;
    this.world = world;
    this.isServer = isServer;
    this.exchange = exchange;
    this.reads = world.chance.pick(["auto", "at once", "later", "at the end", "paused"] as const);
    this.autoConsume = this.reads === "auto";
    if (this.reads === "paused" && world.chance.happens(0.3)) this.pauseFor();
  }

  wrong(text: string): void {
    this.exchange?.wrong.push(`${this.isServer ? "server" : "client"} of stream ${this.id}: ${text}`);
  }

  get said(): Said | undefined {
    return this.isServer ? this.exchange?.response : this.exchange?.request;
  }

  get told(): Said | undefined {
    return this.isServer ? this.exchange?.request : this.exchange?.response;
  }

  /** Sends a body, as fast as it is taken. */
  async sendAll(sizes: readonly number[]): Promise<void> {
    const { said, exchange, world } = this;
    if (said === undefined || exchange === undefined) return;
    const { chance, clock } = world;
    for (const [index, size] of sizes.entries()) {
      if (this.closed) return;
      // A request has its head from the beginning.
      if (!this.isServer && chance.happens(0.1)) this.sendHead([":status", "200"]);
      if (!this.isServer && chance.happens(0.1)) this.sendInformational([":status", "103"]);
      const part = partOf(exchange.number, said.bytes, size);
      said.bytes += size;
      if (index === sizes.length - 1 && chance.happens(0.5)) return this.end(part);
      if (!this.sendData(part)) await this.room();
      if (chance.happens(0.3)) await clock.sleep(chance.scale(0, 30));
    }
    this.end(undefined);
  }

  end(part: Uint8Array | undefined): void {
    const { said, world } = this;
    if (said === undefined) return;
    said.trailers = world.chance.pick(trailerLists);
    if (!world.calm && world.chance.happens(0.03)) {
      this.spoil();
      said.trailers = ["bad name", "1"];
    }
    said.whole = true;
    this.sendEnd(part, said.trailers);
  }

  /** From now on it may break off. */
  spoil(): void {
    if (this.exchange !== undefined) this.exchange.spoiled = true;
  }

  /** Sinks may break a stream off wherever they are called. */
  maybeReset(probability: number): void {
    const { world } = this;
    if (world.calm || !world.chance.happens(probability)) return;
    this.spoil();
    this.reset(8);
  }

  room(): Promise<void> {
    if (this.closed) return Promise.resolve();
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  /** The server has looked at the request. */
  async answer(): Promise<void> {
    const { world, exchange } = this;
    const { chance, clock, calm } = world;
    if (chance.happens(0.3)) await clock.sleep(chance.scale(0, 100));
    if (chance.happens(0.1)) this.sendInformational([":status", "103", "link", "</a>"]);
    if (!calm && exchange !== undefined && chance.happens(0.1)) {
      this.spoil();
      this.reset(chance.whole(0, 13));
      return;
    }
    if (this.head?.method === "HEAD") {
      const only = [":status", "200", "content-length", "100"];
      if (exchange !== undefined) Object.assign(exchange.response, { whole: true, head: only });
      this.sendHead(only, true);
      return;
    }
    const sizes = sizesOf(chance);
    const length = sizes.reduce((sum, size) => sum + size, 0);
    const fields = [":status", "200", "x-value", "v".repeat(chance.scale(0, 300))];
    if (chance.happens(0.3)) fields.push("content-length", String(length));
    if (chance.happens(0.3)) fields.push("set-cookie", "a=b", "set-cookie", "c=d");
    if (!calm && chance.happens(0.05)) {
      this.spoil();
      fields.push(...chance.pick(badFields));
    }
    if (exchange !== undefined) exchange.response.head = fields;
    this.sendHead(fields);
    await this.sendAll(sizes);
    // It is over for this side: nothing of this is sent.
    this.sendHead(fields);
    this.sendInformational([":status", "103"]);
    this.sendData(Uint8Array.of(1));
    this.sendEnd();
  }

  // ---------------------------------------------------------------- what comes

  onInformational(head: Head): void {
    if (head.status === 100 && this.exchange !== undefined) this.exchange.continues++;
    if (head.status < 100 || head.status > 199) this.wrong(`an informational head with ${head.status}`);
  }

  onHead(head: Head, ended: boolean): void {
    this.head = head;
    if (++this.heads > 1) this.wrong("a second head came");
    this.checkLimits(head.fields);
    const { world } = this;
    if (this.isServer) {
      const at = head.fields.indexOf("x-number");
      this.exchange = world.exchanges.get(Number(head.fields[at + 1]));
      if (world.chance.happens(0.4)) void this.answer();
      else this.answersAtEnd = true;
    }
    const sent = this.told?.head;
    if (!world.strange && sent !== undefined && sent.join("\n") !== head.fields.join("\n"))
      this.wrong(`another head came than was sent: ${head.fields}`);
    if (this.reads === "paused" && !ended) this.pauseFor();
    else if (this.isServer && this.exchange !== undefined) this.exchange.mayContinue = !this.headSent && !this.paused;
    this.maybeReset(0.03);
  }

  /** What is larger than its side takes does not come so far. */
  checkLimits(fields: readonly string[]): void {
    const { limits } = (this.connection as unknown as ClientConnection).config;
    const bytes = fields.reduce((sum, { length }) => sum + length, 0);
    if (bytes > limits.maxHeaderBytes || fields.length > 2 * limits.maxHeaderPairs)
      this.world.wrong.push(`a head of ${bytes} bytes and ${fields.length / 2} fields was taken`);
  }

  answersAtEnd = false;

  onData(bytes: Uint8Array): void {
    const { exchange, world, reads } = this;
    if (this.heads === 0 || this.ends > 0) this.wrong("data came before the head, or after the end");
    if (this.paused) this.wrong("data came while it was paused");
    const { chance, clock } = world;
    if (
      exchange !== undefined &&
      !world.strange &&
      Buffer.compare(bytes, partOf(exchange.number, this.got, bytes.byteLength)) !== 0
    )
      this.wrong(`other bytes came than were sent, at ${this.got}`);
    this.got += bytes.byteLength;
    if (reads === "at once") this.consumed(bytes.byteLength);
    else if (reads === "later") void clock.sleep(chance.scale(0, 50)).then(() => this.consumed(bytes.byteLength));
    else if (reads !== "auto") this.keep(bytes.byteLength);
    if (reads === "paused") {
      this.pause();
      if (chance.happens(0.6)) this.resume();
      else this.pauseFor();
    }
    this.maybeReset(0.02);
  }

  /** It is read when nothing more comes for a while, or at the end. */
  keep(bytes: number): void {
    const { clock, chance } = this.world;
    const before = this.unread;
    this.unread += bytes;
    if (before > 0) return;
    void clock.sleep(chance.scale(1, 300)).then(() => {
      this.consumed(this.unread);
      this.unread = 0;
    });
  }

  pauseFor(): void {
    const { clock, chance } = this.world;
    this.pause();
    void clock.sleep(chance.scale(0, 60)).then(() => this.resume());
  }

  onEnd(trailers: readonly string[] | undefined): void {
    const { told, exchange } = this;
    if (++this.ends > 1) this.wrong("a second end came");
    if (told !== undefined && exchange !== undefined && !exchange.spoiled && !this.world.strange) {
      if (!told.whole) this.wrong("an end came that was not sent");
      if (told.bytes !== this.got) this.wrong(`the end came after ${this.got} of ${told.bytes} bytes`);
      if ((trailers ?? []).join() !== (told.trailers ?? []).join()) this.wrong(`other trailers came: ${trailers}`);
    }
    if (this.answersAtEnd) void this.answer();
    this.maybeReset(0.03);
  }

  onReset(reset: StreamReset): void {
    this.resets++;
    if (this.ends > 0 && this.world.calm) this.wrong(`it was reset after its end: ${reset.message}`);
    if (this.exchange !== undefined && this.world.calm) this.wrong(`it was reset: ${reset.message}`);
    this.maybeReset(0.5);
  }

  onDrain(): void {
    const { wake } = this;
    this.wake = undefined;
    wake?.();
  }

  onClose(): void {
    if (++this.closes > 1) this.wrong("it was closed twice");
    if (this.exchange !== undefined && !this.isServer) this.exchange.over = true;
    this.onDrain();
    // Safe at any time.
    this.consumed(1);
    this.resume();
    this.reset(8);
  }
}

export function sizesOf(chance: Chance): readonly number[] {
  const large = chance.happens(0.3) ? 150_000 : 2000;
  return Array.from({ length: chance.scale(0, 8) }, () => chance.scale(0, large));
}
