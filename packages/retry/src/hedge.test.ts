import type { ConnectError } from "@connect-ts/runtime";
import { describe, expect, it } from "@jest/globals";
import { attemptsOf } from "./attempts.js";
import type { HedgingPolicy, ThrottlePolicy } from "./policy.js";
import { type Answer, patiently, Scripted } from "./testing/scripted.js";

function hedged(answers: readonly Answer[], hedging: HedgingPolicy, throttle?: ThrottlePolicy): Scripted {
  return new Scripted(answers, { perMethod: () => ({ hedging }), throttle });
}

const pushback = (value: string): Answer => ({ code: "unavailable", metadata: { "grpc-retry-pushback-ms": value } });

describe("hedging", () => {
  it("sends all at once without a delay, and the first good answer counts", async () => {
    const server = hedged(["hang", "hang", "ok"], { maxAttempts: 3 });
    expect(await server.call("get")).toEqual({ got: "a" });
    expect(server.attempts.map(({ previous }) => previous)).toEqual([null, "1", "2"]);
  });

  it("sends the next attempt after the delay", async () => {
    const server = await patiently(2, async (factor) => {
      const made = hedged(["hang", "ok", "ok"], { maxAttempts: 3, hedgingDelayMs: 20 * factor });
      const begin = performance.now();
      expect(await made.call("get")).toEqual({ got: "a" });
      expect(performance.now() - begin).toBeGreaterThanOrEqual(18 * factor);
      return made;
    });
    expect(server.attempts).toHaveLength(2);
  });

  it("sends the next attempt at once after a failure that is not fatal", async () => {
    const server = hedged(["unavailable", "ok"], {
      maxAttempts: 3,
      hedgingDelayMs: 10_000,
      nonFatalCodes: ["unavailable"],
    });
    expect(await server.call("get")).toEqual({ got: "a" });
    expect(server.attempts).toHaveLength(2);
  });

  it("ends with a failure that is fatal, though attempts run", async () => {
    let error: ConnectError | undefined;
    const server = await patiently(2, async (factor) => {
      const made = hedged(["hang", "internal", "ok"], { maxAttempts: 3, hedgingDelayMs: 5 * factor });
      error = (await made.call("get")).error;
      await new Promise((resolve) => setTimeout(resolve, 20 * factor));
      return made;
    });
    expect([error?.code, attemptsOf(error)]).toEqual(["internal", 2]);
    expect(server.attempts).toHaveLength(2);
  });

  it("ends with the last failure when all fail", async () => {
    const server = hedged(["unavailable", "aborted", "ok"], {
      maxAttempts: 2,
      nonFatalCodes: ["unavailable", "aborted"],
    });
    const { error } = await server.call("get");
    expect(["unavailable", "aborted"]).toContain(error?.code);
    expect([attemptsOf(error), server.attempts.length]).toEqual([2, 2]);
  });

  it("makes no more attempts when the server says never, and those that run may answer", async () => {
    const options = { maxAttempts: 5, hedgingDelayMs: 30, nonFatalCodes: ["unavailable"] } as const;
    const server = hedged([pushback("-1"), "ok"], options);
    expect((await server.call("get")).error?.code).toBe("unavailable");
    expect(server.attempts).toHaveLength(1);
    const waiting = hedged([pushback("1"), "ok"], options);
    expect(await waiting.call("get")).toEqual({ got: "a" });
  });

  it("makes no more attempts when the server is throttled", async () => {
    const server = hedged(
      Array<Answer>(5).fill("unavailable"),
      { maxAttempts: 5, hedgingDelayMs: 1_000, nonFatalCodes: ["unavailable"] },
      { maxTokens: 4 },
    );
    expect((await server.call("get")).error?.code).toBe("unavailable");
    expect(server.attempts).toHaveLength(2);
  });

  it("ends with the call", async () => {
    const server = await patiently(2, async (factor) => {
      const made = hedged(["hang", "hang"], { maxAttempts: 2 });
      expect((await made.call("get", { timeoutMs: 30 * factor })).error?.code).toBe("deadline_exceeded");
      return made;
    });
    expect(server.attempts).toHaveLength(2);
  });

  it.each(["put", "post", "list", "fill"])("leaves %s alone: it is not unary or has side effects", async (method) => {
    const server = hedged(["ok", "ok"], { maxAttempts: 3 });
    expect((await server.call(method)).error).toBeUndefined();
    expect(server.attempts).toHaveLength(1);
  });
});
