import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import {
  entryWeight,
  mayWeigh,
  numberWeight,
  objectWeight,
  stringWeight,
  tooHeavy,
  viewWeight,
} from "./decoded-size.js";

/** What a field holds: a message or an entry of a map (by their fields), or what its bytes weigh, each and all together. */
interface Kind {
  readonly fields: (() => Kinds) | undefined;
  readonly weight: number;
  readonly perByte: number;
}
type Kinds = ReadonlyMap<number, Kind>;

/** As deep as protobuf-es reads. */
const depthLimit = 100;
const none: Kinds = /* @__PURE__ */ new Map();
const kindsOfTypes: WeakMap<DescMessage, Kinds> = new WeakMap();
const heaviestOf: WeakMap<DescMessage, number> = new WeakMap();

/**
 * Goes over the bytes of a message, without making anything of them, and adds up what they will weigh. Bytes that are no
 * message are left to who decodes them.
 *
 * @throws ConnectError `resource_exhausted` as soon as that is more than the limit
 */
export function checkWeight(type: DescMessage, bytes: Uint8Array, start: number, end: number, limit: number): void {
  if (!mayWeigh(end - start, limit, heaviest(type))) return;
  const walk = new Walk(bytes, start, limit);
  walk.add(entryWeight + objectWeight + emptyWeight(type));
  walk.message(kindsOf(type), end, 0, 0);
}

/** What the members of an empty message weigh: as the generator of codecs has it. */
export function emptyWeight({ members }: DescMessage): number {
  let weight = 0;
  for (const member of members) {
    const kind = member.kind === "oneof" ? "oneof" : member.fieldKind;
    weight += kind === "oneof" ? 48 : kind === "map" ? 64 : kind === "list" ? 24 : 8;
  }
  return weight;
}

class Walk {
  readonly bytes: Uint8Array;
  readonly limit: number;
  at: number;
  weight = 0;

  constructor(bytes: Uint8Array, start: number, limit: number) {
    this.bytes = bytes;
    this.at = start;
    this.limit = limit;
  }

  add(weight: number): void {
    this.weight += weight;
    if (this.weight > this.limit) throw tooHeavy(this.limit);
  }

  /** @param endTag - the end of a group; 0 for what ends at `end` */
  message(kinds: Kinds, end: number, endTag: number, depth: number): void {
    while (this.at < end && depth <= depthLimit) {
      const tag = this.varint();
      if (tag === endTag) return;
      const kind = kinds.get(tag >>> 3);
      if (kind === undefined) this.add(entryWeight + objectWeight + viewWeight);
      switch (tag & 7) {
        case 0:
          this.varint();
          break;
        case 1:
          this.at += 8;
          break;
        case 2: {
          const length = this.varint();
          const stop = Math.min(end, this.at + length);
          if (kind !== undefined) {
            this.add(kind.weight + kind.perByte * length);
            if (kind.fields !== undefined) this.message(kind.fields(), stop, 0, depth + 1);
          }
          this.at = stop;
          break;
        }
        case 3:
          if (kind !== undefined) this.add(kind.weight);
          this.message(kind?.fields?.() ?? none, end, tag + 1, depth + 1);
          break;
        case 5:
          this.at += 4;
          break;
        default:
          this.at = end;
      }
    }
  }

  /** The low half of a varint. Beyond the end bytes are 0. */
  varint(): number {
    const { bytes } = this;
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = bytes[this.at++] ?? 0;
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return value >>> 0;
  }
}

/** The most that the members of an object weigh, in messages of this type. */
export function heaviest(type: DescMessage): number {
  let most = heaviestOf.get(type);
  if (most === undefined) {
    most = Math.max(viewWeight, ...[...typesIn(type)].map(emptyWeight));
    heaviestOf.set(type, most);
  }
  return most;
}

/** The types of all messages that may stand in one of this type, and its own. */
export function typesIn(type: DescMessage): ReadonlySet<DescMessage> {
  const types = new Set([type]);
  // What is added while it is gone over comes too.
  for (const { fields } of types) for (const { message } of fields) if (message !== undefined) types.add(message);
  return types;
}

function kindsOf(type: DescMessage): Kinds {
  let kinds = kindsOfTypes.get(type);
  if (kinds === undefined) {
    kinds = new Map(type.fields.map((field) => [field.number, kindOf(field)]));
    kindsOfTypes.set(type, kinds);
  }
  return kinds;
}

function kindOf(field: DescField): Kind {
  if (field.fieldKind === "map") {
    const entry: Kinds = new Map([
      [1, kindOfScalar(field.mapKey)],
      [2, field.message === undefined ? kindOfScalar(field.scalar) : kindOfMessage(field.message)],
    ]);
    return { fields: () => entry, weight: entryWeight, perByte: 0 };
  }
  return field.message === undefined ? kindOfScalar(field.scalar) : kindOfMessage(field.message);
}

function kindOfMessage(type: DescMessage): Kind {
  return { fields: () => kindsOf(type), weight: entryWeight + objectWeight + emptyWeight(type), perByte: 0 };
}

/** @param scalar - `undefined` is an enum */
function kindOfScalar(scalar: ScalarType | undefined): Kind {
  switch (scalar) {
    case ScalarType.STRING:
      return { fields: undefined, weight: entryWeight + stringWeight, perByte: 1 };
    case ScalarType.BYTES:
      return { fields: undefined, weight: entryWeight + viewWeight, perByte: 0 };
    default:
      return { fields: undefined, weight: 0, perByte: numberWeight };
  }
}
