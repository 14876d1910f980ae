import { describe, expect, it } from "@jest/globals";
import { represent as field, NaiveDecoder } from "../../testing/naive-hpack.js";
import { ByteSink } from "../frame/byte-sink.js";
import { HpackEncoder } from "./encoder.js";
import { roomFor } from "./string-bytes.js";

const head = [":method", "POST", ":path", "/a.B/C", "content-type", "application/grpc", "te", "trailers"];

describe("the HPACK encoder", () => {
  it("writes what repeats as one byte a field", () => {
    const { encode } = pair();
    expect(encode(head).kinds).toEqual(["indexed", "added", "added", "added"]);
    for (let i = 0; i < 5; i++) expect(encode(head).bytes).toEqual([0x83, 0xc0, 0xbf, 0xbe]);
  });

  it("writes one field anew where the others repeat", () => {
    const { encode, encoder } = pair();
    const other = [...head.slice(0, 3), "/a.B/D", ...head.slice(4)];
    for (let i = 0; i < 3; i++) for (const list of [head, other]) encode(list);
    expect(encode(head).bytes).toEqual([0x83, 0xc1, 0xc0, 0xbf]);
    const template = encoder.templates.find((kept) => kept !== undefined);
    expect(encode(other).bytes).toEqual([0x83, 0xbe, 0xc0, 0xbf]);
    expect(encoder.templates).toContain(template);
  });

  it("writes the rest anew where a field becomes an entry", () => {
    const { encode, encoder } = pair();
    for (let i = 0; i < 8; i++) encode(["x-id", String(i), ...head]);
    const { inserted } = encoder.table.ring;
    const kinds = [0, 1, 2, 3].map(() => encode(["x-id", "again", ...head]).kinds[0]);
    expect(kinds).toEqual(["plain", "added", "indexed", "indexed"]);
    expect(encoder.table.ring.inserted).toBe(inserted + 1);
  });

  it("takes the last list of a shape when it differs from the one before", () => {
    const { encode, encoder } = pair();
    const other = [":method", "GET", ":path", "/b.C/D", "content-type", "text/plain", "te", "gzip"];
    for (const list of [head, other, head]) {
      for (let i = 0; i < 3; i++) encode(list);
      expect(encoder.templates.find((template) => template !== undefined)?.fields).toEqual(list);
    }
  });

  it("writes indices of more than a byte", () => {
    const { encode, encoder } = pair(65536);
    encoder.setPeerTableBytes(65536);
    const names = Array.from({ length: 400 }, (_, i) => [`x-${i}`, "1"]);
    names.forEach(encode);
    for (let i = 0; i < 4; i++) {
      expect(encode(names.slice(0, 50).flat()).bytes.slice(0, 3)).toEqual(field.indexed(61 + 400));
      expect(encode(names.slice(290, 350).flat()).bytes.slice(0, 2)).toEqual(field.indexed(61 + 110));
    }
    expect(encode(names[335] as string[]).bytes).toEqual([0xfe]);
    expect(encode(names[334] as string[]).bytes).toEqual([0xff, 0x00]);
  });

  it("appends to what is there, in a buffer that grows", () => {
    const encoder = encoderWith();
    const out = new ByteSink(1);
    out.buffer[out.length++] = 0xaa;
    encoder.encode([":method", "GET", "x", "~".repeat(3000)], out);
    expect(Array.from(out.buffer.subarray(0, 2))).toEqual([0xaa, 0x82]);
    expect(out.length).toBeGreaterThan(3000);
  });

  it("Huffman-encodes what becomes shorter, long texts when they become shorter by a fifth", () => {
    const lengthOf = (value: string) => pair().encode(["x", value]).bytes.length - 4;
    expect(lengthOf("aaaa")).toBe(3);
    expect(lengthOf("~~~~")).toBe(4);
    expect(lengthOf("\xff\xff")).toBe(2);
    // 8 characters of 5 bits are 5 bytes, of 7 bits 7 bytes.
    expect(lengthOf("j".repeat(64))).toBe(56);
    expect(lengthOf("j".repeat(65))).toBe(65);
    expect(lengthOf("a".repeat(80))).toBe(50);
    expect(lengthOf("a".repeat(20_000))).toBe(12_500 + 2);
  });

  it("refuses a character that is no byte, and the next block is as good as any", () => {
    const { encode, encoder } = pair();
    encode(head);
    for (const wrong of [
      ["x", "\u010a"],
      ["x-\u0100", "1"],
      ["x", `${"y".repeat(100)}\u20ac`],
    ]) {
      const out = new ByteSink();
      out.length = 3;
      expect(() => encoder.encode([...head, "x-new", "1", ...wrong], out)).toThrow(
        new TypeError("a header field has a character above U+00FF"),
      );
      expect(out.length).toBe(3);
      // The table is emptied, and then used whole again.
      expect(encode(head).bytes.slice(0, 2)).toEqual([0x20, 0x83]);
      expect(encode(head).bytes.slice(0, 4)).toEqual([...field.tableSize(4096), 0x83]);
      expect(encode(head).bytes).toEqual([0x83, 0xc0, 0xbf, 0xbe]);
    }
  });
});

describe("the encoder's table", () => {
  it("has the size that both sides agree on, told at the next blocks: the smallest, then the last", () => {
    const { encode, encoder } = pair(1000);
    const sizes = () => encode([]).bytes;
    expect(sizes()).toEqual(field.tableSize(1000));
    expect(sizes()).toEqual([]);
    encoder.setPeerTableBytes(2 ** 32 - 1);
    expect(sizes()).toEqual([]);
    encoder.setPeerTableBytes(999);
    encoder.setPeerTableBytes(1001);
    expect(sizes()).toEqual(field.tableSize(999));
    expect(sizes()).toEqual(field.tableSize(1000));
    expect(sizes()).toEqual([]);
    for (const bytes of [500, 0, 2, 600]) encoder.setPeerTableBytes(bytes);
    expect(sizes()).toEqual(field.tableSize(0));
    encoder.setPeerTableBytes(550);
    expect(sizes()).toEqual(field.tableSize(550));
    encoder.setPeerTableBytes(300);
    encoder.setPeerTableBytes(200);
    expect(sizes()).toEqual(field.tableSize(200));
    expect(sizes()).toEqual([]);
  });

  it("uses no table where there is none, and a large one whole", () => {
    const none = pair(0);
    for (let i = 0; i < 3; i++) expect(none.encode(head).kinds).toEqual(["indexed", "plain", "plain", "plain"]);
    const { encode, encoder } = pair(65536);
    encoder.setPeerTableBytes(65536);
    const names = Array.from({ length: 1000 }, (_, i) => [`x-${i}`, "1"]).flat();
    encode(names);
    expect(new Set(encode(names).kinds)).toEqual(new Set(["indexed"]));
    expect(encoder.table.ring.length).toBe(1000);
  });

  it("is not filled with values that differ in each call", () => {
    const { encode, encoder } = pair();
    for (let i = 0; i < 500; i++) encode([...head, "x-request-id", `${i}-${i * i}`, "grpc-timeout", `${9999 - i}m`]);
    expect(encoder.table.ring.inserted).toBeLessThan(15);
    expect(encode([...head, "x-request-id", "new"]).bytes.slice(0, 1)).toEqual([0x83]);
    expect(encode(head).kinds).toEqual(["indexed", "indexed", "indexed", "indexed"]);
  });

  it("takes a value that comes again, also after many that did not", () => {
    const { encode } = pair();
    for (let i = 0; i < 200; i++) encode(["x", String(i)]);
    const kinds = [0, 1, 2].map(() => encode(["x", "again"]).kinds[0]);
    expect(kinds).toEqual(["plain", "added", "indexed"]);
  });

  it("takes twenty paths in turn", () => {
    const { encode } = pair();
    const paths = Array.from({ length: 20 }, (_, i) => [":path", `/acme.v1.Service/Method${i}`]);
    for (let round = 0; round < 2; round++) paths.forEach(encode);
    for (const path of paths) expect(encode(path).kinds).toEqual(["indexed"]);
  });

  it("does not go on taking values that come twice and never again", () => {
    const { encode, encoder } = pair();
    const blocks = 4000;
    for (let i = 0; i < blocks / 2; i++) for (const id of [i, i - 50]) encode([":path", `/users/${id}`]);
    // 4 at once, 32 by credit, and one in 64 blocks.
    expect(encoder.table.ring.inserted).toBeGreaterThan(4 + 32);
    expect(encoder.table.ring.inserted).toBeLessThanOrEqual(4 + 32 + blocks / 64);
  });

  it("goes on taking values that come often", () => {
    const { encode, encoder } = pair();
    for (let i = 0; i < 100; i++) for (let times = 0; times < 4; times++) encode([":path", `/users/${i}`]);
    expect(encoder.table.ring.inserted).toBe(100);
  });

  it("does not take a field that would fill more than half of it", () => {
    const value = "\x7f".repeat(2048 - 33);
    expect(pair().encode(["x", value]).kinds).toEqual(["added"]);
    expect(pair().encode(["x", `${value}\x7f`]).kinds).toEqual(["plain"]);
  });

  it("remembers a bounded number of names, none of them long, and of no long list how it was written", () => {
    const { encode, encoder } = pair();
    for (const length of [128, 129]) for (let i = 0; i < 3; i++) encode(["n".repeat(length), "1"]);
    expect(Array.from(encoder.table.names.keys(), (name) => name.length)).toEqual([128]);
    for (const length of [128, 130]) for (let i = 0; i < 3; i++) encode(new Array<string>(length).fill("x"));
    expect(Math.max(...encoder.templates.flatMap((template) => template?.fields.length ?? []))).toBe(128);
    for (let i = 0; i < 2000; i++) encode([`x-${i}`, "1"]);
    expect(encoder.table.names.size).toBeLessThan(400);
    expect(encoder.table.unused.size).toBeLessThanOrEqual(encoder.table.ring.length);
  });
});

describe("a field that is never indexed", () => {
  const neverIndexed = new Set(["authorization", "cookie", "x-key"]);
  const secrets = ["authorization", `Bearer ${"abcd".repeat(100)}`, "x-key", "hunter2", "cookie", ""];

  it("is told to be one, by its name's index or its name", () => {
    const { encode } = pair(4096, neverIndexed);
    for (let i = 0; i < 4; i++) {
      const { kinds, bytes } = encode([...head, ...secrets]);
      expect(kinds.slice(4)).toEqual(["never", "never", "never"]);
      expect(bytes.slice(-3)).toEqual([0x1f, 0x11, 0x00]);
    }
  });

  it("stays nowhere in the encoder", () => {
    const { encode, encoder } = pair(4096, neverIndexed);
    for (let i = 0; i < 4; i++) encode([...head, ...secrets]);
    const kept = JSON.stringify(encoder, (_, value: unknown) =>
      value instanceof Map || value instanceof Set ? [...value.entries()] : value,
    );
    expect(kept).toContain("trailers");
    const scratch = Buffer.from(roomFor(1)).toString("latin1");
    for (const secret of ["abcdabcd", "hunter2"]) expect(kept + scratch).not.toContain(secret);
    expect(encoder.table.ring.length).toBe(3);
  });

  it("leaves a template to the fields beside it", () => {
    const { encode } = pair(4096, neverIndexed);
    const list = (secret: string) => ["authorization", secret, ...head];
    for (let i = 0; i < 3; i++) encode(list("a"));
    expect(encode(list("~~")).bytes).toEqual([0x1f, 0x08, 2, 0x7e, 0x7e, 0x83, 0xc0, 0xbf, 0xbe]);
  });
});

function encoderWith(maxTableBytes = 4096, neverIndexed: ReadonlySet<string> = new Set()): HpackEncoder {
  return new HpackEncoder({ maxTableBytes, neverIndexed });
}

/** An encoder, of which each block is decoded as RFC 7541 says, and how its fields were written. */
function pair(maxTableBytes?: number, neverIndexed?: ReadonlySet<string>) {
  const encoder = encoderWith(maxTableBytes, neverIndexed);
  const decoder = new NaiveDecoder(65536);
  const encode = (fields: string[]) => {
    const out = new ByteSink();
    encoder.encode(fields, out);
    expect(decoder.decode(out.buffer.subarray(0, out.length))).toEqual(fields);
    return { kinds: decoder.kinds, bytes: Array.from(out.buffer.subarray(0, out.length)) };
  };
  return { encoder, encode };
}
