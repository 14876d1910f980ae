/** What an entry or field weighs beside its name and value: RFC 7541 section 4.1, RFC 9113 section 6.5.2. */
export const entryOverhead = 32;

/** The size that both sides start with: RFC 9113 section 6.5.2. */
export const defaultTableBytes = 4096;

/** The dynamic table of RFC 7541 section 2.3.2, as a ring: an entry stays in its slot until it is evicted. */
export class DynamicTable {
  names: string[] = new Array<string>(16).fill("");
  values: string[] = new Array<string>(16).fill("");
  /** The number of slots, a power of two, less one. */
  mask = 15;
  /** How many entries there are. */
  length = 0;
  /** How many entries there ever were. The last one has this number, and its slot is `number & mask`. */
  inserted = 0;
  /** The weight of all entries. */
  bytes = 0;
  maxBytes: number = defaultTableBytes;
  /** Changes whenever an index may mean something else than before. */
  version = 0;

  /** Adds an entry, for which others go. One above the limit empties the table (RFC 7541 section 4.4). */
  add(name: string, value: string): void {
    const weight = name.length + value.length + entryOverhead;
    this.version++;
    this.evictTo(this.maxBytes - weight);
    if (weight > this.maxBytes) return;
    if (this.length > this.mask) this.grow();
    const slot = ++this.inserted & this.mask;
    this.names[slot] = name;
    this.values[slot] = value;
    this.length++;
    this.bytes += weight;
  }

  /** RFC 7541 section 4.3. */
  resize(maxBytes: number): void {
    this.version++;
    this.maxBytes = maxBytes;
    this.evictTo(maxBytes);
  }

  /** Evicts the oldest entries until the others weigh at most `bytes`. */
  evictTo(bytes: number): void {
    while (this.length > 0 && this.bytes > bytes) this.evict();
  }

  /** The slot of the oldest entry. */
  oldest(): number {
    return (this.inserted - this.length + 1) & this.mask;
  }

  evict(): void {
    const slot = this.oldest();
    this.bytes -= (this.names[slot] as string).length + (this.values[slot] as string).length + entryOverhead;
    this.names[slot] = "";
    this.values[slot] = "";
    this.length--;
  }

  grow(): void {
    const { names, values, mask } = this;
    this.mask = 2 * mask + 1;
    this.names = new Array<string>(this.mask + 1).fill("");
    this.values = new Array<string>(this.mask + 1).fill("");
    for (let n = this.inserted - this.length + 1; n <= this.inserted; n++) {
      this.names[n & this.mask] = names[n & mask] as string;
      this.values[n & this.mask] = values[n & mask] as string;
    }
  }
}
