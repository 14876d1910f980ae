import {
  type Call,
  type Compression,
  type ConnectError,
  type HandlerOptions,
  type Interceptor,
  snappy,
} from "@connect-ts/runtime";
import { describe, expect, it } from "@jest/globals";
import {
  createPingServiceClient,
  createPingServiceHandler,
  type PingServiceClient,
} from "../gen/src/ping/v1/ping_connect.js";
import { combinations, rejection, until } from "./helpers.js";
import { type ClientSetup, protocols } from "./pairs.js";
import { pingService } from "./ping-service.js";

/** More than an int64 holds. */
const tooMuch = 2n ** 70n;

interface Reason {
  readonly name: string;
  readonly code: string;
  /** What `onError` is told somewhere: who runs the server looks for it. */
  readonly names: RegExp;
  readonly value?: bigint;
  readonly options?: HandlerOptions;
  readonly setup?: ClientSetup;
}

const later = () => new Promise<never>((_, reject) => setTimeout(reject, 1, new RangeError("squeezed too hard")));
const squeezing = (compress: Compression["compress"]): Pick<Reason, "options" | "setup"> => ({
  options: { compressions: [{ ...snappy(), compress }], compressMinBytes: 0 },
  setup: { acceptCompression: [snappy()] },
});

const reasons: readonly Reason[] = [
  { name: "a number that its field cannot hold", code: "internal", names: /number|sum|field 1/, value: tooMuch },
  { name: "more than sendMaxBytes", code: "resource_exhausted", names: /sendMaxBytes/, options: { sendMaxBytes: 1 } },
  {
    name: "a compression that throws",
    code: "internal",
    names: /squeezed/,
    ...squeezing(() => {
      throw new RangeError("squeezed too hard");
    }),
  },
  { name: "a compression that rejects", code: "internal", names: /squeezed/, ...squeezing(later) },
];

const kinds: { readonly [kind: string]: (client: PingServiceClient) => PromiseLike<unknown> } = {
  unary: (client) => client.ping({}),
  "client streaming": (client) => client.sum([{ number: 1n }]),
  "server streaming": async (client) => {
    for await (const _ of client.countUp({ number: 1n }));
  },
  "bidi streaming": async (client) => {
    for await (const _ of client.cumSum([{ number: 1n }]));
  },
};
const single = ["unary", "client streaming"];

/** What an interceptor saw of a call, in the end and by the end. */
interface Saw {
  thrown: unknown;
  status: unknown[];
  responses: number[];
  call: Call;
}

function watch(saw: Saw[]): Interceptor {
  return async (call, next) => {
    const seen: Saw = { thrown: undefined, status: [], responses: [], call };
    saw.push(seen);
    const note = () => {
      seen.status.push(call.status, call.error?.code);
      seen.responses.push(call.stats.responseMessages, call.stats.responseBytes);
    };
    try {
      await next();
    } catch (error) {
      seen.thrown = error;
      throw error;
    } finally {
      note();
      void call.done.then(note);
    }
  };
}

const service = (value: bigint) => ({
  ...pingService(),
  ping: () => ({ number: value }),
  async sum(requests: AsyncIterable<unknown>) {
    for await (const _ of requests);
    return { sum: value };
  },
  async *countUp() {
    yield { number: value };
  },
  async *cumSum(requests: AsyncIterable<unknown>) {
    for await (const _ of requests);
    yield { sum: value };
  },
});

const hosts = combinations.filter(({ pair }) => !pair.name.includes("TLS"));

describe.each(hosts)("an answer that cannot be sent, $name", ({ pair, protocol }) => {
  const open = async (
    reason: Omit<Reason, "name">,
    interceptors: readonly Interceptor[],
    test: (client: PingServiceClient, heard: unknown[]) => Promise<void>,
  ): Promise<void> => {
    const heard: unknown[] = [];
    const options = { ...reason.options, interceptors, onError: (error: unknown) => void heard.push(error) };
    const running = await pair.start(createPingServiceHandler(service(reason.value ?? 7n)), options);
    try {
      const transport = running.transport({ protocol: protocols[protocol](), ...reason.setup });
      await test(createPingServiceClient(transport), heard);
    } finally {
      await running.close();
    }
  };

  it.each(reasons)("$name: interceptors and onError learn what the client is told", async (reason) => {
    for (const kind of Object.keys(kinds)) {
      const saw: Saw[] = [];
      await open(reason, [watch(saw), watch(saw)], async (client, heard) => {
        const error = await rejection((kinds[kind] as (typeof kinds)[string])(client));
        expect([kind, error.code]).toEqual([kind, reason.code]);
        await until(() => saw.every(({ status }) => status.length === 4));
        for (const { status, responses } of saw) {
          expect(status).toEqual([reason.code, reason.code, reason.code, reason.code]);
          expect(responses).toEqual([0, 0, 0, 0]);
        }
        expect(heard).toHaveLength(1);
        const [told] = heard as [ConnectError];
        expect(`${told.message} ${told.cause}`).toMatch(reason.names);
      });
    }
  });

  it.each(reasons)("$name: onError is told without interceptors, too", async (reason) => {
    for (const kind of Object.keys(kinds)) {
      await open(reason, [], async (client, heard) => {
        expect((await rejection((kinds[kind] as (typeof kinds)[string])(client))).code).toBe(reason.code);
        expect(heard).toHaveLength(1);
      });
    }
  });

  it("an interceptor may answer in its place, and what is outside of it sees that answer", async () => {
    const saw: Saw[] = [];
    const rescue: Interceptor = async (call, next) => {
      await next().catch(() => call.respond({ number: 5n, sum: 5n }));
    };
    await open({ code: "", names: /^/, value: tooMuch }, [watch(saw), rescue, watch(saw)], async (client, heard) => {
      expect((await client.ping({})).number).toBe(5n);
      expect((await client.sum([])).sum).toBe(5n);
      await until(() => saw.every(({ status }) => status.length === 4));
      const [outer, inner] = [saw.slice(0, 1), saw.slice(1, 2)].map(([seen]) => seen as Saw);
      expect(outer?.status).toEqual(["ok", undefined, "ok", undefined]);
      expect(outer?.responses).toEqual([1, 2, 1, 2]);
      expect(inner?.status.slice(0, 2)).toEqual(["internal", "internal"]);
      expect(heard).toEqual([]);
    });
  });

  it.each([false, true])("an interceptor's answer fails where it is given; compressed: %s", async (compressed) => {
    const saw: Saw[] = [];
    const spoil: Interceptor = async (call, next) => {
      await next();
      call.respond({ number: compressed ? 1n : tooMuch, sum: compressed ? 1n : tooMuch });
    };
    // The service's own answer is compressed well.
    let compressions = 0;
    const reason = squeezing((bytes) => (++compressions % 2 === 1 ? snappy().compress(bytes) : later()));
    await open(
      { code: "", names: /^/, ...(compressed ? reason : {}) },
      [watch(saw), spoil, watch(saw)],
      async (client, heard) => {
        for (const kind of single) {
          saw.length = 0;
          heard.length = 0;
          expect((await rejection((kinds[kind] as (typeof kinds)[string])(client))).code).toBe("internal");
          await until(() => saw.length === 2 && saw.every(({ status }) => status.length === 4));
          const [outer, inner] = saw as [Saw, Saw];
          expect(outer.status).toEqual(["internal", "internal", "internal", "internal"]);
          expect(outer.responses).toEqual([0, 0, 0, 0]);
          expect(inner.status.slice(0, 2)).toEqual(["ok", undefined]);
          expect(inner.responses[0]).toBe(1);
          expect(heard).toHaveLength(1);
        }
      },
    );
  });
});

describe.each(hosts)("what interceptors count, $name", ({ pair, protocol }) => {
  it.each(Object.keys(kinds))("is right when next() has settled: %s", async (kind) => {
    const saw: Saw[] = [];
    const running = await pair.start(createPingServiceHandler(service(7n)), { interceptors: [watch(saw)] });
    try {
      const client = createPingServiceClient(running.transport({ protocol: protocols[protocol]() }));
      await (kinds[kind] as (typeof kinds)[string])(client);
      await until(() => saw.every(({ status }) => status.length === 4));
      const [{ responses, call }] = saw as [Saw];
      expect(responses).toEqual([1, 2, 1, 2]);
      expect(call.stats.requestMessages).toBe(1);
    } finally {
      await running.close();
    }
  });
});
