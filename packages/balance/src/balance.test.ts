import { ConnectError, grpc, type Transport } from "@connect-ts/runtime";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import { createNodeTransport } from "@connect-ts/runtime/node";
import { isUnprocessed } from "@connect-ts/runtime/transport";
import { afterEach, describe, expect, it } from "@jest/globals";
import { type AddressList, type BalancedTransport, type BalanceOptions, balance } from "./index.js";
import { call, StoppedClock, settle, until } from "./testing/client.js";
import { handlerOf } from "./testing/service.js";

const transports: BalancedTransport[] = [];
afterEach(() => {
  for (const transport of transports.splice(0)) transport.close();
});

/** Servers in this process by their names, which can be away, and a client of them. */
class Place {
  readonly clock = new StoppedClock();
  readonly away: Set<string> = new Set();
  /** Calls that never end on a server. */
  readonly hanging: Set<string> = new Set();
  readonly closed: string[] = [];
  readonly made: string[] = [];
  readonly transport: BalancedTransport;

  constructor(addresses: BalanceOptions["addresses"], options: Partial<BalanceOptions> = {}) {
    this.transport = balance({
      addresses,
      connect: ({ url }) => this.connect(url),
      clock: this.clock,
      random: () => 0.5,
      ...options,
    });
    transports.push(this.transport);
  }

  connect(name: string): Transport {
    this.made.push(name);
    const inner = createInProcessTransport(
      handlerOf(name, (_, { signal }) => {
        if (!this.hanging.has(name)) return undefined;
        return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
      }),
    );
    const nowhere = createNodeTransport({ baseUrl: "http://127.0.0.1:1", protocol: grpc() });
    const now = (): Transport => (this.away.has(name) ? nowhere : inner);
    return {
      peer: () => inner.peer(),
      unary: (...given) => now().unary(...given),
      stream: (given) => now().stream(given),
      close: () => this.closed.push(name),
    };
  }

  async calls(count: number, method = "get", options: object = {}): Promise<string> {
    const got: string[] = [];
    for (let made = 0; made < count; made++) got.push(await call(this.transport, method, "a", options));
    return got.join(" ");
  }

  get states(): string {
    return this.transport
      .servers()
      .map(({ address, state }) => `${address.url} ${state}`)
      .join();
  }
}

function aborter(): { readonly signal: AbortSignal; abort(): void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

describe("policies", () => {
  it("round_robin takes each in turn, and weights evenly", async () => {
    expect(await new Place(["a", "b", "c"]).calls(6)).toBe("a b c a b c");
    const weighted = [{ url: "a", weight: 3 }, "b"];
    expect((await new Place(weighted).calls(8)).replaceAll(" ", "")).toMatch(/^(aaba|abaa|baaa|aaab){2}$/);
  });

  it("pick_first stays with one until it is away, and then with the next", async () => {
    const place = new Place(["a", "b", "c"], { policy: "pick_first" });
    expect(await place.calls(2)).toBe("a a");
    place.away.add("a");
    expect(await place.calls(2)).toBe("b b");
    place.away.clear();
    await place.clock.pass(10_000);
    expect(await place.calls(2)).toBe("b b");
  });

  it("least_request leaves a busy server alone", async () => {
    const place = new Place(["a", "b"], { policy: "least_request" });
    place.hanging.add("a");
    const { signal, abort } = aborter();
    const waits = [0, 1].map(() => call(place.transport, "get", "a", { signal }));
    await settle();
    expect(await place.calls(3)).toBe("b b b");
    abort();
    await Promise.all(waits);
  });

  it("hash sends a key to one server, spreads keys, and moves only those of a server that goes", async () => {
    const names = ["a", "b", "c", "d"];
    let list: AddressList = names;
    const place = new Place(() => list, {
      policy: { hash: ({ requestHeaders }) => requestHeaders.get("x-user") ?? undefined },
      refreshMs: 1_000,
    });
    const where = async (): Promise<Map<string, string>> => {
      const found = new Map<string, string>();
      for (let user = 0; user < 200; user++) {
        found.set(`${user}`, await place.calls(1, "get", { headers: { "x-user": `${user}` } }));
      }
      return found;
    };
    const before = await where();
    expect(await where()).toEqual(before);
    for (const name of names) {
      const share = [...before.values()].filter((one) => one === name).length;
      expect(share).toBeGreaterThan(30);
    }
    list = names.slice(1);
    await place.clock.pass(1_000);
    const after = await where();
    for (const [user, name] of before) if (name !== "a") expect(after.get(user)).toBe(name);
  });

  it("servers of a higher priority number are for when no other one is there", async () => {
    const place = new Place(["a", { url: "spare", priority: 1 }]);
    expect(await place.calls(2)).toBe("a a");
    place.away.add("a");
    expect(await place.calls(2)).toBe("spare spare");
  });
});

describe("a server that is away", () => {
  it.each(["get", "post", "list", "fill", "talk"])("loses no call: %s", async (method) => {
    const place = new Place(["a", "b"]);
    place.away.add("a");
    for (const result of (await place.calls(4, method)).split(" ")) expect(result).toMatch(/^b/);
    expect(place.states).toBe("a down,b ready");
  });

  it("is left alone for a while, and then tried by one call", async () => {
    const place = new Place(["a", "b"], { downMs: 100 });
    place.away.add("a");
    expect(await place.calls(4)).toBe("b b b b");
    place.away.clear();
    expect(await place.calls(2)).toBe("b b");
    await place.clock.pass(120);
    expect(new Set((await place.calls(4)).split(" "))).toEqual(new Set(["a", "b"]));
    expect(place.states).toBe("a ready,b ready");
  });

  it("fails calls when it is the only one, and takes them as soon as it is back", async () => {
    const place = new Place(["a"]);
    place.away.add("a");
    expect(await place.calls(2)).toBe("unavailable unavailable");
    place.away.clear();
    expect(await place.calls(1)).toBe("a");
  });

  it("is waited for by calls that ask for it", async () => {
    const place = new Place(["a"], { downMs: 100 });
    place.away.add("a");
    const waits = place.calls(1, "get", { waitForReady: true });
    const streams = place.calls(1, "talk", { waitForReady: true });
    await new Promise((resolve) => setTimeout(resolve, 30));
    place.away.clear();
    await place.clock.pass(200);
    expect(await waits).toBe("a");
    expect(await streams).toBe("a:a1,a:a2");
  });

  it("is waited for again by the others when the call that tried it was given up", async () => {
    const place = new Place(["a"], { downMs: 100 });
    place.away.add("a");
    const { signal, abort } = aborter();
    const tries = place.calls(1, "get", { waitForReady: true, signal });
    const waits = place.calls(1, "get", { waitForReady: true });
    await until(() => place.transport.servers()[0]?.calls === 0);
    place.away.clear();
    place.hanging.add("a");
    await place.clock.pass(200);
    place.hanging.clear();
    abort();
    expect(await tries).toBe("canceled");
    expect(await waits).toBe("a");
  });

  it("is back as soon as a stream has its head, however long the stream goes on", async () => {
    const place = new Place(["a"], { downMs: 100 });
    place.away.add("a");
    let hangUp: () => void = () => {};
    const talk = new Promise<void>((resolve) => {
      hangUp = resolve;
    });
    const talks = call(place.transport, "talk", "a", { waitForReady: true }, talk);
    await until(() => place.transport.servers()[0]?.calls === 0);
    place.away.clear();
    await place.clock.pass(200);
    expect(place.states).toBe("a ready");
    hangUp();
    expect(await talks).toBe("a:a1,a:a2");
  });

  it("does not use up what a stream may keep for the next one", async () => {
    const place = new Place(["a", "b", "c", "d", "e"], { policy: "pick_first", replayBytes: 30 });
    for (const name of ["a", "b", "c", "d"]) place.away.add(name);
    expect(await place.calls(1, "fill")).toMatch(/^e/);
  });

  it("tells of a call that never ran, and not of one that may have", async () => {
    const transport = createNodeTransport({ baseUrl: "http://127.0.0.1:1", protocol: grpc() });
    const errors: unknown[] = [];
    const place = new Place(["a"], {
      connect: () => ({
        ...transport,
        unary: (...given) =>
          transport.unary(...given).catch((error: unknown) => {
            errors.push(error);
            throw error;
          }),
      }),
    });
    expect(await place.calls(1, "post")).toBe("unavailable");
    expect(errors.map(isUnprocessed)).toEqual([true]);
    expect(isUnprocessed(new ConnectError("unavailable", "who knows"))).toBe(false);
  });
});

describe("addresses", () => {
  it("come from a function, again after a time, and at once when a server is away", async () => {
    let asked = 0;
    let list: AddressList = ["a"];
    const place = new Place(
      async () => {
        asked++;
        return list;
      },
      { refreshMs: 30_000 },
    );
    expect(await place.calls(1)).toBe("a");
    list = ["b"];
    await place.clock.pass(30_000);
    expect(await place.calls(1)).toBe("b");
    expect([asked, place.closed]).toEqual([2, ["a"]]);
    await place.clock.pass(1_000);
    place.away.add("b");
    list = ["c"];
    expect(await place.calls(1)).toBe("unavailable");
    await place.clock.pass(0);
    expect(await place.calls(1)).toBe("c");
    expect(asked).toBe(3);
  });

  it("that nobody can tell fail calls, and do not take away those that were known", async () => {
    const told: unknown[] = [];
    const answers: (AddressList | Error)[] = [new Error("no such name"), ["a"], new Error("no answer")];
    const place = new Place(
      () => {
        const answer = answers.shift() ?? [];
        if (answer instanceof Error) throw answer;
        return answer;
      },
      { refreshMs: 5_000, onError: (error) => told.push((error as Error).message) },
    );
    await settle();
    expect(await place.calls(1)).toBe("unavailable");
    await place.clock.pass(1_000);
    expect(await place.calls(1)).toBe("a");
    await place.clock.pass(5_000);
    expect(await place.calls(1)).toBe("a");
    expect(told).toEqual(["no such name", "no answer"]);
  });

  it("that leave let their calls end, and then close", async () => {
    let list: AddressList = ["a"];
    const place = new Place(() => list, { refreshMs: 1_000 });
    place.hanging.add("a");
    const controller = aborter();
    const waits = place.calls(1, "get", { signal: controller.signal });
    await settle();
    list = ["b"];
    await place.clock.pass(1_000);
    expect(place.states).toBe("b ready,a leaving");
    expect(place.closed).toEqual([]);
    controller.abort();
    expect(await waits).toBe("canceled");
    expect([place.closed, place.states]).toEqual([["a"], "b ready"]);
  });

  it("that stay keep their transports, with other weights too", async () => {
    let list: AddressList = ["a", "b"];
    const place = new Place(() => list, { refreshMs: 1_000 });
    await settle();
    list = [{ url: "b", weight: 3 }, "c"];
    await place.clock.pass(1_000);
    expect(place.made).toEqual(["a", "b", "c"]);
    expect(place.transport.servers()[0]?.address).toMatchObject({ url: "b", weight: 3 });
  });
});

it("drain() waits for calls that run, and takes no more", async () => {
  const place = new Place(["a"]);
  place.hanging.add("a");
  const controller = aborter();
  const waits = place.calls(1, "get", { signal: controller.signal });
  await settle();
  let isDrained = false;
  const drained = place.transport.drain().then(() => {
    isDrained = true;
  });
  await settle();
  expect([isDrained, await place.calls(1)]).toEqual([false, "unavailable"]);
  expect(place.transport.servers()).toMatchObject([{ state: "leaving", calls: 1 }]);
  controller.abort();
  expect(await waits).toBe("canceled");
  await drained;
  expect(place.closed).toEqual(["a"]);
  expect(place.transport.servers()).toEqual([]);
});
