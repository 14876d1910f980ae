import { DynamicTable, entryOverhead } from "./dynamic-table.js";
import { staticFields, staticLength } from "./static-table.js";

/** What the encoder knows of a field name. */
export interface NameEntry {
  readonly name: string;
  /** RFC 7541 section 7.1.3: its values enter no table. */
  readonly never: boolean;
  /** Its first index in the static table, or 0, and the index of each value there. */
  readonly staticIndex: number;
  readonly staticValues: ReadonlyMap<string, number> | undefined;
  /** The numbers of its entries in the ring, by value. */
  readonly numbers: Map<string, number>;
  /** The last number that it had. */
  newest: number;
  /** How many values still become entries when they are seen for the first time. */
  unseen: number;
  /** How many entries it may still make: one that is used earns two, and time earns too. */
  credit: number;
  /** The block up to which time was counted. */
  creditedAt: number;
}

/** Longer names are not remembered, and have no entries. */
const longestName = 128;
const unseenValues = 4;
const maxCredit = 32;
/** So many blocks earn a name one entry: a name whose entries are of no use makes no more than that. */
const blocksPerCredit = 64;
/** How many values are remembered to have been seen, a power of two. */
const seenValues = 512;

/** The dynamic table of an encoder: a ring of what the peer has, and where each name and value stands in it. */
export class EncoderTable {
  readonly ring: DynamicTable = new DynamicTable();
  readonly neverIndexed: ReadonlySet<string>;
  readonly names: Map<string, NameEntry> = new Map();
  /** The entries that were not used yet, by number. */
  readonly unused: Set<number> = new Set();
  /** Hashes of values that had no entry; made when first needed. */
  seen: Int32Array | undefined;
  /** How many blocks there were. */
  blocks = 0;

  constructor(neverIndexed: ReadonlySet<string>) {
    this.neverIndexed = neverIndexed;
  }

  entryOf(name: string): NameEntry {
    return this.names.get(name) ?? this.addName(name);
  }

  addName(name: string): NameEntry {
    const { names } = this;
    // At least half of the names have no entry in the ring, so that this is rare.
    if (names.size > 2 * this.ring.mask + 64) {
      for (const old of names.values()) if (old.numbers.size === 0) names.delete(old.name);
    }
    const remembered = name.length <= longestName;
    const known = staticFields.get(name);
    const entry: NameEntry = {
      name,
      never: this.neverIndexed.has(name),
      staticIndex: known === undefined ? 0 : known.index,
      staticValues: known?.values,
      numbers: new Map(),
      newest: 0,
      unseen: remembered ? unseenValues : 0,
      credit: remembered ? maxCredit : 0,
      creditedAt: this.blocks,
    };
    if (remembered) names.set(name, entry);
    return entry;
  }

  /** The index of a field, or 0. */
  indexOf(entry: NameEntry, value: string): number {
    const index = entry.staticValues?.get(value);
    if (index !== undefined) return index;
    const number = entry.numbers.get(value);
    if (number === undefined) return 0;
    if (this.unused.delete(number)) entry.credit = Math.min(entry.credit + 2, maxCredit);
    return this.indexOfNumber(number);
  }

  /** The index of a field with this name, or 0. */
  indexOfName(entry: NameEntry): number {
    if (entry.staticIndex > 0) return entry.staticIndex;
    return entry.newest > this.ring.inserted - this.ring.length ? this.indexOfNumber(entry.newest) : 0;
  }

  indexOfNumber(number: number): number {
    return this.ring.inserted - number + staticLength + 1;
  }

  /**
   * Whether a field that is not in the table should become an entry. Values that differ in each call should not: they
   * would drive out the others, and each entry costs both sides what they keep of whole blocks.
   */
  isWorthAnEntry(entry: NameEntry, value: string): boolean {
    if (entry.name.length + value.length + entryOverhead > this.ring.maxBytes / 2) return false;
    if (entry.unseen > 0) {
      entry.unseen--;
      return true;
    }
    if (!this.wasSeen(entry.name, value)) return false;
    const earned = Math.floor((this.blocks - entry.creditedAt) / blocksPerCredit);
    entry.credit = Math.min(entry.credit + earned, maxCredit);
    entry.creditedAt += earned * blocksPerCredit;
    if (entry.credit === 0) return false;
    entry.credit--;
    return true;
  }

  /** Whether the value was here lately. Wrong in rare cases, which does no harm. */
  wasSeen(name: string, value: string): boolean {
    this.seen ??= new Int32Array(seenValues);
    let hash = name.length;
    for (let i = 0; i < name.length; i++) hash = (Math.imul(hash, 31) + name.charCodeAt(i)) | 0;
    for (let i = 0; i < value.length; i++) hash = (Math.imul(hash, 31) + value.charCodeAt(i)) | 0;
    const slot = (hash ^ (hash >>> 9) ^ (hash >>> 18)) & (seenValues - 1);
    if (this.seen[slot] === hash) return true;
    this.seen[slot] = hash;
    return false;
  }

  add(entry: NameEntry, value: string): void {
    const { ring } = this;
    this.evictTo(ring.maxBytes - entry.name.length - value.length - entryOverhead);
    ring.add(entry.name, value);
    entry.newest = ring.inserted;
    entry.numbers.set(value, ring.inserted);
    this.unused.add(ring.inserted);
  }

  resize(maxBytes: number): void {
    this.evictTo(maxBytes);
    this.ring.resize(maxBytes);
  }

  evictTo(bytes: number): void {
    const { ring, names } = this;
    while (ring.length > 0 && ring.bytes > bytes) {
      const slot = ring.oldest();
      names.get(ring.names[slot] as string)?.numbers.delete(ring.values[slot] as string);
      this.unused.delete(ring.inserted - ring.length + 1);
      ring.evict();
    }
  }
}
