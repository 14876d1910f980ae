import { describe, expect, it } from "@jest/globals";
import { ByteSink } from "./byte-sink.js";

describe("a byte sink", () => {
  it("keeps its buffer while there is room, and what is written when there is none", () => {
    const sink = new ByteSink(4);
    const { buffer } = sink;
    for (const byte of [1, 2, 3]) sink.buffer[sink.length++] = byte;
    sink.reserve(1);
    expect(sink.buffer).toBe(buffer);
    sink.reserve(2);
    expect(sink.buffer.length).toBe(8);
    sink.reserve(100);
    expect(sink.buffer.length).toBe(103);
    expect(Array.from(sink.buffer.subarray(0, sink.length))).toEqual([1, 2, 3]);
  });
});
