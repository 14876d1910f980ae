/** What a header block says. It may be given again for the next block: whoever changes `fields` copies them first. */
export interface DecodedBlock {
  /** Names and values in turn, one character per byte. Of a list that is too large, what is below the limit. */
  readonly fields: readonly string[];
  /** The weight of all fields, those beyond the limit too. */
  readonly size: number;
  /** The limit that was passed first. */
  readonly tooLarge: "bytes" | "pairs" | undefined;
}

/** A block that came at least twice, and its list. */
interface CachedBlock {
  readonly bytes: Uint8Array;
  readonly version: number;
  readonly block: DecodedBlock;
}

/** Blocks that repeat are short: one or two bytes a field, with a literal or two. */
const maxBytes = 128;
const maxFields = 2 * 32;
/** A power of two. At most 32 lists of 64 references and of strings that came in 128 bytes: some 40 KB a connection. */
const slots = 32;

/**
 * The lists of blocks that repeat. A block that leaves the table as it is, is a function of its bytes and the table: while
 * the table stands, the same bytes mean the same list.
 */
export class BlockCache {
  readonly blocks: (CachedBlock | undefined)[] = [];
  /** The hashes of the blocks that came last. What comes once is not kept. */
  readonly seen: number[] = [];
  /** The hash of the block that was looked for last, or -1 when it is too long to be kept. */
  hash = -1;

  find(bytes: Uint8Array, start: number, end: number, version: number): DecodedBlock | undefined {
    const length = end - start;
    if (length > maxBytes) {
      this.hash = -1;
      return undefined;
    }
    let hash = length;
    for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + (bytes[i] as number)) & 0x3fffffff;
    this.hash = hash;
    const found = this.blocks[slotOf(hash)];
    if (found === undefined || found.version !== version || found.bytes.length !== length) return undefined;
    for (let i = 0; i < length; i++) if (found.bytes[i] !== bytes[start + i]) return undefined;
    return found.block;
  }

  /** Keeps the block that was looked for last, when it was here before. */
  keep(bytes: Uint8Array, start: number, end: number, version: number, block: DecodedBlock): void {
    const { hash } = this;
    if (hash < 0 || block.fields.length > maxFields) return;
    const slot = slotOf(hash);
    if (this.seen[slot] === hash) {
      // A copy: `slice` of Node's buffers is none.
      const copy = new Uint8Array(end - start);
      for (let i = start; i < end; i++) copy[i - start] = bytes[i] as number;
      this.blocks[slot] = { bytes: copy, version, block };
    }
    this.seen[slot] = hash;
  }
}

function slotOf(hash: number): number {
  return (hash ^ (hash >>> 5) ^ (hash >>> 11)) & (slots - 1);
}
