import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import { expect, it } from "@jest/globals";
import { type BalanceOptions, balance } from "./index.js";

const good: BalanceOptions = { addresses: ["a"], connect: () => createInProcessTransport([]) };

it.each<[Record<string, unknown>, string]>([
  [{ connect: undefined }, "connect must be a function that makes a transport"],
  [{ addresses: "a" }, "addresses must be a list or a function, and string is neither"],
  [{ addresses: [""] }, 'an address must be a URL or { url }, and "" is neither'],
  [{ addresses: [{ url: "a", weight: 0 }] }, "weight of a must be a number above 0 to 1000000, and 0 is not"],
  [{ addresses: [{ url: "a", priority: -1 }] }, "priority of a must be a whole number from 0, and -1 is not"],
  [
    { policy: "random" },
    'policy must be "round_robin", "pick_first", "least_request" or { hash }, and "random" is none of them',
  ],
  [{ healthService: 1 }, "healthService must be a string, and number is none"],
  [{ name: 1 }, "name must be a string, and number is none"],
  [{ refreshMs: 0 }, "refreshMs must be a number from 1 to 2147483647, and 0 is not"],
  [{ downMs: Number.NaN }, "downMs must be a number from 1 to 2147483647, and NaN is not"],
  [{ maxDownMs: 2 ** 31 }, "maxDownMs must be a number from 1 to 2147483647, and 2147483648 is not"],
  [{ replayBytes: -1 }, "replayBytes must be a number from 0 to 2147483647, and -1 is not"],
  [
    { outlierEjection: { failurePercent: 101 } },
    "failurePercent of outlierEjection must be a number from 0 to 100, and 101 is not",
  ],
])("refuses %j", (options, message) => {
  expect(() => balance({ ...good, ...options } as BalanceOptions)).toThrow(message);
});

it("names the peer before a server is picked", () => {
  const transport = balance(good);
  expect(transport.peer()).toEqual({ address: "in-process", protocol: "grpc", httpVersion: undefined });
  expect(balance({ ...good, name: "shop" }).peer().address).toBe("shop");
});
