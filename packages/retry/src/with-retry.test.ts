import type { DescMethod } from "@bufbuild/protobuf";
import { ConnectError, HeaderMap } from "@connect-ts/runtime";
import { createClient, specOf } from "@connect-ts/runtime/dynamic";
import type { Transport, TransportCall } from "@connect-ts/runtime/transport";
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { attemptsOf, type RetryInfo } from "./attempts.js";
import { cases, down, fast, info, later, pushback } from "./testing/cases.js";
import { type Answer, patiently, Scripted, serviceOf } from "./testing/scripted.js";
import { type RetryOptions, withRetry } from "./with-retry.js";

/** A call as transports get it. */
const get: TransportCall = {
  spec: { ...specOf(serviceOf().method.get as DescMethod) },
  requestHeaders: new HeaderMap(),
  openStream: undefined,
  timeoutMs: () => undefined,
  onCancel() {},
  offCancel() {},
};

let random: ReturnType<typeof jest.spyOn>;
beforeEach(() => {
  random = jest.spyOn(Math, "random").mockReturnValue(0.5);
});
afterEach(() => {
  random.mockRestore();
});

it("the table has at least 60 cases", () => {
  expect(cases.length).toBeGreaterThanOrEqual(60);
});

describe("a call that fails", () => {
  it.each(cases)(
    "$method $answers.0, $answers.1: $name",
    async ({ method, answers, options = { policy: fast }, call, times, attempts, ends }) => {
      let result: Awaited<ReturnType<Scripted["call"]>> = { got: "" };
      const run = async (factor: number): Promise<Scripted> => {
        const { timeoutMs, attemptTimeoutMs } = times ?? {};
        const policy = { ...(options.policy || fast), attemptTimeoutMs: attemptTimeoutMs && attemptTimeoutMs * factor };
        const server = new Scripted(answers, attemptTimeoutMs === undefined ? options : { ...options, policy });
        result = await server.call(method, timeoutMs === undefined ? call : { timeoutMs: timeoutMs * factor });
        return server;
      };
      const server = times === undefined ? await run(1) : await patiently(attempts, run);
      const { got, error } = result;
      expect(server.attempts).toHaveLength(attempts);
      expect(error?.code ?? "ok").toBe(ends);
      // What came before a failure is read first.
      const whole = method === "fill" || method === "talk" ? "a,b" : "a";
      expect(got).toBe(error === undefined ? whole : answers.includes("late") ? "a" : "");
      // Each attempt says how many there were before, and has all requests.
      expect(server.attempts.map(({ previous }) => previous)).toEqual(
        Array.from({ length: attempts }, (_, index) => (index === 0 ? null : String(index))),
      );
      if (error !== undefined && !answers.includes("hang")) {
        expect(attemptsOf(error)).toBe(answers.includes("late") ? 1 : attempts);
        expect(error.rawMessage).toBe(answers.includes("late") ? "late" : "scripted");
        if (attempts > 1 && !answers.includes("late"))
          expect(error.message).toMatch(new RegExp(` \\(after ${attempts} attempts\\)$`));
      }
    },
  );
});

describe("pauses", () => {
  async function delays(answers: readonly Answer[], options: RetryOptions): Promise<number[]> {
    const told: RetryInfo[] = [];
    const server = new Scripted(answers, { ...options, onRetry: (info) => told.push(info) });
    await server.call("get");
    expect(told.map(({ attempt, procedure }) => [attempt, procedure])).toEqual(
      told.map((_, index) => [index + 1, "/t.S/Get"]),
    );
    return told.map(({ delayMs }) => Math.round(delayMs * 100) / 100);
  }
  const policy = { initialBackoffMs: 2, maxBackoffMs: 9, backoffMultiplier: 3, maxAttempts: 5 };

  it("grow up to the longest one", async () => {
    expect(await delays(down, { policy, throttle: false })).toEqual([2, 6, 9, 9]);
  });

  it("vary by 20 % at random", async () => {
    random.mockReturnValue(0);
    expect(await delays(["unavailable"], { policy })).toEqual([1.6]);
    random.mockReturnValue(0.999999);
    expect(await delays(["unavailable"], { policy })).toEqual([2.4]);
  });

  it("are what the server says, and begin anew after that", async () => {
    expect(
      await delays(["unavailable", pushback("5"), "unavailable", "unavailable"], { policy, throttle: false }),
    ).toEqual([2, 5, 2, 6]);
    expect(await delays([later("0")], { policy })).toEqual([0]);
  });

  it("are what google.rpc.RetryInfo says, unless the trailers say it too", async () => {
    expect(await delays([info(7), "unavailable"], { policy })).toEqual([7, 2]);
    const both = { ...info(7), metadata: { "grpc-retry-pushback-ms": "3" } };
    expect(await delays([both], { policy })).toEqual([3]);
    const broken = {
      code: "unavailable",
      metadata: {},
      details: [{ type: "google.rpc.RetryInfo", value: Uint8Array.of(10, 9) }],
    } as const;
    expect(await delays([broken], { policy })).toEqual([2]);
  });

  it("end with the call", async () => {
    let controller = new AbortController();
    const server = new Scripted(down, {
      policy: { initialBackoffMs: 60_000, maxBackoffMs: 60_000 },
      onRetry: () => setTimeout(() => controller.abort(), 0),
    });
    for (const method of ["get", "list"]) {
      controller = new AbortController();
      expect((await server.call(method, { signal: controller.signal })).error?.code).toBe("canceled");
    }
    expect(server.attempts).toHaveLength(2);
  });
});

describe("an outage", () => {
  it("is not made worse: 200 clients of 1,000 calls make at most 1.1 attempts a call", async () => {
    let attempts = 0;
    const refused = new ConnectError("unavailable", "connection refused");
    const { transport } = new Scripted([], {});
    const servers = Array.from({ length: 200 }, () =>
      withRetry(
        {
          peer: () => transport.peer(),
          stream: (stream) => transport.stream(stream),
          unary() {
            attempts++;
            return Promise.reject(refused);
          },
        },
        { policy: fast },
      ),
    );
    await Promise.all(
      servers.map(async (server) => {
        for (let made = 0; made < 1_000; made++) {
          await server.unary(get, { message: undefined, compress: undefined }).catch(() => {});
        }
      }),
    );
    expect(attempts).toBeGreaterThan(200_000);
    expect(attempts / 200_000).toBeLessThanOrEqual(1.1);
    // A second or two, and much more on a busy machine.
  }, 600_000);

  it("is over for the throttle when calls succeed again", async () => {
    const server = new Scripted(down.slice(0, 3), {
      policy: { ...fast, maxAttempts: 2 },
      throttle: { maxTokens: 4, tokenRatio: 1 },
    });
    await server.call("get");
    expect(server.attempts).toHaveLength(2);
    await server.call("get");
    expect(server.attempts).toHaveLength(3);
    for (let call = 0; call < 4; call++) await server.call("get");
    server.answers[7] = "unavailable";
    expect((await server.call("get")).error).toBeUndefined();
    expect(server.attempts).toHaveLength(9);
  });
});

it("attempts wait for a server that is not ready when their call does", async () => {
  const { transport } = new Scripted([], {});
  const waits: (boolean | undefined)[] = [];
  const seeing: Transport = {
    peer: () => transport.peer(),
    unary(call, message) {
      waits.push(call.waitForReady);
      return transport.unary(call, message);
    },
    stream(call) {
      waits.push(call.waitForReady);
      return transport.stream(call);
    },
  };
  const client = createClient(serviceOf(), withRetry(seeing));
  for (const waitForReady of [true, undefined]) {
    for (const name of ["get", "list"]) {
      const call = client[name]?.({}, { waitForReady });
      await (call !== undefined && "then" in call ? call : call?.headers);
    }
  }
  expect(waits).toEqual([true, true, false, false]);
});

describe("a service config", () => {
  const config = (timeout: string) => ({ methodConfig: [{ name: [{ service: "t.S" }], timeout, waitForReady: true }] });

  it.each(["get", "list", "fill", "talk", "post"])("limits all attempts of a call in time: %s", async (method) => {
    const attempts = method === "post" ? 1 : 2;
    let code: string | undefined;
    const server = await patiently(attempts, async (factor) => {
      const serviceConfig = config(`${0.05 * factor}s`);
      const made = new Scripted(["unavailable", "hang"], { policy: fast, serviceConfig });
      code = (await made.call(method)).error?.code;
      return made;
    });
    expect(server.attempts).toHaveLength(attempts);
    expect(code).toBe(method === "post" ? "unavailable" : "deadline_exceeded");
  });

  it("limits nothing that ends in time, and an earlier deadline comes before it", async () => {
    const server = new Scripted(["ok", "hang"], { policy: fast, serviceConfig: config("60s") });
    expect((await server.call("get")).error).toBeUndefined();
    const start = performance.now();
    expect((await server.call("get", { timeoutMs: 5 })).error?.code).toBe("deadline_exceeded");
    expect(performance.now() - start).toBeLessThan(30_000);
  });

  it("makes calls wait for a server", async () => {
    const { transport } = new Scripted([], {});
    const waits: (boolean | undefined)[] = [];
    const seeing: Transport = {
      peer: () => transport.peer(),
      unary(call, message) {
        waits.push(call.waitForReady);
        return transport.unary(call, message);
      },
      stream: (call) => transport.stream(call),
    };
    for (const serviceConfig of [config("60s"), undefined]) {
      await createClient(serviceOf(), withRetry(seeing, { serviceConfig })).get?.({});
    }
    expect(waits).toEqual([true, false]);
  });
});
