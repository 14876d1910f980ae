import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { wireTypeOf } from "./strict.js";

/** A field as it stands in bytes; groups with their end. */
interface Entry {
  readonly no: number;
  readonly wireType: WireType;
  readonly data: Uint8Array;
}

/** The fields in bytes that a codec wrote. */
function entriesOf(bytes: Uint8Array): Entry[] {
  const reader = new BinaryReader(bytes);
  const entries: Entry[] = [];
  while (reader.pos < reader.len) {
    const [no, wireType] = reader.tag();
    entries.push({ no, wireType, data: reader.skip(wireType, no) });
  }
  return entries;
}

function write(entries: readonly Entry[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const { no, wireType, data } of entries) writer.tag(no, wireType).raw(data);
  return writer.finish();
}

/** The same fields in another order, with lists packed that were not and the other way round, and submessages in two parts. */
export function regroup(desc: DescMessage, bytes: Uint8Array, picks: readonly number[]): Uint8Array {
  const result: Entry[] = [];
  for (const [i, entry] of entriesOf(bytes).entries()) {
    const pick = picks[i % picks.length] as number;
    const field = desc.fields.find(({ number }) => number === entry.no);
    const parts = pick % 4 === 0 || field === undefined ? [entry] : partsOf(field, entry, pick);
    if (pick % 5 === 0) result.unshift(...parts);
    else result.push(...parts);
  }
  return write(result);
}

function partsOf(field: DescField, entry: Entry, pick: number): Entry[] {
  const { no, wireType } = entry;
  if (field.fieldKind === "list" && field.listKind !== "message") {
    const element = field.listKind === "enum" ? WireType.Varint : wireTypeOf(field.scalar);
    if (element === WireType.LengthDelimited) return [entry];
    if (wireType !== WireType.LengthDelimited) return [lengthDelimited(no, entry.data)];
    const reader = new BinaryReader(entry.data);
    reader.uint32();
    const elements: Entry[] = [];
    while (reader.pos < reader.len) elements.push({ no, wireType: element, data: reader.skip(element, no) });
    return elements;
  }
  if (field.message === undefined || wireType !== WireType.LengthDelimited) return [entry];
  const inner = entriesOf(new BinaryReader(entry.data).bytes());
  const cut = pick % (inner.length + 1);
  return [inner.slice(0, cut), inner.slice(cut)].map((half) => lengthDelimited(no, write(half)));
}

function lengthDelimited(no: number, data: Uint8Array): Entry {
  return { no, wireType: WireType.LengthDelimited, data: new BinaryWriter().bytes(data).finish() };
}

/** The same fields, with tags, lengths and integers in more bytes than they need; some in more than there may be. */
export function respell(bytes: Uint8Array, picks: readonly number[]): Uint8Array {
  const result: number[] = [];
  for (const [i, { no, wireType, data }] of entriesOf(bytes).entries()) {
    const pick = picks[i % picks.length] as number;
    result.push(...longer(new BinaryWriter().tag(no, wireType).finish(), pick % 4));
    if (wireType === WireType.Varint) result.push(...longer(data, pick));
    else if (wireType === WireType.LengthDelimited) {
      const reader = new BinaryReader(data);
      reader.uint32();
      result.push(...longer(data.subarray(0, reader.pos), pick), ...data.subarray(reader.pos));
    } else result.push(...data);
  }
  return new Uint8Array(result);
}

function longer(varint: Uint8Array, by: number): number[] {
  if (by === 0) return [...varint];
  const last = varint.length - 1;
  return [...varint.subarray(0, last), (varint[last] as number) | 0x80, ...new Array<number>(by - 1).fill(0x80), 0];
}
