import { AsyncLocalStorage } from "node:async_hooks";
import { EventEmitter, on } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type FakeCall, serving, type Text } from "../testing/handler-fixtures.js";
import { ManualTime, settled } from "../testing/manual-time.js";
import type { ServiceMethod } from "./service-handler.js";
import type { HandlerContext } from "./types.js";

let time: ManualTime;
beforeEach(() => {
  time = new ManualTime();
});
afterEach(() => time.restore());

type Options = ServiceMethod["options"];

/** Without interceptors, and with one. */
const settings: readonly { readonly name: string; readonly options: Options }[] = [
  { name: "without interceptors", options: {} },
  { name: "with interceptors", options: { interceptors: [(_, next) => next()] } },
];

/** An iterator of one's own, which says what it is asked to do. */
class Own implements AsyncIterableIterator<Text> {
  readonly asked: string[] = [];
  readonly parts: Partial<Record<"next" | "return", () => unknown>>;

  constructor(parts: Own["parts"] = {}) {
    this.parts = parts;
  }

  next(): Promise<IteratorResult<Text>> {
    this.asked.push("next");
    return this.parts.next === undefined ? new Promise(() => undefined) : (this.parts.next() as never);
  }

  return(): Promise<IteratorResult<Text>> {
    this.asked.push("return");
    return (this.parts.return?.() ?? Promise.resolve({ done: true, value: undefined })) as never;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

const forever = () => new Promise<never>(() => undefined);
const message = (text = "a") => Promise.resolve({ done: false, value: { text } });

async function begin(handler: (request: never, context: HandlerContext) => unknown, options: Options) {
  const service = serving("server_streaming", handler, options);
  const call = service.call();
  call.sendAll("go");
  await settled();
  return { ...service, call };
}

describe.each(settings)("a handler's own iterator, $name", ({ options }) => {
  it("is closed at once when the client leaves, while next() is pending", async () => {
    const own = new Own();
    const { call, heard } = await begin(() => own, options);
    expect(own.asked).toEqual(["next"]);
    await call.leave();
    expect(own.asked).toEqual(["next", "return"]);
    expect(heard).toEqual([]);
  });

  it("is closed at once when the deadline passes", async () => {
    const own = new Own();
    const service = serving("server_streaming", () => own, options);
    const call = service.call({ with: { "grpc-timeout": "1S" } });
    call.sendAll("go");
    await settled();
    await time.pass(1000);
    expect(own.asked).toEqual(["next", "return"]);
    expect(call.stream.status).toMatch(/^4 /);
  });

  it("events.on() leaves no listener behind", async () => {
    const emitter = new EventEmitter();
    const { call, router } = await begin(async function* (): AsyncGenerator<Text> {
      yield { text: "first" };
      for await (const [text] of on(emitter, "said")) yield { text };
    }, options);
    const bare = await begin(() => on(emitter, "said"), options);
    expect(emitter.listenerCount("said")).toBe(2);
    // A generator is asked to end, and does when it is resumed; an iterator can end at once.
    await bare.call.leave();
    expect(emitter.listenerCount("said")).toBe(1);
    await call.leave();
    emitter.emit("said", "last");
    await settled();
    expect(emitter.listenerCount("said")).toBe(0);
    await time.pass(200);
    expect(router.orphans).toBe(0);
  });

  it("is closed when the client leaves while the transport takes no more", async () => {
    const own = new Own({ next: () => message("x".repeat(20_000)) });
    const service = serving("server_streaming", () => own, options);
    const call = service.call();
    call.stream.takes = false;
    call.sendAll("go");
    await settled();
    const before = own.asked.length;
    await call.leave();
    expect(own.asked.slice(before)).toEqual(["return"]);
  });

  it("is never begun when the client left before", async () => {
    const own = new Own();
    let left: FakeCall | undefined;
    const service = serving(
      "server_streaming",
      () => {
        left?.fail("reset");
        return own;
      },
      options,
    );
    left = service.call();
    left.sendAll("go");
    await settled();
    expect(own.asked).toEqual(["return"]);
  });

  it.each([
    ["throws undefined", () => Promise.reject(undefined)],
    [
      "throws at once",
      () => {
        throw new RangeError("no");
      },
    ],
    ["gives nothing", () => undefined],
  ])("whose return() %s does nothing bad when the client leaves", async (name, close) => {
    const own = new Own({ return: close as never });
    const { call, heard, router } = await begin(() => own, options);
    await call.leave();
    expect(own.asked).toEqual(["next", "return"]);
    expect(heard).toHaveLength(name === "gives nothing" ? 0 : 1);
    expect(router.active).toBe(0);
  });

  it("whose return() fails because it was broken off is no news", async () => {
    const aborted = Object.assign(new Error("aborted"), { name: "AbortError" });
    const own = new Own({ return: () => Promise.reject(aborted) });
    const { call, heard } = await begin(() => own, options);
    await call.leave();
    expect(heard).toEqual([]);
  });

  it("whose return() hangs is an orphan, and the call ends", async () => {
    const own = new Own({ next: () => message(), return: forever });
    const service = serving("server_streaming", () => own, options);
    const call = service.call();
    call.stream.takes = false;
    call.sendAll("go");
    await settled();
    await call.leave();
    expect(service.router.active).toBe(0);
    await time.pass(100);
    expect(service.router.orphans).toBe(1);
    expect(String(service.heard[0])).toContain("still runs");
  });

  it("that gives what cannot be sent is closed, and the client learns why", async () => {
    const own = new Own({ next: () => message("unsendable") });
    const { call, heard } = await begin(() => own, options);
    expect(own.asked).toEqual(["next", "return"]);
    expect(call.stream.status).toBe("13 cannot encode a t.Text as proto");
    expect(heard).toHaveLength(1);
  });

  it("whose return() hangs after such a message holds the end up for 50 ms", async () => {
    const own = new Own({ next: () => message("unsendable"), return: forever });
    const { call, router } = await begin(() => own, options);
    await time.pass(49);
    expect(call.stream.status).toBeUndefined();
    await time.pass(1);
    expect(call.stream.status).toBe("13 cannot encode a t.Text as proto");
    call.sink.closed();
    await time.pass(100);
    expect(router.orphans).toBe(1);
  });

  it("that throws is not closed", async () => {
    const own = new Own({ next: () => Promise.reject(undefined) });
    const { call, heard } = await begin(() => own, options);
    expect(own.asked).toEqual(["next"]);
    expect(call.stream.status).toBe("13");
    expect(heard).toEqual([undefined]);
  });

  it("that ends is not closed, and may be synchronous", async () => {
    const { call } = await begin(() => [{ text: "a" }, { text: "b" }], options);
    expect(call.stream.texts).toEqual(["a", "b"]);
    expect(call.stream.status).toBe("0");
    const own = new Own({ next: () => ({ done: true }) });
    await begin(() => own, options);
    expect(own.asked).toEqual(["next"]);
  });

  it("is missing: onError learns what is expected", async () => {
    for (const instead of [() => undefined, async () => [], () => Promise.reject(undefined)]) {
      const { call, heard } = await begin(instead, options);
      expect(call.stream.status).toBe("13");
      expect(String(heard)).toContain("/t.Service/Do must return an async iterable");
    }
  });

  it("that is synchronous may give promises, and they may reject", async () => {
    const { call, heard } = await begin(
      () => [message("a").then(({ value }) => value), Promise.reject(undefined)],
      options,
    );
    expect([call.stream.texts, call.stream.status, heard]).toEqual([["a"], "13", [undefined]]);
  });
});

describe("a generator", () => {
  it.each(settings)(
    "ends in the async context that an interceptor set, whoever ends it, $name",
    async ({ options }) => {
      const user = new AsyncLocalStorage<string>();
      const seen: unknown[] = [];
      const own = new Own({
        return: () => {
          seen.push(user.getStore());
          return undefined;
        },
      });
      const inner = options.interceptors ?? [];
      const { call } = await begin(() => own, { interceptors: [(_, next) => user.run("ada", next), ...inner] });
      await user.run("a socket", () => call.leave());
      expect(seen).toEqual(["ada"]);
    },
  );

  it("that ignores that nobody listens is left at its next message", async () => {
    let go: () => void = () => undefined;
    let finished = false;
    const { call, router } = await begin(async function* (): AsyncGenerator<Text> {
      try {
        await new Promise<void>((resolve) => {
          go = resolve;
        });
        yield { text: "late" };
        yield { text: "never" };
      } finally {
        finished = true;
      }
    }, {});
    await call.leave();
    await time.pass(100);
    expect([finished, router.orphans]).toEqual([false, 1]);
    go();
    await settled();
    expect([finished, router.orphans]).toEqual([true, 0]);
  });
});
