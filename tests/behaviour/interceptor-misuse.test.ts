import { ConnectError, type Interceptor } from "@connect-ts/runtime";
import { describe, expect, it } from "@jest/globals";
import { combinations, connected, rejection, using } from "./helpers.js";
import { kindsOfCalls } from "./kinds.js";

type Misuse = readonly [what: string, kinds: readonly string[], interceptor: Interceptor, told: string];

const single = ["unary", "client-streaming"];
const streaming = ["server-streaming", "bidirectional"];

const misuses: readonly Misuse[] = [
  ["ends without next()", [...single, ...streaming], async () => {}, "returned before next() settled"],
  [
    "calls next() again",
    [...single, ...streaming],
    async (_, next) => {
      await next();
      await next();
    },
    "only once on a server",
  ],
  ["answers a stream", streaming, async (call) => call.respond({}), "respond() works for RPCs with a single response"],
  [
    "answers with what is no message",
    single,
    async (call) => call.respond("text"),
    "expected a message of type ping.v1.",
  ],
];

describe.each(combinations)("an interceptor of a handler that breaks the rules, $name", (combination) => {
  it.each(misuses)("because it %s is told to onError, and not to the client", async (_, kinds, interceptor, told) => {
    const heard: unknown[] = [];
    const options = { interceptors: [interceptor], onError: (error: unknown) => heard.push(error) };
    await using(connected(combination, {}, options), async ({ client }) => {
      for (const { kind, run } of kindsOfCalls) {
        if (!kinds.includes(kind)) continue;
        const error = await rejection(run(client, { timeoutMs: 10_000 }));
        expect([kind, error.code, error.rawMessage]).toEqual([kind, "internal", ""]);
        expect(heard.splice(0).map((each) => (each as Error).message)).toEqual([expect.stringContaining(told)]);
      }
    });
  });
});

describe("an interceptor of a client that breaks the rules", () => {
  it("is told so, and a handler that lets the error escape does not tell its own client", async () => {
    const [combination] = combinations;
    if (combination === undefined) throw new Error("there are combinations");
    const { createPingServiceClient } = await import("../gen/src/ping/v1/ping_connect.js");
    await using(connected(combination), async ({ transport }) => {
      const behind = createPingServiceClient(transport(), { interceptors: [async () => {}] });
      const own = await rejection(behind.ping({}));
      expect(own.rawMessage).toBe(
        "an interceptor of /ping.v1.PingService/Ping returned before next() settled and without a call of respond(): await next()",
      );
      await using(connected(combination, { ping: () => behind.ping({}) }, { onError() {} }), async ({ client }) => {
        const error = await rejection(client.ping({}));
        expect(error).toBeInstanceOf(ConnectError);
        expect([error.code, error.rawMessage]).toEqual(["internal", ""]);
      });
    });
  });
});
