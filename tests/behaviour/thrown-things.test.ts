import {
  type Codec,
  type Compression,
  ConnectError,
  type HandlerContext,
  type HandlerOptions,
  type Interceptor,
  json,
  snappy,
} from "@connect-ts/runtime";
import { describe, expect, it } from "@jest/globals";
import type { PingServiceClient, PingServiceHandler } from "../gen/src/ping/v1/ping_connect.js";
import { createPingServiceClient, createPingServiceHandler } from "../gen/src/ping/v1/ping_connect.js";
import { combinations, rejection } from "./helpers.js";
import { type ClientSetup, protocols } from "./pairs.js";

/** What people throw, by accident or worse. */
const things: { readonly [name: string]: unknown } = {
  undefined: undefined,
  null: null,
  "0": 0,
  '""': "",
  "a string": "secret",
  "a frozen object": Object.freeze({ message: "secret" }),
  "an object whose getters throw": {
    get name() {
      throw new RangeError("a getter");
    },
    get message() {
      throw new RangeError("a getter");
    },
    // biome-ignore lint/suspicious/noThenProperty: it is what must do no harm
    get then() {
      throw new RangeError("a getter");
    },
  },
  "a proxy whose traps throw": new Proxy(
    {},
    Object.fromEntries(
      ["get", "has", "getPrototypeOf", "ownKeys", "getOwnPropertyDescriptor"].map((trap) => [
        trap,
        () => {
          throw new RangeError(trap);
        },
      ]),
    ),
  ),
  "an error of another server": ConnectError.remote("not_found", "secret"),
  "an error": new RangeError("secret"),
};

type Kind = "unary" | "client streaming" | "server streaming" | "bidi streaming";

async function collected(messages: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of messages);
}

const kinds: { readonly [K in Kind]: (client: PingServiceClient) => PromiseLike<unknown> } = {
  unary: (client) => client.ping({ text: "x" }),
  "client streaming": (client) => client.sum([{ number: 1n }]),
  "server streaming": (client) => collected(client.countUp({ number: 2n })),
  "bidi streaming": (client) => collected(client.cumSum([{ number: 1n }])),
};
const streaming: readonly Kind[] = ["server streaming", "bidi streaming"];
const single: readonly Kind[] = ["unary", "client streaming"];
const all: readonly Kind[] = [...single, ...streaming];

interface Setting {
  readonly methods?: Partial<PingServiceHandler>;
  readonly options?: HandlerOptions & { readonly context?: (context: HandlerContext) => HandlerContext };
  readonly setup?: ClientSetup;
}

interface Place {
  readonly name: string;
  readonly kinds: readonly Kind[];
  make(fail: () => never): Setting;
}

const iterable = (next: () => unknown, close: () => unknown = () => ({ done: true })): AsyncIterable<never> =>
  ({ [Symbol.asyncIterator]: () => ({ next, return: close }) }) as unknown as AsyncIterable<never>;
const later = async <T>(act: () => T): Promise<T> => {
  await new Promise((resolve) => setTimeout(resolve, 0));
  return act();
};
const everywhere = (member: () => never): Partial<PingServiceHandler> => ({
  ping: member,
  sum: member,
  countUp: member,
  cumSum: member,
});
const intercepted = (interceptor: Interceptor): Setting => ({ options: { interceptors: [interceptor] } });

const places: readonly Place[] = [
  { name: "a handler", kinds: all, make: (fail) => ({ methods: everywhere(fail) }) },
  {
    name: "an async handler",
    kinds: single,
    make: (fail) => ({ methods: { ping: () => later(fail), sum: () => later(fail) } }),
  },
  {
    name: "a generator, at once",
    kinds: streaming,
    make: (fail) => {
      // biome-ignore lint/correctness/useYield: it fails before it can
      const generate = async function* (): AsyncGenerator<never> {
        await later(fail);
      };
      return { methods: { countUp: generate, cumSum: generate } };
    },
  },
  {
    name: "a generator, after a message",
    kinds: streaming,
    make: (fail) => {
      const generate = async function* (): AsyncGenerator<object> {
        yield {};
        await later(fail);
      };
      return { methods: { countUp: generate, cumSum: generate } };
    },
  },
  {
    name: "next() of an iterator",
    kinds: streaming,
    make: (fail) => ({ methods: { countUp: () => iterable(fail), cumSum: () => iterable(fail) } }),
  },
  {
    name: "next() of an iterator, in a promise",
    kinds: streaming,
    make: (fail) => {
      const give = () => iterable(() => later(fail));
      return { methods: { countUp: give, cumSum: give } };
    },
  },
  {
    name: "done of an iterator's result",
    kinds: streaming,
    make: (fail) => {
      const result = Object.defineProperty({}, "done", { get: fail });
      const give = () => iterable(() => result);
      return { methods: { countUp: give, cumSum: give } };
    },
  },
  {
    name: "[Symbol.asyncIterator]()",
    kinds: streaming,
    make: (fail) => {
      const give = (): never => ({ [Symbol.asyncIterator]: fail }) as never;
      return { methods: { countUp: give, cumSum: give } };
    },
  },
  { name: "a context factory", kinds: all, make: (fail) => ({ options: { context: fail } }) },
  {
    name: "an async context factory",
    kinds: all,
    make: (fail) => ({ options: { context: () => later(fail) as never } }),
  },
  { name: "an interceptor that is no async function", kinds: all, make: (fail) => intercepted(() => fail()) },
  { name: "an interceptor, before next()", kinds: all, make: (fail) => intercepted(() => later(fail)) },
  {
    name: "an interceptor, after next()",
    kinds: all,
    make: (fail) =>
      intercepted(async (_, next) => {
        await next();
        fail();
      }),
  },
  {
    name: "a hook for requests",
    kinds: all,
    make: (fail) =>
      intercepted((call, next) => {
        call.onRequest(fail);
        return next();
      }),
  },
  {
    name: "a hook for responses",
    kinds: all,
    make: (fail) =>
      intercepted((call, next) => {
        call.onResponse(() => later(fail));
        return next();
      }),
  },
  {
    name: "a hook for the response's headers",
    kinds: all,
    make: (fail) =>
      intercepted((call, next) => {
        call.onResponseHeaders(() => later(fail));
        return next();
      }),
  },
  {
    name: "a hook for headers that are sent early",
    kinds: streaming,
    make: (fail) => {
      const generate = async function* (_: unknown, context: HandlerContext): AsyncGenerator<object> {
        context.sendHeaders();
        yield later(() => ({}));
      };
      return {
        methods: { countUp: generate, cumSum: generate },
        ...intercepted((call, next) => {
          call.onResponseHeaders(fail);
          return next();
        }),
      };
    },
  },
  {
    name: "a codec that encodes",
    kinds: all,
    make: (fail) => {
      const codec: Codec = { ...json(), name: "own" };
      return { options: { codecs: [{ ...codec, encode: fail }] }, setup: { codec } };
    },
  },
  {
    name: "a compression that compresses",
    kinds: all,
    make: (fail) => squeezed({ ...snappy(), compress: fail }),
  },
  {
    name: "a compression that compresses, in a promise",
    kinds: all,
    make: (fail) => squeezed({ ...snappy(), compress: () => later(fail) }),
  },
  {
    name: "a compression that decompresses",
    kinds: all,
    make: (fail) => squeezed({ ...snappy(), decompress: fail }, true),
  },
  {
    name: "a compression that decompresses, in a promise",
    kinds: all,
    make: (fail) => squeezed({ ...snappy(), decompress: () => later(fail) }, true),
  },
];

function squeezed(compression: Compression, request = false): Setting {
  const given = { compressMinBytes: 0 };
  return {
    options: { compressions: [compression], ...given },
    setup: request ? { sendCompression: snappy(), ...given } : { acceptCompression: [snappy()] },
  };
}

const works: PingServiceHandler = {
  fail: () => ({}),
  ping: ({ text }) => ({ text }),
  async sum(requests) {
    await collected(requests);
    return { sum: 1n };
  },
  async *countUp() {
    yield { number: 1n };
  },
  async *cumSum(requests) {
    await collected(requests);
    yield { sum: 1n };
  },
};

const hosts = combinations.filter(({ pair }) => !pair.name.includes("TLS"));

describe.each(hosts)("whatever is thrown is a failure, $name", ({ pair, protocol }) => {
  const thrown = pair.name === "in-process" ? Object.keys(things) : ["undefined", "a proxy whose traps throw"];
  const wrappers: readonly (readonly Interceptor[])[] = [[], [(_, next) => next()]];

  it.each(places)("by $name: the client learns that something was, onError what", async ({ kinds: at, make }) => {
    for (const wrapper of wrappers) {
      let name = "";
      const heard: unknown[] = [];
      const { methods, options, setup } = make(() => {
        throw things[name];
      });
      const service = createPingServiceHandler({ ...works, ...methods }, {
        ...options,
        interceptors: [...wrapper, ...(options?.interceptors ?? [])],
      } as HandlerOptions);
      const onError = (error: unknown) => void heard.push(error);
      const running = await pair.start(service, { onError });
      try {
        const client = createPingServiceClient(running.transport({ protocol: protocols[protocol](), ...setup }));
        for (name of thrown) {
          for (const kind of at) {
            heard.length = 0;
            const error = await rejection(kinds[kind](client));
            const [said] = heard;
            // What the runtime itself was doing is told around it.
            const told = Object.is(said, things[name]) || (said as ConnectError | undefined)?.cause === things[name];
            expect([name, kind, error.code, heard.length, told]).toEqual([name, kind, "internal", 1, true]);
            expect(error.message).not.toContain("secret");
          }
        }
      } finally {
        await running.close();
      }
    }
  });
});
