import { type CallOptions, createContextValues } from "@connect-ts/runtime";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type Connected, combinations, connected, rejection } from "../behaviour/helpers.js";
import { kindsOfCalls } from "../behaviour/kinds.js";

const bad: readonly [options: unknown, text: RegExp][] = [
  [{ headers: { "x y": "1" } }, /the call has a bad option: .*x y/],
  [
    { headers: { authorization: undefined } },
    /the value of header "authorization" must be of type string, not undefined/,
  ],
  [{ headers: 5 }, /headers of a call must be of type object, not 5/],
  [{ timeoutMs: Number.NaN }, /timeoutMs of a call must be a number of milliseconds, not NaN/],
  [{ timeoutMs: "100" }, /timeoutMs of a call must be a number of milliseconds, not "100"/],
  [{ signal: {} }, /signal of a call must be an AbortSignal, not object/],
  [{ signal: null }, /signal of a call must be an AbortSignal, not null/],
  [{ parent: {} }, /parent of a call must be the context of a handler's call/],
  [{ parent: { timeoutMs: () => "1", signal: new AbortController().signal } }, /timeoutMs must be/],
  [{ parent: { timeoutMs: () => undefined } }, /parent.signal must be an AbortSignal/],
  [{ compress: "yes" }, /compress of a call must be of type boolean, not "yes"/],
  [{ values: { user: 1 } }, /values of a call must be what createContextValues\(\) makes, not object/],
  [{ timeout: 5 }, /a call has no option "timeout": it has headers, signal, timeoutMs, values, parent, compress/],
  [{ timeoutMs: 1, timeoutMS: 5 }, /a call has no option "timeoutMS": it has .*timeoutMs/],
  [Object.assign(Object.create(null), { header: {} }), /a call has no option "header": it has headers/],
  [Object.freeze({ interceptors: [] }), /a call has no option "interceptors": give it to the client/],
  [{ baseUrl: "/" }, /a call has no option "baseUrl": give it to the transport/],
  [{ ["x".repeat(99)]: 1 }, /no option "x{40}"/],
  [new Proxy({}, { ownKeys: hostile }), /the call has a bad option: hostile/],
  [Object.defineProperty({}, "compress", { get: hostile }), /the call has a bad option: hostile/],
  [5, /the options of a call must be of type object, not 5/],
  ["text", /the options of a call must be of type object, not "text"/],
];

function hostile(): never {
  throw new Error("hostile");
}

/** Options of a class, without own members; those that there are may be undefined, and so may others. */
class Options {
  get timeoutMs(): number {
    return -1;
  }
}

describe.each(combinations)("a call with a bad option fails and does not throw, $name", (combination) => {
  let server: Connected;

  beforeAll(async () => {
    server = await connected(combination);
  });
  afterAll(() => server.close());

  it.each(kindsOfCalls)("$kind", async ({ run }) => {
    for (const [options, text] of bad) {
      const error = await rejection(run(server.client, options as never));
      expect(error.code).toBe("internal");
      expect(error.rawMessage).toMatch(text);
      expect(error.procedure).toMatch(/^\/ping/);
    }
    const { signal } = new AbortController();
    const parent = { signal, timeoutMs: () => undefined };
    const all: Required<CallOptions> = {
      headers: {},
      signal,
      timeoutMs: Number.POSITIVE_INFINITY,
      parent,
      compress: false,
      waitForReady: true,
      values: createContextValues(),
    };
    expect(await run(server.client, all)).toBe(2n);
    expect((await rejection(run(server.client, { timeoutMs: -1 }))).code).toBe("deadline_exceeded");
    const always = Number.NEGATIVE_INFINITY;
    expect((await rejection(run(server.client, { timeoutMs: always }))).code).toBe("deadline_exceeded");
    expect((await rejection(run(server.client, new Options()))).code).toBe("deadline_exceeded");
    expect(await run(server.client, { timeout: undefined, [Symbol("mine")]: 1 } as object)).toBe(2n);
  });

  it("also when undefined stands in place of the requests", async () => {
    const options = { timeoutMs: -1 };
    const sum = server.client.sum(undefined as never, options);
    expect((await rejection(sum.response)).code).toBe("deadline_exceeded");
    const cumSum = server.client.cumSum(undefined as never, options);
    expect((await rejection(drain(cumSum))).code).toBe("deadline_exceeded");
  });

  it("nor do they with requests that are none", async () => {
    const { client } = server;
    const fails = async (call: Promise<unknown> | AsyncIterable<unknown>): Promise<void> => {
      const reading = "then" in call ? call : drain(call);
      expect((await rejection(reading)).code).toMatch(/internal|canceled/);
    };
    await fails(client.ping(5 as never));
    await fails(client.ping({ number: "x" } as never));
    await fails(client.countUp(5 as never));
    await fails(client.sum(5 as never) as unknown as Promise<unknown>);
    await fails(client.sum([5] as never));
    await fails(client.sum([{ number: {} }] as never));
    await fails(client.cumSum([5] as never));
  });
});

async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}
