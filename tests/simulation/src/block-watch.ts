// What an encoder of ours promises of each header block that it writes, asked of the blocks that pass on a connection.
import { type Block, HpackReader, type Written, WrongBlock } from "./hpack-reader.js";
import { huffmanLength } from "./hpack-tables.js";

/** Fields whose values enter no table on the way (RFC 7541 section 7.1.3), besides those that options name. */
const secretNames: readonly string[] = ["authorization", "proxy-authorization", "cookie", "set-cookie"];

/** Names that an encoder of ours remembers. */
const longestName = 128;
/** Texts up to this long are in Huffman's code where that is shorter, others where it saves a fifth. */
const longText = 64;

/** Reads the blocks of one direction, in their order. */
export class BlockWatch {
  readonly reader: HpackReader = new HpackReader();
  readonly wrong: string[] = [];
  /** The lists of each stream, in their order. */
  readonly lists: Map<number, readonly string[][]> = new Map();
  /** What this direction's SETTINGS say of the table for the other one, frame by frame, until that acknowledges them. */
  readonly told: (number | undefined)[] = [];
  readonly secrets: ReadonlySet<string>;
  /** Names that came before. */
  readonly names: Set<string> = new Set();
  /** A block was wrong: what comes after it means nothing. */
  lost = false;

  constructor(secrets: readonly string[] = []) {
    this.secrets = new Set([...secretNames, ...secrets]);
  }

  /** A whole block passed; undefined: it cannot be read. */
  read(stream: number, bytes: Uint8Array): Block | undefined {
    if (this.lost) return undefined;
    try {
      const block = this.reader.read(bytes);
      const { fields } = block;
      for (const field of fields) this.judge(field);
      const list = fields.flatMap(({ name, value }) => [name, value]);
      this.lists.set(stream, [...(this.lists.get(stream) ?? []), list]);
      return block;
    } catch (error) {
      if (!(error instanceof WrongBlock)) throw error;
      this.lost = true;
      this.wrong.push(`a header block of stream ${stream}: ${error.message}`);
      return undefined;
    }
  }

  /** SETTINGS passed in this direction. */
  settings(payload: Uint8Array): void {
    let size: number | undefined;
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    for (let at = 0; at + 6 <= payload.byteLength; at += 6) if (view.getUint16(at) === 1) size = view.getUint32(at + 2);
    this.told.push(size);
  }

  /** This direction acknowledges what the other one told: its blocks go by that from now on. */
  acknowledges(other: BlockWatch): void {
    const size = other.told.shift();
    if (size !== undefined) this.reader.announce(size);
  }

  judge(field: Written): void {
    const { name, how, known, nameKnown, index, texts, fitsHalf } = field;
    const wrong = (text: string): void => {
      if (this.wrong.length < 20) this.wrong.push(`the field ${name.slice(0, 40)}: ${text}`);
    };
    const secret = this.secrets.has(name);
    if (secret !== (how === "never")) wrong(`it is ${how}, and it is ${secret ? "" : "not "}a secret`);
    if (!secret && known && how !== "indexed") wrong(`it is ${how}, and the table has it`);
    if (nameKnown && index === 0) wrong("its name is written out, and the table has it");
    const isNew = !this.names.has(name) && name.length <= longestName && !secret && !known;
    if (isNew && (how === "added") !== fitsHalf)
      wrong(`it is ${how}, the first of its name, and it ${fitsHalf ? "fits" : "is large"}`);
    this.names.add(name);
    for (const { text, huffman } of texts) {
      const shorter = huffmanLength(text) < (text.length > longText ? 0.8 * text.length : text.length);
      if (huffman !== shorter)
        wrong(`a text of ${text.length} characters is ${huffman ? "" : "not "}in Huffman's code`);
    }
  }
}
