import { AsyncLocalStorage } from "node:async_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type CallOptions, ConnectError, connect, grpc, type Interceptor } from "@connect-ts/runtime";
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import { describe, expect, it } from "@jest/globals";
import {
  createPingServiceClient,
  createPingServiceHandler,
  type PingServiceClient,
} from "../gen/src/ping/v1/ping_connect.js";
import { testCertificates } from "../setup/certificates.js";
import { sleep, until } from "./helpers.js";
import { pingService } from "./ping-service.js";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

interface Store {
  readonly tenant: string;
}

const storage = new AsyncLocalStorage<Store>();
const tenantHeader = "x-tenant";

/** Where code of users ran, and in whose context. */
class Places {
  readonly seen: Set<string> = new Set();
  readonly stores: WeakRef<Store>[] = [];

  look(place: string, tenant: string): void {
    this.seen.add(`${place} of ${tenant} in ${storage.getStore()?.tenant ?? "none"}`);
  }

  /**
   * Where code ran in another context than its call's. Listeners of signals and `onError` are told by the connection, outside of
   * what a server's interceptor has set up: they may run in nobody's.
   */
  get wrong(): string[] {
    return [...this.seen]
      .filter((line) => !/ of (\S+) in \1$/.test(line) && !/^(?:handler .*: signal|onError) .* in none$/.test(line))
      .sort();
  }
}

/** Looks wherever an interceptor is called. */
function looking(side: string, places: Places, tenantOf: (call: Parameters<Interceptor>[0]) => string): Interceptor {
  return async (call, next) => {
    const tenant = tenantOf(call);
    const look = (place: string): void => places.look(`${side} ${call.spec.kind}: ${place}`, tenant);
    look("interceptor");
    call.onRequest(() => look("request hook"));
    call.onResponse(() => look("response hook"));
    call.onResponseHeaders(() => look("headers hook"));
    call.signal.addEventListener("abort", () => look("signal"));
    void call.done.then(() => look("done"));
    try {
      await next();
    } finally {
      look("after the call");
    }
  };
}

/** What the server's first interceptor sees: nobody's context. */
async function start(http: "1.1" | "2" | "auto", places: Places) {
  const certificates = http === "auto" ? testCertificates() : undefined;
  const tenantOf = (headers: { get(name: string): string | null }): string => headers.get(tenantHeader) ?? "nobody";
  const server = await serve({
    handlers: [
      createPingServiceHandler({
        async ping(request, context) {
          places.look("handler ping", tenantOf(context.requestHeaders));
          if (request.delayMs > 0) {
            context.signal.addEventListener("abort", () =>
              places.look("handler ping: signal", tenantOf(context.requestHeaders)),
            );
          }
          await pingService().ping(request, context);
          places.look("handler ping: end", tenantOf(context.requestHeaders));
          return { number: request.number };
        },
        fail(_request, context) {
          places.look("handler fail", tenantOf(context.requestHeaders));
          throw new Error(tenantOf(context.requestHeaders));
        },
        async sum(requests, context) {
          const tenant = tenantOf(context.requestHeaders);
          let sum = 0n;
          for await (const { number } of requests) {
            places.look("handler sum", tenant);
            sum += number;
          }
          places.look("handler sum: end", tenant);
          return { sum };
        },
        async *countUp(request, context) {
          const tenant = tenantOf(context.requestHeaders);
          try {
            for await (const message of pingService().countUp(request, context) as AsyncIterable<{ number: bigint }>) {
              places.look("handler countUp", tenant);
              yield message;
            }
          } finally {
            places.look("handler countUp: finally", tenant);
          }
        },
        async *cumSum(requests, context) {
          const tenant = tenantOf(context.requestHeaders);
          try {
            for await (const message of pingService().cumSum(requests, context) as AsyncIterable<{ sum: bigint }>) {
              places.look("handler cumSum", tenant);
              yield message;
            }
          } finally {
            places.look("handler cumSum: finally", tenant);
          }
        },
      }),
    ],
    host: "127.0.0.1",
    tls: certificates?.server,
    allowHalfDuplexBidiOverHttp1: true,
    onError: (error) => places.look("onError", (error as Error).message),
    interceptors: [
      async (call, next) => {
        places.look(`handler ${call.spec.kind}: first interceptor`, "none");
        const { requestHeaders } = call;
        const store = { tenant: tenantOf(requestHeaders) };
        places.stores.push(new WeakRef(store));
        await storage.run(store, next);
        places.look(`handler ${call.spec.kind}: first interceptor, end`, "none");
      },
      looking("handler", places, ({ requestHeaders }) => tenantOf(requestHeaders)),
    ],
  });
  const transport = createNodeTransport({
    baseUrl: server.url,
    protocol: http === "2" ? grpc() : connect(),
    http,
    ...(certificates === undefined ? undefined : { tls: { ca: certificates.ca, servername: "localhost" } }),
    maxConnections: 1,
    allowHalfDuplexBidiOverHttp1: true,
  });
  return {
    transport,
    client: createPingServiceClient(transport, {
      interceptors: [looking("client", places, ({ requestHeaders }) => tenantOf(requestHeaders))],
    }),
    async close(): Promise<void> {
      transport.close?.();
      await server.close();
    },
  };
}

/** Calls of a tenant, of all kinds, whose code looks where it is. */
async function callAll(client: PingServiceClient, tenant: string, places: Places): Promise<void> {
  const options: CallOptions = { headers: { [tenantHeader]: tenant } };
  const look = (place: string): void => places.look(`caller: ${place}`, tenant);
  async function* numbers(count: number) {
    for (let i = 0; i < count; i++) {
      look("requests");
      yield { number: 1n };
      if (i % 10 === 0) await sleep(1);
    }
    look("requests, end");
  }
  const padding = new Uint8Array(50_000);
  await Promise.all([
    client.ping({ number: 1n }, options).then(() => look("ping")),
    client.sum(numbers(30), options).then(() => look("sum")),
    (async () => {
      for await (const _ of client.countUp({ number: 40n, padding }, options)) look("countUp");
    })(),
    (async () => {
      for await (const _ of client.cumSum(numbers(30), options)) look("cumSum");
    })(),
    (async () => {
      for await (const _ of client.countUp({ number: 1_000_000n, padding }, options)) {
        look("countUp, left");
        break;
      }
    })(),
    client.fail({}, options).then(undefined, (error: unknown) => {
      if (!(error instanceof ConnectError)) throw error;
      look("fail");
    }),
    client.ping({ delayMs: 10_000 }, { ...options, timeoutMs: 50 }).then(undefined, () => look("too late")),
    client
      .ping({ delayMs: 10_000 }, { ...options, signal: AbortSignal.timeout(50) })
      .then(undefined, () => look("canceled")),
  ]);
}

describe.each(["2", "1.1"] as const)("async contexts of tenants over HTTP/%s", (http) => {
  it("are their own, wherever code of theirs runs, on both sides of a connection", async () => {
    const places = new Places();
    const { client, close } = await start(http, places);
    try {
      await Promise.all(
        ["a", "b", "c"].map((tenant) =>
          storage.run({ tenant }, async () => {
            for (let i = 0; i < 3; i++) await callAll(client, tenant, places);
          }),
        ),
      );
      await until(() => places.seen.has("handler countUp: finally of c in c"));
    } finally {
      await close();
    }
    expect(places.wrong).toEqual([]);
    expect(places.seen.size).toBeGreaterThan(100);
  });

  it("are collected when their calls are over, while client and server go on", async () => {
    const places = new Places();
    const { client, transport, close } = await start(http, places);
    try {
      const { stores } = places;
      for (let round = 0; round < 3; round++) {
        await Promise.all(
          ["a", "b"].map((tenant) => {
            const store = { tenant };
            stores.push(new WeakRef(store));
            return storage.run(store, () => callAll(client, tenant, places));
          }),
        );
      }
      // Node lets an idle socket of HTTP/1.1 remember its last call.
      if (http === "1.1") transport.close?.();
      // So that there is something to collect: calls that are cut early may not have reached their handler.
      expect(stores.length).toBeGreaterThan(40);
      await collected(stores);
    } finally {
      await close();
    }
  });
});

it.each(["2", "1.1", "auto"] as const)("the call that opened a connection is forgotten by it (%s)", async (http) => {
  const { client, close } = await start(http, new Places());
  const stores: WeakRef<Store>[] = [];
  const ping = (tenant: string): Promise<unknown> => {
    const store = { tenant };
    stores.push(new WeakRef(store));
    return storage.run(store, async () => client.ping({ number: 1n }));
  };
  try {
    await Promise.all([ping("a"), ping("b")]);
    await Promise.all([client.ping({ number: 1n }), client.ping({ number: 1n })]);
    await collected(stores);
  } finally {
    await close();
  }
});

async function collected(stores: readonly WeakRef<Store>[]): Promise<void> {
  await until(() => {
    gc();
    return stores.every((store) => store.deref() === undefined);
  });
}
