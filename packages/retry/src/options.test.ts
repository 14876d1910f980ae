import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import { describe, expect, it } from "@jest/globals";
import { Scripted } from "./testing/scripted.js";
import { type RetryOptions, withRetry } from "./with-retry.js";

const inner = createInProcessTransport([]);
const policy = {
  maxAttempts: 2,
  initialBackoff: "0.1s",
  maxBackoff: "1s",
  backoffMultiplier: 2,
  retryableStatusCodes: [14],
};
const methodConfig = (retryPolicy: object): RetryOptions => ({
  serviceConfig: { methodConfig: [{ name: [{}], retryPolicy }] },
});

describe("withRetry refuses", () => {
  it.each<[string, RetryOptions, string]>([
    [
      "attempts below 1",
      { policy: { maxAttempts: 0 } },
      "maxAttempts of the policy must be an integer from 1, and 0 is not",
    ],
    ["half an attempt", { policy: { maxAttempts: 1.5 } }, "and 1.5 is not"],
    [
      "a pause of 0",
      { policy: { initialBackoffMs: 0 } },
      "initialBackoffMs of the policy must be a number from 1 to 2147483647, and 0 is not",
    ],
    ["a pause that is none", { policy: { maxBackoffMs: Number.NaN } }, "maxBackoffMs of the policy"],
    [
      "a multiplier of 0",
      { policy: { backoffMultiplier: 0 } },
      "backoffMultiplier of the policy must be a number above 0 to",
    ],
    [
      "a code that is none",
      { policy: { retryableCodes: ["UNAVAILABLE" as "unavailable"] } },
      'retryableCodes of the policy must be codes such as "unavailable", and "UNAVAILABLE" is none',
    ],
    ["an attempt without time", { policy: { attemptTimeoutMs: 0 } }, "attemptTimeoutMs of the policy"],
    [
      "too many tokens",
      { throttle: { maxTokens: 1001 } },
      "maxTokens of the throttle must be a number above 0 to 1000, and 1001 is not",
    ],
    ["a success that gives nothing", { throttle: { tokenRatio: 0 } }, "tokenRatio of the throttle"],
    ["bytes that are none", { replayBytes: -1 }, "replayBytes must be a number from 0, and -1 is not"],
    ["a config that is no JSON", { serviceConfig: "{" }, "the service config is wrong: it must be JSON"],
    ["a config that is a list", { serviceConfig: [] }, "the service config is wrong: it must be an object"],
    ["a config of methods that are no list", { serviceConfig: { methodConfig: {} } }, "methodConfig must be a list"],
    [
      "a method without its service",
      { serviceConfig: { methodConfig: [{ name: [{ method: "Get" }] }] } },
      "methodConfig[0].name must have a service",
    ],
    [
      "a timeout that is none",
      { serviceConfig: { methodConfig: [{ name: [{}], timeout: 5 }] } },
      'methodConfig[0].timeout must be a duration above 0 such as "0.1s", and 5 is not',
    ],
    [
      "to wait maybe",
      { serviceConfig: { methodConfig: [{ name: [{}], waitForReady: "yes" }] } },
      'methodConfig[0].waitForReady must be true or false, and "yes" is neither',
    ],
    [
      "a method twice",
      { serviceConfig: { methodConfig: [{ name: [{ service: "S" }, { service: "S" }] }] } },
      "names /S/ a second time",
    ],
    [
      "one attempt in a config",
      methodConfig({ ...policy, maxAttempts: 1 }),
      "methodConfig[0].retryPolicy.maxAttempts must be an integer above 1, and 1 is not",
    ],
    [
      "a duration without its unit",
      methodConfig({ ...policy, initialBackoff: "0.1" }),
      'initialBackoff must be a duration above 0 such as "0.1s", and "0.1" is not',
    ],
    ["a duration of 0", methodConfig({ ...policy, maxBackoff: "0s" }), "maxBackoff must be a duration above 0"],
    ["a policy without codes", methodConfig({ ...policy, retryableStatusCodes: [] }), "must have one code at least"],
    [
      "a policy with a code that is none",
      methodConfig({ ...policy, retryableStatusCodes: ["BUSY"] }),
      'has "BUSY", which is no status code',
    ],
    [
      "a policy without a multiplier",
      methodConfig({ ...policy, backoffMultiplier: undefined }),
      "backoffMultiplier must be a number above 0",
    ],
    [
      "two policies for a method",
      { serviceConfig: { methodConfig: [{ name: [{}], retryPolicy: policy, hedgingPolicy: { maxAttempts: 2 } }] } },
      "methodConfig[0] has a retryPolicy and a hedgingPolicy, and one of them is allowed",
    ],
    [
      "a throttle without a ratio",
      { serviceConfig: { retryThrottling: { maxTokens: 10 } } },
      "retryThrottling.tokenRatio must be a number above 0",
    ],
  ])("%s", (_, options, text) => {
    expect(() => withRetry(inner, options)).toThrow(text);
  });
});

it("a hedgingPolicy of a config counts, and a code CANCELLED is known", async () => {
  const server = new Scripted(["canceled", "ok"], {
    serviceConfig: {
      methodConfig: [
        {
          name: [{ service: "t.S" }],
          hedgingPolicy: { maxAttempts: 2, hedgingDelay: "10s", nonFatalStatusCodes: ["CANCELLED"] },
        },
      ],
    },
  });
  expect(await server.call("get")).toEqual({ got: "a" });
  expect(server.attempts).toHaveLength(2);
});

it("a conversation gets the head before it sends anything, and is then not run again", async () => {
  const { client } = new Scripted(["late"], {});
  const talk = client.talk as unknown as () => {
    headers: Promise<unknown>;
    send(item: object): Promise<void>;
    closeSend(): void;
  } & AsyncIterable<{ name: string }>;
  const call = talk();
  await call.send({ name: "a" });
  await call.headers;
  call.closeSend();
  const seen: string[] = [];
  await expect(
    (async () => {
      for await (const { name } of call) seen.push(name);
    })(),
  ).rejects.toMatchObject({ rawMessage: "late" });
  expect(seen).toEqual(["a"]);
});

it("a transport is closed with what is around it", () => {
  let closed = 0;
  const transport = withRetry({ ...inner, peer: () => inner.peer(), close: () => closed++ } as typeof inner);
  transport.close?.();
  expect(closed).toBe(1);
});
