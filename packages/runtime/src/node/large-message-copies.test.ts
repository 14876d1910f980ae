import { create } from "@bufbuild/protobuf";
import { type BytesValue, BytesValueSchema } from "@bufbuild/protobuf/wkt";
import { describe, expect, jest, test } from "@jest/globals";
import { encodeFrame } from "../call/outgoing-message.js";
import { StreamReceiver } from "../call/stream-receiver.js";
import { binary } from "../message/binary-codec.js";
import { esCodec } from "../message/es-codec.js";
import { useFastBinary } from "../message/fast-binary.js";
import { Pair, RecordedStream } from "../testing/http2-pair.js";

useFastBinary();

const type = esCodec(BytesValueSchema);
const codec = binary();
const size = 1 << 20;
const socketBytes = 65_536;
const largePart = 1024;

/** How many bytes `act` copies from arrays to others, those of small ones left out. */
function copiedBy(act: () => void): number {
  const arrays = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array;
  let copied = 0;
  const { set, slice } = arrays;
  const count = (length: number): void => {
    if (length >= largePart) copied += length;
  };
  const spies = [
    jest.spyOn(arrays, "set").mockImplementation(function (this: Uint8Array, from, at) {
      count(from.length);
      set.call(this, from, at);
    }),
    jest.spyOn(arrays, "slice").mockImplementation(function (this: Uint8Array, start, end) {
      const part = slice.call(this, start, end) as Uint8Array<ArrayBuffer>;
      count(part.length);
      return part;
    }),
  ];
  try {
    act();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return copied;
}

describe("a message with 1 MiB of bytes over HTTP/2", () => {
  test("is copied once on its way out, and once out of the chunks of the socket", async () => {
    const pair = new Pair();
    const host = { pause() {}, resume() {}, endEnvelope() {}, streamEnded: () => undefined, streamFailed() {} };
    const limits = { maxBytes: 4 << 20, decodedMaxBytes: Number.POSITIVE_INFINITY };
    const receiver = new StreamReceiver<BytesValue>(host, { type, codec, invalid: "internal", ...limits });
    pair.serverHost.onRequest = () => {
      const stream = new RecordedStream();
      stream.onData = (bytes) => receiver.push(bytes);
      return stream;
    };
    const call = pair.request();
    pair.run();

    const value = new Uint8Array(size).fill(7);
    const message = create(BytesValueSchema, { value });
    let frame: Uint8Array = value;
    const encoding = copiedBy(() => {
      const options = {
        codec,
        enveloped: true,
        compression: undefined,
        maxBytes: 4 << 20,
        shouldCompress: () => false,
      };
      const encoded = encodeFrame(message, undefined, type, options);
      if ("bytes" in encoded) frame = encoded.bytes;
    });
    expect(encoding).toBe(size);

    // What the kernel does: the bytes come in chunks of its own.
    const moved: Uint8Array[] = [];
    const sending = copiedBy(() => {
      call.sendData(frame);
    });
    let arriving = 0;
    for (let chunks = pair.client.takeOutput(); chunks.length > 0; chunks = pair.client.takeOutput()) {
      const written = Buffer.concat(chunks);
      pair.client.written();
      for (let at = 0; at < written.length; at += socketBytes) {
        const chunk = Uint8Array.from(written.subarray(at, at + socketBytes));
        moved.push(chunk);
        arriving += copiedBy(() => pair.server.receive(chunk));
      }
      pair.move(pair.server, pair.client);
    }
    expect([moved.length > size / socketBytes, sending]).toEqual([true, 0]);
    expect(arriving / size).toBeCloseTo(1, 2);

    let read: Promise<IteratorResult<BytesValue, undefined>> | undefined;
    const decoding = copiedBy(() => {
      read = receiver.receive();
    });
    expect(decoding).toBe(0);
    expect(Buffer.compare((await read)?.value?.value ?? new Uint8Array(0), value)).toBe(0);
  });
});
