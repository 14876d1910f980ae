import { describe, expect, test } from "@jest/globals";
import { concat, data, headers, rst } from "../testing/http2-frames.js";
import { RecordedStream, requestFields, responseFields } from "../testing/http2-pair.js";
import { serverWire, type Wire } from "../testing/http2-wire.js";
import { KeptBytes } from "./pieces.js";
import type { ServerConnection } from "./server-connection.js";

/** A request that has begun, paused. */
function paused(react: ConstructorParameters<typeof RecordedStream>[0] = {}): [Wire<ServerConnection>, RecordedStream] {
  const wire = serverWire();
  wire.host.onRequest = () => {
    const stream = new RecordedStream(react);
    stream.pause();
    return stream;
  };
  wire.send(headers(1, requestFields));
  return [wire, wire.host.streams[0] as RecordedStream];
}

describe("a paused stream", () => {
  test("gets its head, and the rest when it goes on", () => {
    const [wire, stream] = paused();
    wire.send(data(1, [1, 2]), data(1, [3]), headers(1, ["sum", "6"], 5));
    expect(stream.events).toEqual(["head"]);
    stream.resume();
    expect(stream.events).toEqual(["head", "data", "end"]);
    expect(stream.body).toEqual([1, 2, 3]);
    expect(stream.trailers).toEqual(["sum", "6"]);
  });

  test("can pause again between pieces, and what comes meanwhile comes behind them", () => {
    const large = new Uint8Array(5000).fill(1);
    const sizes: number[] = [];
    const [wire, stream] = paused({
      onData(bytes) {
        sizes.push(bytes.length);
        stream.pause();
      },
    });
    wire.send(data(1, large), data(1, large));
    stream.resume();
    expect(sizes).toEqual([5000]);
    wire.send(data(1, [2], 1));
    stream.resume();
    stream.resume();
    expect(sizes).toEqual([5000, 5000, 1]);
    expect(stream.events.at(-1)).toBe("data");
    stream.resume();
    expect(stream.events.at(-1)).toBe("end");
  });

  test("can go on from within the delivery, and gets everything once", () => {
    const [wire, stream] = paused({
      onData() {
        stream.pause();
        stream.resume();
      },
    });
    for (let i = 0; i < 5; i++) wire.send(data(1, new Uint8Array(5000).fill(i)));
    wire.send(data(1, [], 1));
    stream.resume();
    expect(stream.bodyBytes).toBe(25_000);
    expect(stream.events).toEqual(["head", "data", "end"]);
  });

  test("can be reset from within the delivery", () => {
    const [wire, stream] = paused({
      onData() {
        stream.reset(8);
      },
    });
    wire.send(data(1, new Uint8Array(5000)), data(1, new Uint8Array(5000), 1));
    stream.resume();
    expect(stream.events).toEqual(["head", "data", "close"]);
    expect(wire.lines()).toEqual(["RST_STREAM 1 CANCEL"]);
    expect(wire.connection.credit.held).toBe(0);
  });

  test("hears of a reset at once", () => {
    const [wire, stream] = paused();
    wire.send(data(1, [1, 2]), rst(1, 8));
    expect(stream.events).toEqual(["head", "reset 8 by peer", "close"]);
  });

  test("of a server may answer without reading, and is over then", () => {
    const [wire, stream] = paused();
    wire.send(data(1, [1, 2], 1));
    stream.sendHead(responseFields, true);
    expect(stream.events).toEqual(["head", "close"]);
    expect(wire.connection.credit.held).toBe(0);
    expect(wire.connection.openStreams).toBe(0);
  });

  test("does not hold the chunks that small pieces came in, and many small pieces cost little", () => {
    const kept = new KeptBytes();
    const chunk = new Uint8Array(65_536).map((_, i) => i);
    for (let i = 0; i < 40_000; i++) kept.push(chunk, i, i + 1);
    kept.push(chunk, 0, 40_000);
    kept.push(chunk, 0, 10_000);
    const pieces: Uint8Array[] = [];
    for (let piece = kept.shift(); piece !== undefined; piece = kept.shift()) pieces.push(piece);
    expect(pieces.length).toBeLessThan(10);
    expect(pieces.filter((piece) => piece.buffer === chunk.buffer).map(({ length }) => length)).toEqual([40_000]);
    const expected = concat(chunk.subarray(0, 40_000), chunk.subarray(0, 40_000), chunk.subarray(0, 10_000));
    expect(Buffer.compare(concat(...pieces), expected)).toBe(0);
  });
});
