import type { UnknownField } from "@bufbuild/protobuf";
import { plainPart } from "../http/bytes.js";
import { entryWeight, objectWeight, tooHeavy, viewWeight } from "../message/decoded-size.js";

/** How deep messages and groups may be nested: as in protobuf-es. */
const depthLimit = 100;
const nothing = /* @__PURE__ */ new Uint8Array(0);

/** What keeps fields that its schema does not know. */
export interface WithUnknown {
  $unknown?: UnknownField[] | undefined;
}

/**
 * Where the binary form of a message is read. What ends too early, or runs over its end, throws.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export class Reader {
  /** @internal */
  bytes: Uint8Array;
  /** The next byte. */
  pos: number;
  /** Where what is being read ends: the message, a submessage, a packed field. */
  end: number;
  /** Field number and wire type in one, of the field that {@link next} found. */
  tag = 0;
  /** @internal What ends the innermost group that is open; 0 where there is none. */
  groupEnd = 0;
  /** @internal How many messages and groups are open in that group, itself counted. */
  groupDepth = 0;
  /** @internal How many messages and groups are open. */
  depth = 0;
  /** @internal The upper half of the last varint of 64 bits. */
  high = 0;

  /** @internal What was read so far takes in memory, by estimate. */
  weight = 0;
  /** @internal */
  readonly maxWeight: number;

  constructor(bytes: Uint8Array, start: number, end: number, maxWeight: number = Number.POSITIVE_INFINITY) {
    this.bytes = bytes;
    this.pos = start;
    this.end = end;
    this.maxWeight = maxWeight;
  }

  /** Counts what is about to be made. @throws ConnectError `resource_exhausted` as soon as all together is too much */
  add(weight: number): void {
    this.weight += weight;
    if (this.weight > this.maxWeight) throw tooHeavy(this.maxWeight);
  }

  /** Goes to the value of the next field of a message, and sets {@link tag}. False at the end. */
  next(): boolean {
    const { pos } = this;
    if (pos >= this.end) return false;
    const byte = this.bytes[pos] as number;
    // The field number 0 is left to the long way.
    if (byte < 0x80 && byte > 7 && (byte & 7) < 6) {
      this.pos = pos + 1;
      this.tag = byte;
    } else {
      this.tag = this.longTag();
    }
    return true;
  }

  /** @internal The next tag, of what is no message. */
  innerTag(): number {
    const { pos } = this;
    if (pos < this.end) {
      const byte = this.bytes[pos] as number;
      // The field number 0 is left to the long way.
      if (byte < 0x80 && byte > 7 && (byte & 7) < 6) {
        this.pos = pos + 1;
        return byte;
      }
    }
    return this.longTag();
  }

  /** The low half of a varint. */
  uint32(): number {
    const { pos } = this;
    if (pos < this.end) {
      const byte = this.bytes[pos] as number;
      if (byte < 0x80) {
        this.pos = pos + 1;
        return byte;
      }
    }
    return this.varint() >>> 0;
  }

  /** @internal Enters a message. @param members - what they take in memory when they are empty @throws where messages are nested too deep */
  enter(typeName: string, members: number): void {
    this.add(entryWeight + objectWeight + members);
    if (++this.depth > depthLimit) {
      throw new Error(`cannot decode ${typeName}: maximum recursion depth of ${depthLimit} reached`);
    }
  }

  /** Goes over that many bytes. Gives where they start. */
  take(length: number): number {
    const { pos } = this;
    if (length > this.end - pos) throw premature();
    this.pos = pos + length;
    return pos;
  }

  /** What was read, by {@link plainPart}. */
  slice(start: number, end: number): Uint8Array {
    return start === end ? nothing : plainPart(this.bytes, start, end - start);
  }

  /** The lower half of a varint of 64 bits; the upper is in `high`. */
  varint(): number {
    const { bytes, end } = this;
    let { pos } = this;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (pos >= end) throw premature();
      const byte = bytes[pos++] as number;
      if (shift < 28) {
        low |= (byte & 0x7f) << shift;
      } else if (shift === 28) {
        low |= (byte & 0x0f) << 28;
        high = (byte & 0x70) >> 4;
      } else {
        high |= (byte & 0x7f) << (shift - 32);
      }
      if (byte < 0x80) {
        this.pos = pos;
        this.high = high;
        return low;
      }
    }
    throw new Error("invalid varint");
  }

  /** Skips the value of a tag. */
  skip(tag: number): void {
    this.skipValue(tag, depthLimit - this.depth);
  }

  /** Keeps a field that the schema does not know; or ends the group that its tag ends. */
  unknown(message: WithUnknown): void {
    const { tag } = this;
    const start = this.pos;
    if (tag === this.groupEnd && this.depth === this.groupDepth) {
      this.groupEnd = 0;
      this.end = start;
      return;
    }
    this.add(entryWeight + objectWeight + viewWeight);
    this.skip(tag);
    keepUnknown(message, tag, this.slice(start, this.pos));
  }

  /** @internal */
  longTag(): number {
    const start = this.pos;
    const tag = this.varint() >>> 0;
    const size = this.pos - start;
    if (size > 5 || (size === 5 && (this.bytes[this.pos - 1] as number) > 0x0f)) {
      throw new Error("illegal tag: varint overflows uint32");
    }
    if (tag < 8 || (tag & 7) > 5) throw illegalTag(tag);
    return tag;
  }

  /** @internal */
  skipValue(tag: number, depth: number): void {
    const type = tag & 7;
    if (type === 0) this.varint();
    else if (type === 4) throw illegalTag(tag);
    else if (type !== 3) this.take(type === 1 ? 8 : type === 5 ? 4 : this.uint32());
    else {
      if (depth <= 0) throw new Error("maximum recursion depth reached");
      for (;;) {
        const inner = this.innerTag();
        if (inner === tag + 1) return;
        if ((inner & 7) === 4) throw new Error("invalid end group tag");
        this.skipValue(inner, depth - 1);
      }
    }
  }
}

function illegalTag(tag: number): Error {
  return new Error(`illegal tag: field no ${tag >>> 3} wire type ${tag & 7}`);
}

/** Keeps a value that a closed enum does not have. */
export function keepUnknownEnum(message: WithUnknown, tag: number, value: number): void {
  const data: number[] = [];
  let rest = value;
  if (value < 0) {
    // Negative values are sign-extended to 64 bits.
    for (let i = 0; i < 9; i++, rest >>= 7) data.push((rest & 0x7f) | 0x80);
    data.push(1);
  } else {
    for (; rest > 0x7f; rest >>>= 7) data.push((rest & 0x7f) | 0x80);
    data.push(rest);
  }
  keepUnknown(message, tag, new Uint8Array(data));
}

function keepUnknown(message: WithUnknown, tag: number, data: Uint8Array): void {
  const field = { no: tag >>> 3, wireType: tag & 7, data };
  if (message.$unknown === undefined) {
    message.$unknown = [field];
  } else {
    message.$unknown.push(field);
  }
}

// A function and not a method: a bundler leaves out what no message has.

/** Begins what has its length in front. Gives what the reader's `end` becomes after it. */
export function open(r: Reader): number {
  const length = r.uint32();
  const outer = r.end;
  const end = r.pos + length;
  if (end > outer) throw premature();
  r.end = end;
  return outer;
}

function premature(): Error {
  return new RangeError("premature EOF");
}
