import { expect, it, jest } from "@jest/globals";
import { envelope, FrameReader } from "./frames.js";

it("finds messages and the end, wherever the network cuts", () => {
  const end = Buffer.from('{"metadata":{"a":["1"]}}');
  const body = Buffer.concat([
    envelope(new Uint8Array([1, 2, 3])),
    envelope(new Uint8Array(0)),
    Buffer.from([2, 0, 0, 0, end.length]),
    end,
  ]);
  for (let cut = 0; cut <= body.length; cut++) {
    const reader = new FrameReader();
    expect([...reader.read(body.subarray(0, cut)), ...reader.read(body.subarray(cut))]).toEqual([
      new Uint8Array([1, 2, 3]),
      new Uint8Array(0),
      { metadata: { a: ["1"] } },
    ]);
  }
});

it("does not read what it has again for each piece of a large message", () => {
  const message = new Uint8Array(8 * 1024 * 1024).fill(7);
  const body = envelope(message);
  const reader = new FrameReader();
  const found: unknown[] = [];
  const copies = jest.spyOn(Uint8Array.prototype, "set");
  for (let at = 0; at < body.length; at += 1024) found.push(...reader.read(body.subarray(at, at + 1024)));
  expect(found).toHaveLength(1);
  expect((found[0] as Uint8Array).length).toBe(message.length);
  const copied = copies.mock.calls.reduce((sum, [{ length }]) => sum + length, 0);
  copies.mockRestore();
  expect(copied).toBeLessThan(2 * body.length);
});
