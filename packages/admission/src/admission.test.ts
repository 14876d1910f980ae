import { createFileRegistry, type DescService, fromJson } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { createHealth, createHealthClient } from "@connect-ts/health";
import { ConnectError, type Interceptor } from "@connect-ts/runtime";
import { createClient, createHandler } from "@connect-ts/runtime/dynamic";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import { describe, expect, it } from "@jest/globals";
import { type Admission, type AdmissionClock, type AdmissionOptions, admission } from "./index.js";

const rpc = (name: string, kind: object = {}): object => ({
  name,
  inputType: ".t.Item",
  outputType: ".t.Item",
  ...kind,
});
const file = {
  name: "t.proto",
  package: "t",
  syntax: "proto3",
  messageType: [{ name: "Item" }],
  service: [{ name: "S", method: [rpc("Do"), rpc("Other"), rpc("List", { serverStreaming: true })] }],
};
const registry = createFileRegistry(fromJson(FileDescriptorSetSchema, { file: [file] } as never));
const service = registry.getService("t.S") as DescService;

class StoppedClock implements AdmissionClock {
  time = 0;
  timers: { readonly at: number; readonly run: () => void }[] = [];
  now(): number {
    return this.time;
  }
  after(ms: number, run: () => void): void {
    this.timers.push({ at: this.time + ms, run });
  }
  nextTurn(run: () => void): void {
    setImmediate(run);
  }
  /** The event loop was held up for so long. */
  async pass(ms: number): Promise<void> {
    this.time += ms;
    const due = this.timers.filter(({ at }) => at <= this.time);
    this.timers = this.timers.filter(({ at }) => at > this.time);
    for (const { run } of due) run();
    await settle();
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 6; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** A server whose calls end when they are told to, in the order in which they began. */
class Place {
  readonly clock = new StoppedClock();
  readonly desk: Admission;
  readonly began: string[] = [];
  readonly ends: (() => void)[] = [];
  readonly results: string[] = [];
  readonly errors: ConnectError[] = [];
  readonly reasons: string[] = [];
  readonly client: Record<string, (request: object, options: object) => PromiseLike<unknown> & AsyncIterable<unknown>>;
  readonly health: ReturnType<typeof createHealthClient>;

  constructor(options: AdmissionOptions, inner: readonly Interceptor[] = []) {
    this.desk = admission({
      clock: this.clock,
      random: () => 0.5,
      caller: (call) => call.requestHeaders.get("x-caller") ?? undefined,
      onRefused: (_, reason) => this.reasons.push(reason),
      ...options,
    });
    const run = async (_: unknown, { requestHeaders }: { requestHeaders: { get(name: string): string | null } }) => {
      this.began.push(requestHeaders.get("x-name") ?? "");
      await new Promise<void>((resolve) => this.ends.push(resolve));
      return {};
    };
    const handler = createHandler(service, {
      do: run,
      other: run,
      async *list(_: unknown, context: never) {
        yield {};
        yield await run(_, context);
      },
    } as never);
    const transport = createInProcessTransport([handler, createHealth().handler], {
      router: { interceptors: [this.desk, ...inner] },
    });
    this.client = createClient(service, transport) as never;
    this.health = createHealthClient(transport);
  }

  /** Begins a call; how it ends goes into `results`. */
  async call(
    name: string,
    options: { caller?: string; method?: string; timeoutMs?: number; signal?: AbortSignal } = {},
  ) {
    const { caller = "", method = "do", ...rest } = options;
    const made = this.client[method] as NonNullable<(typeof this.client)[string]>;
    const result = made({}, { headers: { "x-name": name, "x-caller": caller }, ...rest });
    void (async () => {
      try {
        if (method === "list") for await (const _ of result);
        else await result;
        this.results.push(`${name} ok`);
      } catch (reason) {
        const error = ConnectError.from(reason);
        this.errors.push(error);
        this.results.push(`${name} ${error.code}`);
      }
    })();
    await settle();
  }

  async end(count = 1): Promise<void> {
    for (const end of this.ends.splice(0, count)) end();
    await settle();
  }
}

describe("calls beyond the limit", () => {
  it("wait for their turn, the newest first", async () => {
    const place = new Place({ initialLimit: 1, minLimit: 1, maxLimit: 1 });
    for (const name of ["a", "b", "c"]) await place.call(name);
    expect(place.desk.state()).toEqual({ limit: 1, running: 1, waiting: 2, refused: 0 });
    await place.end();
    await place.end();
    await place.end();
    expect([place.began.join(), place.results.join()]).toEqual(["a,c,b", "a ok,c ok,b ok"]);
    expect(place.desk.state()).toEqual({ limit: 1, running: 0, waiting: 0, refused: 0 });
  });

  it("are refused when there is no more room, the oldest first, and told when to come again", async () => {
    const place = new Place({ initialLimit: 1, minLimit: 1, maxLimit: 1, maxWaiting: 1, retryAfterMs: 1_500 });
    for (const name of ["a", "b", "c"]) await place.call(name);
    expect(place.results).toEqual(["b unavailable"]);
    const [error] = place.errors as [ConnectError];
    expect(error.rawMessage).toBe("the server is busy: no more calls can wait");
    expect([error.metadata.get("grpc-retry-pushback-ms"), error.metadata.get("retry-after")]).toEqual(["1500", "2"]);
    // google.rpc.RetryInfo of 1 s and 500000000 ns.
    expect(error.details).toMatchObject([{ type: "google.rpc.RetryInfo" }]);
    expect([...(error.details[0]?.value ?? [])]).toEqual([0x0a, 8, 0x08, 1, 0x10, 0x80, 0xca, 0xb5, 0xee, 0x01]);
    await place.end(2);
  });

  it("are refused when they have waited for too long", async () => {
    const place = new Place({ initialLimit: 1, minLimit: 1, maxLimit: 1, maxWaitMs: 50 });
    for (const name of ["a", "b"]) await place.call(name);
    await place.clock.pass(60);
    expect([place.results, place.reasons]).toEqual([["b unavailable"], ["wait"]]);
    await place.end();
    expect(place.results).toContain("a ok");
  });

  it("do not run when their client gave up while they waited", async () => {
    const place = new Place({ initialLimit: 1, minLimit: 1, maxLimit: 1 });
    const controller = new AbortController();
    await place.call("a");
    await place.call("b", { signal: controller.signal });
    controller.abort();
    await place.end();
    expect([place.began, place.results.sort(), place.desk.state().running]).toEqual([["a"], ["a ok", "b canceled"], 0]);
  });

  it("of a stream count until it begins to answer", async () => {
    const place = new Place({ initialLimit: 1, minLimit: 1, maxLimit: 1 });
    await place.call("a", { method: "list" });
    expect(place.desk.state().running).toBe(0);
    await place.call("b");
    await place.end(2);
    expect(place.results.sort()).toEqual(["a ok", "b ok"]);
    expect(place.desk.state()).toMatchObject({ running: 0, waiting: 0 });
  });
});

describe("callers", () => {
  it("that had the least come first, and who has the most is refused first", async () => {
    const place = new Place({ initialLimit: 1, minLimit: 1, maxLimit: 1, maxWaiting: 3 });
    for (const name of ["a1", "a2", "a3", "a4"]) await place.call(name, { caller: "a" });
    await place.call("b1", { caller: "b" });
    expect(place.results).toEqual(["a2 unavailable"]);
    for (let ended = 0; ended < 4; ended++) await place.end();
    expect(place.began).toEqual(["a1", "b1", "a4", "a3"]);
  });

  it("that had as little come in the order of their calls, the newest first", async () => {
    const place = new Place({ initialLimit: 1, minLimit: 1, maxLimit: 1 });
    for (const caller of ["a", "b", "c", "d"]) {
      await place.call(`${caller}1`, { caller });
      await place.clock.pass(5);
    }
    for (let ended = 0; ended < 4; ended++) await place.end();
    expect(place.began).toEqual(["a1", "d1", "c1", "b1"]);
  });

  it("that ask for less than their share may wait four times as long", async () => {
    const place = new Place({ initialLimit: 1, minLimit: 1, maxLimit: 1, maxWaitMs: 50 });
    for (const name of ["a1", "a2", "a3", "a4"]) {
      await place.call(name, { caller: "a" });
      await place.end();
    }
    await place.call("b1", { caller: "b" });
    await place.call("b2", { caller: "b" });
    await place.call("a5", { caller: "a" });
    await place.clock.pass(150);
    expect([place.results.slice(4), place.reasons]).toEqual([["a5 unavailable"], ["wait"]]);
    await place.clock.pass(60);
    expect(place.results.slice(5)).toEqual(["b2 unavailable"]);
    await place.end();
  });

  it("and RPCs have limits of their own", async () => {
    const place = new Place({
      maxPerCaller: 1,
      maxPerMethod: ({ procedure }) => (procedure.endsWith("/Other") ? 1 : undefined),
    });
    await place.call("a1", { caller: "a" });
    await place.call("a2", { caller: "a" });
    await place.call("b1", { caller: "b", method: "other" });
    await place.call("c1", { caller: "c", method: "other" });
    expect(place.results).toEqual(["a2 resource_exhausted", "c1 resource_exhausted"]);
    expect(place.reasons).toEqual(["caller", "method"]);
    await place.end(2);
    await place.call("a3", { caller: "a" });
    await place.end();
    expect(place.results.slice(2)).toEqual(["a1 ok", "b1 ok", "a3 ok"]);
  });
});

it("a call that cannot be done by its deadline is refused at once, until the past is forgotten", async () => {
  const place = new Place({});
  await place.call("a");
  await place.clock.pass(10_000);
  await place.end();
  await place.call("b", { timeoutMs: 5_000 });
  await place.call("c", { timeoutMs: 60_000 });
  expect([place.began, place.reasons]).toEqual([["a", "c"], ["deadline"]]);
  await place.end();
  await place.clock.pass(2_000);
  await place.call("d", { timeoutMs: 5_000 });
  expect(place.began).toEqual(["a", "c", "d"]);
  await place.end();
});

describe("the limit", () => {
  it("grows while calls end in time and all places are taken", async () => {
    const place = new Place({ initialLimit: 2, minLimit: 1, maxLimit: 5 });
    for (let round = 0; round < 6; round++) {
      for (let made = 0; made < 8; made++) await place.call("x");
      while (place.ends.length > 0) await place.end();
    }
    expect(place.desk.state().limit).toBe(5);
  });

  it("falls when the event loop is late, once for one delay, and not below its least", async () => {
    const place = new Place({ initialLimit: 10, minLimit: 5 });
    await place.call("a");
    await place.clock.pass(20);
    expect(place.desk.state().limit).toBe(10);
    await place.clock.pass(90);
    expect(place.desk.state().limit).toBe(8);
    await place.clock.pass(95);
    expect(place.desk.state().limit).toBe(8);
    for (let late = 0; late < 9; late++) await place.clock.pass(200);
    expect(place.desk.state().limit).toBe(5);
    await place.end();
  });

  it("falls when calls take longer than they should", async () => {
    const place = new Place({ initialLimit: 10, targetMs: 30 });
    await place.call("a");
    await place.clock.pass(40);
    await place.end();
    expect(place.desk.state().limit).toBe(8);
  });
});

it("health is exempt, and what the program says", async () => {
  const place = new Place({
    initialLimit: 1,
    minLimit: 1,
    maxLimit: 1,
    maxWaiting: 0,
    exempt: ({ spec }) => spec.procedure.endsWith("/Other"),
  });
  await place.call("a");
  await place.call("b");
  await place.call("c", { method: "other" });
  expect((await place.health.check({})).status).toBe(1);
  expect([place.began, place.results]).toEqual([["a", "c"], ["b unavailable"]]);
  await place.end(2);
});

it("nothing of a message is read of a call that is refused", async () => {
  let read = 0;
  const place = new Place({ initialLimit: 1, minLimit: 1, maxLimit: 1, maxWaiting: 0 }, [
    (call, next) => {
      call.onRequest(() => void read++);
      return next();
    },
  ]);
  await place.call("a");
  await place.call("b");
  expect([read, place.results]).toEqual([1, ["b unavailable"]]);
  await place.end();
});

it.each<[Record<string, unknown>, string]>([
  [{ initialLimit: 0 }, "initialLimit must be a number from 1 to 1000000, and 0 is not"],
  [{ maxWaiting: -1 }, "maxWaiting must be a number from 0 to 1000000, and -1 is not"],
  [{ maxWaitMs: Number.NaN }, "maxWaitMs must be a number from 1 to 2147483647, and NaN is not"],
  [{ minLimit: 10, maxLimit: 5 }, "minLimit is 10, and above maxLimit, which is 5"],
  [{ caller: "a" }, "caller must be a function, and string is none"],
])("refuses %j", (options, message) => {
  expect(() => admission(options as AdmissionOptions)).toThrow(message);
});
