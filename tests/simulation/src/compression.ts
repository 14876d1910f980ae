import { type Compression, ConnectError } from "@connect-ts/runtime";
import { Chance } from "./chance.js";
import type { Ticker } from "./clock.js";
import type { Plan } from "./plan.js";

/** A compression that costs little, whose work takes a time of its own, now and then. */
export function simulatedGzip(clock: Ticker, plan: Plan, whose: string): Compression {
  const chance = new Chance(`${plan.seed}${whose} gzip`);
  const broken = plan.setup.odd.compression;
  const later = <T>(value: T): T | Promise<T> => {
    if (broken && chance.happens(0.2)) throw new Error("as planned");
    if (broken && chance.happens(0.2)) return clock.sleep(1).then(() => Promise.reject(new Error("as planned")));
    return chance.happens(0.7) ? value : clock.sleep(chance.scale(0, 20)).then(() => value);
  };
  return {
    // Platforms with fetch inflate gzip themselves.
    name: plan.setup.http === "fetch" ? "simulated" : "gzip",
    compress: (bytes) => later(marked(bytes)),
    decompress(bytes, maxBytes) {
      if (bytes[0] !== mark) throw new ConnectError("invalid_argument", "the data is not compressed");
      if (bytes.byteLength - 1 <= maxBytes) return later(bytes.subarray(1));
      throw new ConnectError("resource_exhausted", `the message is larger than ${maxBytes} bytes after decompression`);
    },
  };
}

const mark = 0x5a;

function marked(bytes: Uint8Array): Uint8Array {
  const result = new Uint8Array(bytes.byteLength + 1);
  result[0] = mark;
  result.set(bytes, 1);
  return result;
}
