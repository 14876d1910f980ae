import { withRetry } from "@connect-ts/retry";
import { ConnectError, grpc, type HandlerContext } from "@connect-ts/runtime";
import { createFetchTransport } from "@connect-ts/runtime/fetch";
import { type Server, serve } from "@connect-ts/runtime/node";
import { afterEach, describe, expect, it } from "@jest/globals";
import { type AddressList, type BalancedTransport, type BalanceOptions, balance } from "./index.js";
import { nodeConnector } from "./node/index.js";
import { call } from "./testing/client.js";
import { handlerOf } from "./testing/service.js";

const servers: Server[] = [];
const transports: BalancedTransport[] = [];
afterEach(async () => {
  for (const transport of transports.splice(0)) transport.close();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

/** Whom a call came to, by its request. */
let ran = new Map<string, string[]>();

async function start(name: string, delayMs = 0): Promise<Server> {
  const seen = async (request: string, { signal }: HandlerContext): Promise<void> => {
    ran.set(request, [...(ran.get(request) ?? []), name]);
    if (delayMs === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, delayMs);
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  };
  const server = await serve({ handlers: handlerOf(name, seen), host: "127.0.0.1" });
  servers.push(server);
  return server;
}

function over(addresses: BalanceOptions["addresses"], options: Partial<BalanceOptions> = {}): BalancedTransport {
  ran = new Map();
  const transport = balance({ addresses, connect: nodeConnector({ protocol: grpc() }), ...options });
  transports.push(transport);
  return transport;
}

/** Makes calls, some at a time, and counts what came. */
async function many(count: number, one: (index: number) => Promise<string>, atOnce = 16): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  let made = 0;
  const caller = async (): Promise<void> => {
    while (made < count) {
      const result = await one(made++);
      counts.set(result, (counts.get(result) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, caller));
  return counts;
}

it("3,000 calls to three servers come to 1,000 each", async () => {
  const urls = await Promise.all(["a", "b", "c"].map(async (name) => (await start(name)).url));
  const transport = over(urls);
  const counts = await many(3_000, () => call(transport, "get"));
  expect([...counts.keys()].sort()).toEqual(["a", "b", "c"]);
  for (const count of counts.values()) {
    expect(count).toBeGreaterThanOrEqual(950);
    expect(count).toBeLessThanOrEqual(1_050);
  }
});

describe.each(["HTTP/2", "HTTP/1.1", "fetch"])(
  "while calls run over %s, one server dies, one drains, one comes",
  (http) => {
    it("no call without side effects is lost, and no other one runs twice", async () => {
      const three = await Promise.all(["a", "b", "c"].map((name) => start(name, 2)));
      const fourth = await start("d", 2);
      const list: string[] = three.map(({ url }) => url);
      let tell: (list: AddressList) => void = () => {};
      const next = (): Promise<AddressList> =>
        new Promise((resolve) => {
          tell = resolve;
        });
      const connect: BalanceOptions["connect"] =
        http === "fetch"
          ? ({ url }) => createFetchTransport({ baseUrl: url })
          : nodeConnector(http === "HTTP/2" ? { protocol: grpc() } : { http: "1.1" });
      const transport = over(
        async function* () {
          yield list;
          for (;;) yield await next();
        },
        { connect, downMs: 50 },
      );
      const total = http === "HTTP/2" ? 900 : 300;
      const events = new Map<number, () => void>([
        [total / 5, () => void three[0]?.close()],
        [(2 * total) / 5, () => void three[1]?.drain({ graceMs: 2_000 })],
        [(3 * total) / 5, () => tell([...list.slice(2), fourth.url])],
      ]);
      const results = new Map<string, string>();
      await many(total, async (index) => {
        events.get(index)?.();
        const method = index % 3 === 0 ? "post" : "get";
        const result = await call(transport, method, `${method}${index}`);
        results.set(`${method}${index}`, result);
        return result;
      });
      const lost = [...results].filter(([name, result]) => name.startsWith("get") && result.length > 1);
      expect(lost).toEqual([]);
      // Only those that ran on the server that died when it died.
      const failed = [...results].filter(([name, result]) => name.startsWith("post") && result.length > 1);
      expect(failed.length).toBeLessThanOrEqual(http === "HTTP/2" ? 16 : 32);
      for (const [name] of failed) expect(ran.get(name)?.length ?? 0).toBeLessThanOrEqual(1);
      const twice = [...ran].filter(([name, by]) => name.startsWith("post") && by.length > 1);
      expect(twice).toEqual([]);
      expect(new Set([...ran.values()].flat().slice(-total / 10))).toEqual(new Set(["c", "d"]));
    });
  },
);

it("streams of all kinds go to a server that is there, with all their messages", async () => {
  const [gone, b] = [await start("a"), await start("b")];
  await gone.close();
  for (const [method, expected] of [
    ["get", "b"],
    ["post", "b"],
    ["list", "b,x"],
    ["fill", "b:x1,x2"],
    ["talk", "b:x1,b:x2"],
  ] as const) {
    const transport = over([gone.url, b.url], { policy: "pick_first" });
    expect(await call(transport, method, "x")).toBe(expected);
    expect(transport.servers().map(({ state, calls }) => [state, calls])).toEqual([
      ["down", 0],
      ["ready", 0],
    ]);
  }
});

it.each([
  ["get", "b", ["a", "b"]],
  ["post", "unavailable", ["a"]],
])(
  "a call whose server dies goes on where it may run twice, and fails where it may not: %s",
  async (method, ends, by) => {
    const [a, b] = [await start("a", 10_000), await start("b")];
    const transport = over([a.url, b.url], { policy: "pick_first" });
    const made = call(transport, method, "x");
    while (!ran.has("x")) await new Promise((resolve) => setTimeout(resolve, 5));
    await a.close();
    expect([await made, ran.get("x")]).toEqual([ends, by]);
  },
);

it("with retries around it each attempt picks anew", async () => {
  const a = await serve({
    host: "127.0.0.1",
    handlers: handlerOf("a", () => {
      throw new ConnectError("unavailable", "busy");
    }),
  });
  servers.push(a);
  const b = await start("b");
  const transport = withRetry(over([a.url, b.url]), {
    policy: { initialBackoffMs: 1 },
    throttle: false,
  });
  const counts = await many(20, () => call(transport, "get"), 1);
  expect([...counts]).toEqual([["b", 20]]);
});
