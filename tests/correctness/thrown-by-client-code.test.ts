import { ConnectError, type Interceptor, json, type Transport } from "@connect-ts/runtime";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type Connected, combinations, connected, rejection } from "../behaviour/helpers.js";
import { kindsOfCalls, thrown } from "../behaviour/kinds.js";
import type { ClientSetup } from "../behaviour/pairs.js";
import { createPingServiceClient } from "../gen/src/ping/v1/ping_connect.js";

/** Where interceptors of a client can throw. */
const interceptors: { readonly [where: string]: (value: unknown) => Interceptor } = {
  "before next()": (value) => () => {
    throw value;
  },
  "before next(), as a rejection": (value) => () => Promise.reject(value),
  "after next()": (value) => async (_, next) => {
    await next();
    throw value;
  },
  "without waiting for next()": (value) => (_, next) => {
    void next();
    return Promise.reject(value);
  },
  "in onRequest": (value) => (call, next) => {
    call.onRequest(() => {
      throw value;
    });
    return next();
  },
  "in onRequest, as a rejection": (value) => (call, next) => {
    call.onRequest(() => Promise.reject(value));
    return next();
  },
  "in onResponse": (value) => (call, next) => {
    call.onResponse(() => {
      throw value;
    });
    return next();
  },
  "in onResponseHeaders": (value) => (call, next) => {
    call.onResponseHeaders(() => Promise.reject(value));
    return next();
  },
};

/** Where what a transport is made with can throw. JSON, so that the server reads what a codec does not refuse. */
const setups: { readonly [where: string]: (value: unknown) => ClientSetup } = {
  "a codec that encodes": (value) => ({
    codec: {
      ...json(),
      encode() {
        throw value;
      },
    },
  }),
  "a codec that decodes": (value) => ({
    codec: {
      ...json(),
      decode() {
        throw value;
      },
    },
  }),
  "a compression that compresses": (value) => ({
    compressMinBytes: 0,
    sendCompression: {
      name: "gzip",
      compress() {
        throw value;
      },
      decompress: (bytes) => bytes,
    },
  }),
  "a compression that compresses, as a rejection": (value) => ({
    compressMinBytes: 0,
    sendCompression: { name: "gzip", compress: () => Promise.reject(value), decompress: (bytes) => bytes },
  }),
};

const iterables: { readonly [where: string]: (value: unknown) => unknown } = {
  "a generator": (value) =>
    (function* () {
      yield { number: 1n };
      throw value;
    })(),
  "an async generator": (value) =>
    (async function* () {
      yield { number: 1n };
      throw value;
    })(),
  "next()": (value) => ({
    [Symbol.iterator]: () => ({
      next() {
        throw value;
      },
    }),
  }),
  "next(), as a rejection": (value) => ({
    [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(value) }),
  }),
  "[Symbol.asyncIterator]()": (value) => ({
    [Symbol.asyncIterator]() {
      throw value;
    },
  }),
};

// TLS changes nothing here.
const cleartext = combinations.filter(({ pair }) => pair.name !== "HTTP/2 with TLS");

describe.each(cleartext)("whatever is thrown by a client's user code is a failure, $name", (combination) => {
  let server: Connected;
  let transport: Transport;

  beforeAll(async () => {
    server = await connected(combination);
    transport = server.transport();
  });
  afterAll(() => server.close());

  it.each(Object.keys(interceptors))("by an interceptor: %s", async (where) => {
    for (const { value } of thrown) {
      const broken = interceptors[where]?.(value) as Interceptor;
      const client = createPingServiceClient(transport, { interceptors: [broken], timeoutMs: 20_000 });
      for (const { run } of kindsOfCalls) {
        const error = await rejection(run(client));
        expect(["unknown", "internal"]).toContain(error.code);
        expect(error.cause === value).toBe(true);
        expect(error.procedure).toMatch(/^\/ping\.v1\.PingService\//);
      }
    }
  });

  it.each(Object.keys(setups))("by %s", async (where) => {
    for (const { value } of thrown) {
      const setup = setups[where]?.(value) as ClientSetup;
      const client = createPingServiceClient(server.transport(setup), { timeoutMs: 20_000 });
      for (const { run } of kindsOfCalls) {
        const error = await rejection(run(client));
        expect(error.code).toBe("internal");
        expect(error.cause === value).toBe(true);
      }
    }
  });

  it.each(Object.keys(iterables))("by an iterable of requests: %s", async (where) => {
    for (const { value } of thrown) {
      for (const { run, streamsRequests } of kindsOfCalls) {
        if (!streamsRequests) continue;
        const requests = iterables[where]?.(value) as Iterable<never>;
        const error = await rejection(run(server.client, { timeoutMs: 20_000 }, requests));
        expect(error).toMatchObject({ code: "canceled", rawMessage: "the iterable of request messages threw" });
        expect(error.cause === value).toBe(true);
      }
    }
  });

  it("by what cancels a call", async () => {
    for (const { value } of thrown) {
      for (const { run } of kindsOfCalls) {
        const controller = new AbortController();
        const abort: Interceptor = (call, next) => {
          call.onResponseHeaders(() => controller.abort(value));
          return next();
        };
        const client = createPingServiceClient(transport, { interceptors: [abort], timeoutMs: 20_000 });
        // `abort(undefined)` is an AbortError.
        expect((await rejection(run(client, { signal: controller.signal }))).code).toBe("canceled");
      }
    }
  });

  it.each(["generator", "async generator"])("a %s of requests that cancels its own call ends", async (which) => {
    for (const { run, streamsRequests } of kindsOfCalls) {
      if (!streamsRequests) continue;
      const controller = new AbortController();
      let closed = false;
      const canceling = function* () {
        try {
          yield { number: 1n };
          controller.abort();
          for (;;) yield { number: 1n };
        } finally {
          closed = true;
        }
      };
      const requests =
        which === "generator"
          ? canceling()
          : (async function* () {
              yield* canceling();
            })();
      const error = await rejection(run(server.client, { signal: controller.signal }, requests as never));
      expect(error.code).toBe("canceled");
      // One turn: an async generator is closed when what it waits for has come.
      await new Promise((resolve) => setImmediate(resolve));
      expect(closed).toBe(true);
    }
  });

  it.each(["throws", "rejects", "never settles", "gives nonsense"])(
    "an iterator of requests whose return() %s does not matter to its call",
    async (how) => {
      for (const { value } of thrown) {
        const iterator = {
          next: () => ({ done: false, value: { number: 1n } }),
          return(): unknown {
            if (how === "throws") throw value;
            if (how === "rejects") return Promise.reject(value);
            return how === "never settles" ? new Promise(() => undefined) : value;
          },
        };
        for (const { run, streamsRequests } of kindsOfCalls) {
          if (!streamsRequests) continue;
          const controller = new AbortController();
          const requests = { [Symbol.iterator]: () => iterator } as unknown as Iterable<never>;
          const failed = rejection(run(server.client, { signal: controller.signal }, requests));
          setImmediate(() => controller.abort());
          expect((await failed).code).toBe("canceled");
        }
      }
    },
  );

  it("a call that a hook fails aborts its signal", async () => {
    for (const { run } of kindsOfCalls) {
      let heard: ConnectError | undefined;
      const listening: Interceptor = async (call, next) => {
        call.signal.addEventListener("abort", () => {
          heard = call.signal.reason as ConnectError;
        });
        call.onResponseHeaders(() => {
          throw new ConnectError("aborted", "enough");
        });
        await next();
      };
      const client = createPingServiceClient(transport, { interceptors: [listening] });
      expect((await rejection(run(client))).code).toBe("aborted");
      expect(heard?.code).toBe("aborted");
    }
  });
});
