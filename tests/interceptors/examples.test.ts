import { ConnectError, type HandlerContext, type Interceptor } from "@connect-ts/runtime";
import { describe, expect, it } from "@jest/globals";
import {
  authorize,
  cache,
  currentSpan,
  defaultDeadline,
  identity,
  type LogEntry,
  limitConcurrency,
  log,
  mapErrors,
  requireToken,
  retry,
  sendToken,
  trace,
  validate,
} from "../../examples/interceptors/src/index.js";
import { combinations, connected, rejection, until, using } from "../behaviour/helpers.js";
import { createPingServiceClient, type PingServiceClient } from "../gen/src/ping/v1/ping_connect.js";
import type { PingRequest } from "../gen/src/ping/v1/ping_pb.js";

type Numbers = AsyncIterable<{ readonly number: bigint }>;

/** Makes a call of each kind; gives what came back. */
const kinds: { readonly [kind: string]: (client: PingServiceClient) => Promise<unknown> } = {
  unary: async (client) => (await client.ping({ number: 1n })).number,
  "client streaming": async (client) => (await client.sum([{ number: 1n }, { number: 2n }])).sum,
  "server streaming": async (client) => {
    const got: bigint[] = [];
    for await (const { number } of client.countUp({ number: 3n })) got.push(number);
    return got;
  },
  "bidirectional streaming": async (client) => {
    const got: bigint[] = [];
    for await (const { sum } of client.cumSum([{ number: 1n }, { number: 2n }])) got.push(sum);
    return got;
  },
};
const kindNames = Object.keys(kinds);
const call = (kind: string, client: PingServiceClient) => (kinds[kind] as (typeof kinds)[string])(client);

describe.each(combinations)("interceptors, $name", (combination) => {
  const open = (
    methods: Parameters<typeof connected>[1],
    handlerInterceptors: Interceptor[],
    clientInterceptors: Interceptor[],
    test: (client: PingServiceClient, bare: PingServiceClient) => Promise<void>,
  ): Promise<void> =>
    using(
      connected(combination, methods, { interceptors: handlerInterceptors, onError: () => undefined }),
      ({ transport }) => {
        const shared = transport();
        return test(
          createPingServiceClient(shared, { interceptors: clientInterceptors }),
          createPingServiceClient(shared),
        );
      },
    );

  it("auth: a token goes with each call, and handlers read a typed identity", async () => {
    const callers: unknown[] = [];
    const methods = {
      ping(_: PingRequest, context: HandlerContext) {
        callers.push(context.values.get(identity)?.name);
        return {};
      },
    };
    const verify = (token: string) => (token === "s3cret" ? { name: "ada", roles: [] } : undefined);
    await open(methods, [requireToken(verify)], [sendToken(() => "s3cret")], async (client, bare) => {
      await client.ping({});
      expect(callers).toEqual(["ada"]);
      for (const kind of kindNames) {
        if (kind !== "unary") await call(kind, client);
        expect(await rejection(call(kind, bare))).toMatchObject({ code: "unauthenticated" });
      }
      expect(callers).toEqual(["ada"]);
    });
  });

  it("auth: a refused call costs nothing: its messages are not read, decompressed or decoded", async () => {
    let decoded = 0;
    const counting: Interceptor = async (seen, next) => {
      seen.onRequest(() => {
        decoded++;
      });
      await next();
    };
    await open({}, [requireToken(() => undefined), counting], [], async (client) => {
      expect(await rejection(client.ping({ data: new Uint8Array(300_000) }))).toMatchObject({
        code: "unauthenticated",
      });
      const stream = client.sum();
      await stream.send({ number: 1n }).catch(() => undefined);
      expect(await rejection(stream.response)).toMatchObject({ code: "unauthenticated" });
      expect(decoded).toBe(0);
    });
  });

  it.each(kindNames)("log: %s calls are reported when they are over, on both sides", async (kind) => {
    const entries: LogEntry[] = [];
    const report = (entry: LogEntry) => entries.push(entry);
    await open({}, [log(report)], [log(report)], async (client) => {
      await call(kind, client);
      await until(() => entries.length === 2);
      const streams = {
        requests: /client|bidi/.test(kind) ? 2 : 1,
        responses: kind.startsWith("server") ? 3 : kind.startsWith("bidi") ? 2 : 1,
      };
      for (const side of ["client", "handler"]) {
        expect(entries.find((entry) => entry.side === side)).toMatchObject({ status: "ok", ...streams });
      }
      entries.length = 0;
      await rejection(client.fail({ code: 5 }));
      await until(() => entries.length === 2);
      expect(entries.map(({ status }) => status)).toEqual(["not_found", "not_found"]);
    });
  });

  it("log: a stream that its reader leaves is reported as canceled", async () => {
    const entries: LogEntry[] = [];
    const methods = {
      async *countUp(_: unknown, context: HandlerContext) {
        yield { number: 1n };
        await new Promise((_, reject) => context.signal.addEventListener("abort", () => reject(context.signal.reason)));
      },
    };
    const report = (entry: LogEntry) => entries.push(entry);
    await open(methods, [log(report)], [log(report)], async (client) => {
      for await (const _ of client.countUp({})) break;
      await until(() => entries.length === 2);
      expect(entries.map(({ status }) => status)).toEqual(["canceled", "canceled"]);
    });
  });

  it("tracing: the handler, its generators and hooks see the async context, also under back-pressure", async () => {
    const seen: (string | undefined)[] = [];
    const note = () => seen.push(currentSpan.getStore()?.name);
    const methods = {
      ping() {
        note();
        return {};
      },
      async sum(requests: Numbers) {
        note();
        for await (const _ of requests) note();
        note();
        return {};
      },
      async *countUp() {
        for (let i = 0n; i < 20n; i++) {
          note();
          yield { number: i, padding: new Uint8Array(64 * 1024) };
        }
        note();
      },
      async *cumSum(requests: Numbers) {
        for await (const { number } of requests) {
          note();
          yield { sum: number };
        }
      },
    };
    const hook: Interceptor = async (running, next) => {
      running.onRequest(note);
      running.onResponse(note);
      await next();
    };
    await open(methods, [trace, hook], [], async (client) => {
      for (const kind of kindNames) await call(kind, client);
      expect(new Set(seen)).toEqual(
        new Set(["Ping", "Sum", "CountUp", "CumSum"].map((name) => `/ping.v1.PingService/${name}`)),
      );
    });
  });

  it("tracing: a client's span is the handler's", async () => {
    const ids: (string | undefined)[] = [];
    const methods = {
      ping() {
        ids.push(currentSpan.getStore()?.traceId);
        return {};
      },
    };
    await open(methods, [trace], [trace], async (client) => {
      await currentSpan.run({ name: "test", traceId: "abc" }, async () => {
        await client.ping({});
      });
      expect(ids).toEqual(["abc"]);
    });
  });

  it("retry: idempotent calls run again until the server is there; others do not", async () => {
    let calls = 0;
    const flaky = () => {
      calls++;
      if (calls < 3) throw new ConnectError("unavailable", "starting");
      return {};
    };
    const attempts: number[] = [];
    const inner: Interceptor = async (running, next) => {
      attempts.push(attempts.length);
      expect(running.status).toBeUndefined();
      await next();
    };
    const methods = {
      ping: flaky,
      async sum() {
        return flaky();
      },
    };
    await open(methods, [], [retry(4, 1), inner], async (client) => {
      await client.ping({ text: "again" });
      expect([calls, attempts.length]).toEqual([3, 3]);
      calls = 0;
      expect(await rejection(client.sum([{ number: 1n }]))).toMatchObject({ code: "unavailable" });
      expect(calls).toBe(1);
    });
  });

  it("retry: a client stream is sent again from what was kept", async () => {
    let calls = 0;
    const methods = {
      async sum(requests: Numbers) {
        let sum = 0n;
        for await (const { number } of requests) sum += number;
        if (++calls < 3) throw new ConnectError("unavailable", "starting");
        return { sum };
      },
    };
    const always: Interceptor = async (running, next) => {
      for (;;) {
        try {
          return await next();
        } catch (error) {
          if (running.status !== "unavailable") throw error;
        }
      }
    };
    await open(methods, [], [always], async (client) => {
      expect((await client.sum([{ number: 4n }, { number: 5n }])).sum).toBe(9n);
      expect(calls).toBe(3);
    });
  });

  it("cache: an RPC without side effects is answered from memory", async () => {
    let calls = 0;
    const methods = {
      ping({ number }: PingRequest) {
        calls++;
        return { number };
      },
    };
    await open(methods, [], [cache(10_000)], async (client) => {
      for (const number of [1n, 1n, 2n, 1n]) expect((await client.ping({ number })).number).toBe(number);
      expect(calls).toBe(2);
    });
  });

  it("cache: it works on the handler's side too", async () => {
    let calls = 0;
    const methods = {
      ping({ number }: PingRequest) {
        calls++;
        return { number };
      },
    };
    await open(methods, [cache(10_000)], [], async (client) => {
      for (const number of [1n, 1n, 2n, 1n]) expect((await client.ping({ number })).number).toBe(number);
      expect(calls).toBe(2);
    });
  });

  it.each(["handler", "client"])(
    "validation: the %s's side refuses each request message that breaks a rule",
    async (side) => {
      const rule = validate((message) =>
        "number" in message && (message.number as bigint) < 0n ? "number must not be negative" : undefined,
      );
      const [handlerSide, clientSide] = side === "handler" ? [[rule], []] : [[], [rule]];
      await open({}, handlerSide, clientSide, async (client) => {
        for (const kind of kindNames) await call(kind, client);
        for (const failing of [
          () => client.ping({ number: -1n }),
          () => client.sum([{ number: 1n }, { number: -1n }]),
          () => client.countUp({ number: -1n })[Symbol.asyncIterator]().next(),
          () =>
            client
              .cumSum([{ number: -1n }])
              [Symbol.asyncIterator]()
              .next(),
        ]) {
          const error = await rejection(failing());
          expect(error.code).toBe("invalid_argument");
          expect(error.rawMessage).toContain("must not be negative");
        }
      });
    },
  );

  it("error mapping: a domain's errors get codes, others stay hidden", async () => {
    class NoSuchEliza extends Error {}
    const methods = {
      ping({ text }: PingRequest): object {
        throw text === "eliza" ? new NoSuchEliza("x") : new Error("the database password is hunter2");
      },
    };
    const map = mapErrors((error) =>
      error instanceof NoSuchEliza ? new ConnectError("not_found", "no eliza") : undefined,
    );
    await open(methods, [map], [], async (client) => {
      expect(await rejection(client.ping({ text: "eliza" }))).toMatchObject({
        code: "not_found",
        rawMessage: "no eliza",
      });
      expect(await rejection(client.ping({ text: "other" }))).toMatchObject({ code: "internal", rawMessage: "" });
    });
  });

  it("default deadline: calls without one get it, of all kinds", async () => {
    const stuck = () => new Promise<never>(() => undefined);
    const methods = {
      ping: stuck,
      sum: stuck,
      async *countUp() {
        yield await stuck();
      },
      async *cumSum() {
        yield await stuck();
      },
    };
    await open(methods, [], [defaultDeadline(60)], async (client) => {
      const start = performance.now();
      const results = await Promise.all(kindNames.map((kind) => rejection(call(kind, client))));
      expect(results.map(({ code }) => code)).toEqual(kindNames.map(() => "deadline_exceeded"));
      expect(performance.now() - start).toBeLessThan(20_000);
    });
  });

  it("concurrency limit: what is more is refused at once, and there is room again afterwards", async () => {
    let running = 0;
    let release!: () => void;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const ping = async (): Promise<object> => {
      running++;
      await released;
      return {};
    };
    await open({ ping }, [limitConcurrency(2)], [], async (client) => {
      const slow = [client.ping({}), client.ping({})];
      await until(() => running === 2, 5000);
      expect(await rejection(client.ping({}))).toMatchObject({ code: "resource_exhausted" });
      release();
      await Promise.all(slow);
      await client.ping({});
    });
  });

  it("authorisation: the schema's own option says who may call", async () => {
    const roles = { admin: ["admin"], guest: [] } as { readonly [token: string]: readonly string[] };
    const verify = (token: string) => ({ name: token, roles: roles[token] ?? [] });
    let token = "guest";
    await open({}, [requireToken(verify), authorize], [sendToken(() => token)], async (client) => {
      await client.ping({});
      expect(await rejection(client.fail({ code: 3 }))).toMatchObject({ code: "permission_denied" });
      token = "admin";
      expect(await rejection(client.fail({ code: 3 }))).toMatchObject({ code: "invalid_argument" });
    });
  });
});
