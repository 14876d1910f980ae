import { type Call, ConnectError, type Interceptor } from "@connect-ts/runtime";
import { describe, expect, it } from "@jest/globals";
import { combinations, connected, rejection, using } from "../behaviour/helpers.js";
import { createPingServiceClient, type PingServiceClient } from "../gen/src/ping/v1/ping_connect.js";

const kinds: { readonly [kind: string]: (client: PingServiceClient) => PromiseLike<unknown> } = {
  unary: (client) => client.ping({}),
  "client streaming": (client) => client.sum([{ number: 1n }]),
  "server streaming": async (client) => {
    for await (const _ of client.countUp({ number: 2n }));
  },
  "bidi streaming": async (client) => {
    for await (const _ of client.cumSum([{ number: 1n }]));
  },
};

/** What an inner interceptor does, and how the call ends by it. */
const ends: { readonly [name: string]: { readonly inner: Interceptor; readonly status: string } } = {
  "throws before next()": {
    inner: async () => {
      throw new ConnectError("unauthenticated", "who are you?");
    },
    status: "unauthenticated",
  },
  "throws after next()": {
    inner: async (_, next) => {
      await next();
      throw new ConnectError("data_loss", "too late");
    },
    status: "data_loss",
  },
  "throws another error than next() did": {
    inner: async (_, next) => {
      await next();
      await Promise.reject(new ConnectError("aborted")).catch(() => {
        throw new ConnectError("not_found");
      });
    },
    status: "not_found",
  },
  "throws undefined": {
    inner: () => Promise.reject(undefined),
    status: "internal",
  },
  "lets the call go well": { inner: (_, next) => next(), status: "ok" },
};

const hosts = combinations.filter(({ pair }) => !pair.name.includes("TLS"));

describe.each(hosts)("interceptors on the outside, $name", (combination) => {
  it.each(["client", "handler"].flatMap((side) => Object.keys(ends).map((name) => ({ side, name }))))(
    "of a $side see what an inner one makes of the call that $name",
    async ({ side, name }) => {
      const { inner, status } = ends[name] as (typeof ends)[string];
      const seen: unknown[] = [];
      let last: Call | undefined;
      const outer: Interceptor = async (call, next) => {
        last = call;
        try {
          await next();
        } finally {
          seen.push(call.status, call.error?.code ?? "ok");
        }
      };
      const interceptors = [outer, inner];
      const options = { onError: () => undefined, ...(side === "handler" ? { interceptors } : {}) };
      await using(connected(combination, {}, options), async ({ transport }) => {
        const client = createPingServiceClient(transport(), side === "client" ? { interceptors } : {});
        for (const call of Object.values(kinds)) {
          seen.length = 0;
          // What is no error has the code `unknown` for the caller of a client that made it.
          const expected = status === "internal" && side === "client" ? "unknown" : status;
          const code = status === "ok" ? await call(client).then(() => "ok") : (await rejection(call(client))).code;
          await last?.done;
          expect([code, ...seen, last?.status]).toEqual([expected, expected, expected, expected]);
        }
      });
    },
  );
});
