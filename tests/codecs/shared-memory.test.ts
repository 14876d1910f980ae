import { BytesValueSchema } from "@bufbuild/protobuf/wkt";
import type { MessageCodec } from "@connect-ts/runtime";
import { codecOf } from "@connect-ts/runtime/codegen/schema";
import { BytesValueCodec } from "@connect-ts/runtime/codegen/wkt-codec";
import { createNodeTransport } from "@connect-ts/runtime/node";
import { describe, expect, it } from "@jest/globals";

// From now on codecs of protobuf-es have our own reader.
createNodeTransport({ baseUrl: "http://localhost" });

interface Read {
  readonly value?: unknown;
  readonly $unknown?: readonly { readonly data: Uint8Array }[];
}

const codecs: readonly [string, bytes: MessageCodec][] = [
  ["generated", BytesValueCodec as MessageCodec],
  ["protobuf-es", codecOf(BytesValueSchema) as MessageCodec],
];

/** Decodes a BytesValue of that many bytes which stands in 30 KB of memory. */
function read(codec: MessageCodec, length: number): Read {
  const memory = Buffer.from(new ArrayBuffer(30_000));
  const field = [10, (length & 0x7f) | 0x80, length >> 7];
  memory.set([...field, ...new Array<number>(length).fill(7)], 100);
  return codec.fromBinary(memory, 100, 103 + length) as Read;
}

describe.each(codecs)("bytes that are read: %s", (_, bytes) => {
  it("are a copy where they are small beside the memory of their message", () => {
    const small = read(bytes, 128).value as Uint8Array;
    expect([small, small.buffer.byteLength]).toEqual([new Uint8Array(128).fill(7), 128]);
  });

  it("share it where they are most of it", () => {
    const large = read(bytes, 16_000).value as Uint8Array;
    expect([large.length, large.buffer.byteLength, large.constructor]).toEqual([16_000, 30_000, Uint8Array]);
  });

  it("are a copy in unknown fields too", () => {
    const memory = new Uint8Array(30_000);
    memory.set([0x52, 2, 1, 2]);
    const { $unknown } = bytes.fromBinary(memory, 0, 4) as Read;
    expect($unknown?.map(({ data }) => [data.length, data.buffer.byteLength])).toEqual([[3, 3]]);
  });
});
