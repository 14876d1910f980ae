// A file of its own: the platform is looked at when the module is loaded.
import { expect, it } from "@jest/globals";

it("writes what is small also where process.nextTick is a stub that throws, as in the edge runtime of Next.js", async () => {
  process.nextTick = () => {
    throw new Error("A Node.js API is used (process.nextTick), which is not supported in the Edge Runtime.");
  };
  const { EnvelopeWriter } = await import("./envelope-writer.js");
  const written: number[] = [];
  const writer = new EnvelopeWriter((bytes) => {
    written.push(bytes.length);
    return true;
  });
  writer.append(0, new Uint8Array(5));
  writer.append(0, new Uint8Array(7));
  await new Promise<void>((resolve) => setTimeout(resolve, 1));
  expect(written).toEqual([12]);
});
