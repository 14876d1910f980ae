import type { Interceptor } from "@connect-ts/runtime";
import { describe, expect, it } from "@jest/globals";
import { createPingServiceClient } from "../gen/src/ping/v1/ping_connect.js";
import { combinations, connected, rejection, using } from "./helpers.js";

/** What a function gives whose `await` was forgotten: it has no field of a message, and must not pass for an empty one. */
const forgotten = (): object => Promise.resolve({ number: 1n });
const answers: Interceptor = async (call) => call.respond(Promise.resolve({ number: 1n }));

describe.each(combinations)("a promise in the place of a message, $name", (combination) => {
  it("is no request", async () => {
    await using(connected(combination), async ({ client }) => {
      const stream = client.sum();
      const errors = [
        await rejection(client.ping(forgotten())),
        await rejection(client.countUp(forgotten())[Symbol.asyncIterator]().next()),
        await rejection(stream.send(forgotten())),
        await rejection(stream.response),
      ];
      for (const { code, cause } of errors) {
        expect(code).toBe("internal");
        expect((cause as Error).message).toMatch(/^expected a ping\.v1\.\w+, got a promise: await it$/);
      }
    });
  });

  it("is waited for in a list of requests, as `for await` does", async () => {
    await using(connected(combination), async ({ client }) => {
      const numbers = [1n, 2n, 3n].map(async (number) => ({ number }));
      expect(await client.sum(numbers as object[])).toMatchObject({ sum: 6n });
      const lost = [Promise.resolve({ number: 1n }), Promise.reject(new Error("no such number"))];
      const error = await rejection(client.sum(lost as object[]));
      expect([error.code, (error.cause as Error).message]).toEqual(["canceled", "no such number"]);
    });
  });

  it("is no answer of an interceptor", async () => {
    const told: unknown[] = [];
    const options = { interceptors: [answers], onError: (error: unknown) => told.push(error) };
    await using(connected(combination, {}, options), async ({ client, transport }) => {
      expect((await rejection(client.ping({}))).code).toBe("internal");
      expect(told).toHaveLength(1);
      expect(
        (await rejection(createPingServiceClient(transport(), { interceptors: [answers] }).ping({}))).code,
      ).not.toBe("ok");
      expect(told).toHaveLength(1);
    });
  });
});
