import { type CallOptions, ConnectError, type Interceptor } from "@connect-ts/runtime";
import { describe, expect, it } from "@jest/globals";
import { createPingServiceClient, type PingServiceHandler } from "../gen/src/ping/v1/ping_connect.js";
import { combinations, connected, rejection, using } from "./helpers.js";
import { kindsOfCalls } from "./kinds.js";
import { pingService } from "./ping-service.js";

/** Runs calls again, so often: what docs/interceptors.md shows. */
function retry(attempts: number): Interceptor {
  return async (call, next) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await next();
      } catch (error) {
        if (call.status !== "unavailable" || attempt >= attempts) throw error;
      }
    }
  };
}

/** A service that refuses the first calls of each RPC, before its first message or after it. */
function refusing(times: number, after: boolean): { methods: Partial<PingServiceHandler>; attempts: () => number } {
  const service = pingService();
  let attempts = 0;
  const refuse = (): void => {
    if (++attempts <= times) throw new ConnectError("unavailable", "not now");
  };
  return {
    attempts: () => attempts,
    methods: {
      ping(request, context) {
        refuse();
        return service.ping(request, context);
      },
      sum(requests, context) {
        refuse();
        return service.sum(requests, context);
      },
      async *countUp(request, context) {
        if (after) yield { number: 1n };
        refuse();
        yield* service.countUp(request, context);
      },
      async *cumSum(requests, context) {
        if (after) yield { sum: 1n };
        refuse();
        yield* service.cumSum(requests, context);
      },
    },
  };
}

const options: CallOptions = { timeoutMs: 20_000 };

describe.each(combinations)("a call that the server refused, $name", (combination) => {
  it.each(kindsOfCalls)("before its first message is run again: $kind", async ({ run }) => {
    const { methods, attempts } = refusing(2, false);
    await using(connected(combination, methods), async ({ transport }) => {
      const client = createPingServiceClient(transport(), { interceptors: [retry(3)] });
      expect(await run(client, options)).toBe(2n);
      expect(attempts()).toBe(3);
    });
  });

  it.each(kindsOfCalls)("each time fails with the server's error: $kind", async ({ run }) => {
    const { methods, attempts } = refusing(9, false);
    await using(connected(combination, methods), async ({ transport }) => {
      const client = createPingServiceClient(transport(), { interceptors: [retry(3)] });
      expect(await rejection(run(client, options))).toMatchObject({
        code: "unavailable",
        message: "[unavailable] not now",
        isRemote: true,
      });
      expect(attempts()).toBe(3);
    });
  });

  it.each([
    { times: 1, outcome: "ok", responseMessages: 1 },
    { times: 2, outcome: "aborted", responseMessages: 0 },
  ])("counts the responses of the last run: $outcome", async ({ times, outcome, responseMessages }) => {
    const service = pingService();
    const methods: Partial<PingServiceHandler> = {
      ping: (request, context) => (served++ < 1 || times === 1 ? service.ping(request, context) : refuse()),
      sum: (requests, context) => (served++ < 1 || times === 1 ? service.sum(requests, context) : refuse()),
    };
    let served = 0;
    let refused = 0;
    const refuse = (): never => {
      throw new ConnectError("aborted", "once only");
    };
    const counts: unknown[] = [];
    const refusesFirst: Interceptor = (call, next) => {
      call.onResponse((message) => {
        if (refused++ === 0) throw new ConnectError("unavailable", "not this one");
        return message;
      });
      return next();
    };
    const counting: Interceptor = async (call, next) => {
      await next().finally(() => counts.push(call.status, call.stats.responseMessages));
    };
    await using(connected(combination, methods), async ({ transport }) => {
      const client = createPingServiceClient(transport(), { interceptors: [counting, retry(2), refusesFirst] });
      for (const call of [() => client.ping({ number: 2n }, options), () => client.sum([{ number: 2n }], options)]) {
        served = refused = 0;
        await call().catch(() => undefined);
      }
    });
    expect(counts).toEqual([outcome, responseMessages, outcome, responseMessages]);
  });

  it.each(["countUp", "cumSum"] as const)(
    "after its first message is not, and fails with the server's error: %s",
    async (method) => {
      const { methods, attempts } = refusing(9, true);
      await using(connected(combination, methods), async ({ transport }) => {
        const client = createPingServiceClient(transport(), { interceptors: [retry(3)] });
        const seen: unknown[] = [];
        const reading = (async () => {
          const stream = method === "countUp" ? client.countUp({ number: 1n }, options) : client.cumSum([{}], options);
          for await (const message of stream) seen.push(message);
        })();
        expect(await rejection(reading)).toMatchObject({
          code: "unavailable",
          rawMessage: "not now",
          message: "[unavailable] not now (not run again: the caller has seen part of the response)",
        });
        expect([seen.length, attempts()]).toEqual([1, 1]);
      });
    },
  );

  it("whose caller waits for the headers first is run again too", async () => {
    const { methods, attempts } = refusing(2, false);
    await using(connected(combination, methods), async ({ transport }) => {
      const stream = createPingServiceClient(transport(), { interceptors: [retry(3)] }).countUp(
        { number: 1n },
        options,
      );
      expect((await stream.headers).has("content-type") || attempts() === 3).toBe(true);
      const numbers: bigint[] = [];
      for await (const { number } of stream) numbers.push(number);
      expect([numbers, attempts()]).toEqual([[1n], 3]);
    });
  });
});

describe("with interceptors, a caller", () => {
  const duplex = combinations.filter(({ pair }) => pair.fullDuplex);

  it.each(duplex)("gets the headers that come alone, $name", async (combination) => {
    const methods: Partial<PingServiceHandler> = {
      async *cumSum(requests, context) {
        context.responseHeaders.set("x-first", "headers");
        context.sendHeaders();
        for await (const { number } of requests) yield { sum: number };
      },
    };
    await using(connected(combination, methods), async ({ transport }) => {
      const passing: Interceptor = (_, next) => next();
      const chat = createPingServiceClient(transport(), { interceptors: [passing] }).cumSum(options);
      chat.sendHeaders();
      expect((await chat.headers).get("x-first")).toBe("headers");
      await chat.send({ number: 5n });
      chat.closeSend();
      const sums: bigint[] = [];
      for await (const { sum } of chat) sums.push(sum);
      expect(sums).toEqual([5n]);
    });
  });

  it.each(combinations)("gets the headers of a stream without messages, $name", async (combination) => {
    await using(connected(combination), async ({ transport }) => {
      const passing: Interceptor = (_, next) => next();
      const stream = createPingServiceClient(transport(), { interceptors: [passing] }).countUp({ number: 0n }, options);
      const { headers } = stream;
      for await (const _ of stream) throw new Error("there is no message");
      expect([...(await headers)].length).toBeGreaterThan(0);
    });
  });

  it("learns that more requests were sent than are kept", async () => {
    const [combination] = combinations.filter(({ name }) => name === "grpc over in-process");
    const methods: Partial<PingServiceHandler> = {
      async sum(requests) {
        for await (const _ of requests);
        throw new ConnectError("unavailable", "not now");
      },
    };
    await using(connected(combination as never, methods), async ({ transport }) => {
      const client = createPingServiceClient(transport(), { interceptors: [retry(3)], replayBytes: 10 });
      const requests = Array.from({ length: 10 }, () => ({ number: 1000n }));
      expect((await rejection(client.sum(requests, options))).message).toBe(
        "[unavailable] not now (not run again: more request messages were sent than replayBytes, 10 bytes)",
      );
    });
  });
});

describe.each(combinations)("a stream that an interceptor runs twice at once, $name", (combination) => {
  const twice: Interceptor = async (_call, next) => {
    await Promise.all([next(), next()]);
  };
  const late: Interceptor = async (_call, next) => {
    await Promise.resolve();
    await next();
  };

  it.each(
    kindsOfCalls
      .filter(({ kind }) => kind !== "unary")
      .flatMap((kind) => [
        { ...kind, interceptors: [twice] },
        { ...kind, interceptors: [twice, late] },
      ]),
  )("fails, and has the messages of one run at the most: $kind $interceptors.length", async ({ run, interceptors }) => {
    await using(connected(combination), async ({ transport }) => {
      const client = createPingServiceClient(transport(), { interceptors });
      const { code, rawMessage } = await rejection(run(client, options));
      const text = "next() cannot run the stream a second time at once: await the first next()";
      expect([code, rawMessage]).toEqual(["internal", text]);
    });
  });
});
