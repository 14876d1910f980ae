import type { CallOptions } from "@connect-ts/runtime";
import type { PingServiceClient } from "../gen/src/ping/v1/ping_connect.js";

/** A call of each kind, read to its end. */
export interface KindOfCall {
  readonly kind: string;
  readonly streamsRequests: boolean;
  /** Gives the number that the last response has. */
  run(client: PingServiceClient, options?: CallOptions, requests?: Iterable<never>): Promise<bigint>;
}

const two = [{ number: 1n }, { number: 1n }];

export const kindsOfCalls: readonly KindOfCall[] = [
  {
    kind: "unary",
    streamsRequests: false,
    run: async (client, options) => (await client.ping({ number: 2n }, options)).number,
  },
  {
    kind: "server-streaming",
    streamsRequests: false,
    async run(client, options) {
      let last = 0n;
      for await (const { number } of client.countUp({ number: 2n }, options)) last = number;
      return last;
    },
  },
  {
    kind: "client-streaming",
    streamsRequests: true,
    run: async (client, options, requests = two as never) => (await client.sum(requests, options)).sum,
  },
  {
    kind: "bidirectional",
    streamsRequests: true,
    async run(client, options, requests = two as never) {
      let last = 0n;
      for await (const { sum } of client.cumSum(requests, options)) last = sum;
      return last;
    },
  },
];

/** What people and libraries throw. Looking at the last two throws in its turn. */
export const thrown: readonly { readonly what: string; readonly value: unknown }[] = [
  { what: "undefined", value: undefined },
  { what: "null", value: null },
  { what: "0", value: 0 },
  { what: '""', value: "" },
  { what: "a proxy", value: new Proxy({}, { get: trap, has: trap, getPrototypeOf: trap, ownKeys: trap }) },
  {
    what: "an object whose getters throw",
    value: Object.defineProperties({}, { name: { get: trap }, message: { get: trap } }),
  },
];

function trap(): never {
  throw new RangeError("looked at");
}
