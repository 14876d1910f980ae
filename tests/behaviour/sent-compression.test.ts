// A file of its own: features.test.ts is as long as files may be.
import { snappy } from "@connect-ts/runtime";
import { describe, expect, it } from "@jest/globals";
import { combinations, connected, using } from "./helpers.js";

describe.each(combinations)("a client that accepts no compression, $name", (combination) => {
  it("reads responses in the one that it sends: servers answer with it unasked", async () => {
    const options = { compressions: [snappy()], compressMinBytes: 0 };
    const setup = { sendCompression: snappy(), acceptCompression: [], compressMinBytes: 0 };
    const text = "a".repeat(1000);
    await using(connected(combination, {}, options, setup), async ({ client }) => {
      expect(await client.ping({ text })).toMatchObject({ text });
      expect(await client.sum([{ number: 1n }, { number: 2n }])).toMatchObject({ sum: 3n });
      const sums: bigint[] = [];
      for await (const { sum } of client.cumSum([{ number: 1n }, { number: 2n }])) sums.push(sum);
      expect(sums).toEqual([1n, 3n]);
    });
  });
});
