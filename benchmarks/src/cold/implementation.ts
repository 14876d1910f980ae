// One service for the programs of bench:cold: one RPC is called, the others are there.
import type { BenchServiceHandler } from "../gen/bench/v1/bench_connect.js";

export const implementation: BenchServiceHandler = {
  tiny: ({ text }) => ({ text }),
  nested: () => ({}),
  blob: () => ({}),
  async *subscribe() {},
  publish: () => ({}),
  async *chat() {},
};
