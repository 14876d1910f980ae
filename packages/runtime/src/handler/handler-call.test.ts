import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { Kind } from "../call/spec.js";
import { ConnectError } from "../error/connect-error.js";
import { envelope, type FakeCall, serving, type Text } from "../testing/handler-fixtures.js";
import { ManualTime, settled } from "../testing/manual-time.js";
import type { HandlerCall } from "./handler-call.js";
import type { ServiceMethod } from "./service-handler.js";
import type { HandlerContext } from "./types.js";

let time: ManualTime;
beforeEach(() => {
  time = new ManualTime();
});
afterEach(() => time.restore());

const kinds: readonly Kind[] = ["unary", "client_streaming", "server_streaming", "bidi_streaming"];
const passing: ServiceMethod["options"] = { interceptors: [(_, next) => next(), (_, next) => next()] };
const settings = kinds.flatMap((kind) => [
  { kind, name: `${kind}, without interceptors`, options: {} },
  { kind, name: `${kind}, with interceptors`, options: passing },
]);

const stateOf = ({ sink }: FakeCall): string => (sink as HandlerCall).state;

/** A handler of any kind that does something, and then answers with what it read. */
function handlerOf(kind: Kind, act: (context: HandlerContext) => unknown = () => undefined) {
  const read = async (requests: unknown): Promise<string> => {
    if (kind === "unary" || kind === "server_streaming") return (requests as Text).text;
    let all = "";
    for await (const { text } of requests as AsyncIterable<Text>) all += text;
    return all;
  };
  const single = async (requests: never, context: HandlerContext) => {
    const text = await read(requests);
    await act(context);
    return { text };
  };
  async function* streaming(requests: never, context: HandlerContext): AsyncGenerator<Text> {
    yield await single(requests, context);
  }
  return kind === "unary" || kind === "client_streaming" ? single : streaming;
}

/** Waits for the call's end, and throws what the signal says. */
const obedient = ({ signal }: HandlerContext) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

describe.each(settings)("a handler's call: $name", ({ kind, options }) => {
  const begin = (act?: (context: HandlerContext) => unknown, more: ServiceMethod["options"] = {}) => {
    let signal: AbortSignal | undefined;
    const handler = handlerOf(kind, (context) => {
      signal = context.signal;
      return act?.(context);
    });
    const service = serving(kind, handler, { ...options, ...more });
    return { ...service, aborted: () => signal?.aborted };
  };

  /** Everything belongs to the past. */
  const isOver = (service: ReturnType<typeof begin>, call: FakeCall): void => {
    expect(stateOf(call)).toBe("done");
    expect(call.stream.log.filter((entry) => /^(end|reset)/.test(entry))).toHaveLength(1);
    call.sink.closed();
    expect([service.router.active, time.timers.size]).toEqual([0, 0]);
  };

  it("is open, half-closed when the request has ended, and done when it is answered", async () => {
    let go: () => void = () => undefined;
    const service = begin(
      () =>
        new Promise<void>((resolve) => {
          go = resolve;
        }),
    );
    const call = service.call();
    expect([stateOf(call), service.router.active]).toEqual(["open", 1]);
    call.send("a");
    expect(stateOf(call)).toBe("open");
    call.sink.end();
    await settled();
    expect(stateOf(call)).toBe("half-closed");
    go();
    await settled();
    expect([call.stream.status, call.stream.texts]).toEqual(["0", ["a"]]);
    expect([service.heard, service.aborted()]).toEqual([[], false]);
    isOver(service, call);
  });

  it("takes its body only when somebody wants it", () => {
    const call = begin().call();
    expect(call.stream.log).toEqual(["resume"]);
    const held = serving(kind, handlerOf(kind), { interceptors: [() => new Promise<never>(() => undefined)] }).call();
    expect(held.stream.log).toEqual([]);
  });

  it("ends with the error that its handler throws", async () => {
    const service = begin(() => {
      throw new ConnectError("not_found", "no such thing");
    });
    const call = service.call();
    call.sendAll("a");
    await settled();
    expect([call.stream.status, service.heard]).toEqual(["5 no such thing", []]);
    isOver(service, call);
  });

  it("is canceled when the client leaves: the handler is told, onError is not", async () => {
    const service = begin(obedient);
    const call = service.call();
    call.sendAll("a");
    await settled();
    call.fail("reset", "the client canceled the call");
    await settled();
    expect([call.stream.status, service.heard]).toEqual(["1 the client canceled the call", []]);
    expect(service.aborted()).toBe(true);
    await time.pass(100);
    isOver(service, call);
  });

  it("is canceled when the client leaves before its request has ended", async () => {
    const service = begin();
    const call = service.call();
    call.send("a");
    call.fail("lost", "the connection died");
    await settled();
    expect([call.stream.status, service.heard]).toEqual(["1 the connection died", []]);
    await time.pass(100);
    isOver(service, call);
  });

  it("is canceled when the adapter closes it without a word", async () => {
    const service = begin(obedient);
    const call = service.call();
    call.sendAll("a");
    await settled();
    call.sink.closed();
    await settled();
    expect([stateOf(call), service.aborted(), service.router.active]).toEqual(["done", true, 0]);
    await time.pass(100);
    expect(service.heard).toEqual([]);
  });

  it("ends when the deadline passes, whether its handler heeds the signal or not", async () => {
    for (const act of [obedient, () => new Promise<never>(() => undefined)]) {
      const service = begin(act);
      const call = service.call({ with: { "grpc-timeout": "1S" } });
      call.sendAll("a");
      await settled();
      await time.pass(999);
      expect(stateOf(call)).toBe("half-closed");
      await time.pass(1);
      expect(call.stream.status).toMatch(/^4 the deadline of 1000 ms has passed/);
      call.sink.closed();
    }
  });

  it("is not run when its deadline has passed before it came, or by the server's own", async () => {
    let ran = 0;
    const run = () => ran++;
    const call = begin(run).call({ with: { "grpc-timeout": "0n" } });
    call.sendAll("a");
    await settled();
    expect(call.stream.status).toMatch(/^4 /);
    const short = begin(run, { maxTimeoutMs: 10 }).call({ with: { "grpc-timeout": "1H" } });
    await time.pass(10);
    short.sendAll("a");
    await settled();
    expect([short.stream.status?.slice(0, 2), ran]).toEqual(["4 ", 0]);
  });

  it("tells a client that breaks HTTP's rules so, and one whose request the adapter cannot read", async () => {
    for (const [reason, status] of [
      ["protocol", "3 it broke"],
      ["unsupported", "13 it broke"],
    ] as const) {
      const service = begin();
      const call = service.call();
      call.fail(reason);
      await settled();
      expect([reason, call.stream.status]).toEqual([reason, status]);
      await time.pass(100);
      isOver(service, call);
    }
  });

  const broken: { readonly [name: string]: readonly [bytes: Uint8Array, status: RegExp] } = {
    "a message that is too large": [envelope("x".repeat(101)), /^8 .*100/],
    "an envelope that is cut off": [envelope("abc").subarray(0, 6), /^3 the request ended early/],
    "flags of no request": [envelope("a", 2), /^3 a request message has the envelope flags 2/],
    "bytes of no message": [envelope("!"), /^3 cannot decode a t.Text/],
    "a compressed message without a compression": [envelope("a", 1), /^13 .*compress/],
  };

  it.each(Object.keys(broken))("refuses %s", async (name) => {
    const [bytes, status] = broken[name] as (typeof broken)[string];
    const service = begin(undefined, { readMaxBytes: 100 });
    const call = service.call();
    call.sink.data(bytes);
    call.sink.end();
    await settled();
    expect(call.stream.status).toMatch(status);
    expect(service.heard).toEqual([]);
    isOver(service, call);
  });

  it("hears nothing more after its end", async () => {
    const service = begin();
    const call = service.call();
    call.sendAll("a");
    await settled();
    const { length } = call.stream.log;
    call.send("b");
    call.sink.end();
    call.sink.drain();
    call.fail("reset");
    (call.sink as HandlerCall).conclude({ ok: false, reason: undefined });
    await settled();
    expect([call.stream.log.length, call.stream.status]).toEqual([length, "0"]);
    expect(service.aborted()).toBe(false);
    isOver(service, call);
  });

  it("keeps its end when onError throws, or rejects", async () => {
    const bad: ServiceMethod["options"]["onError"][] = [
      () => {
        throw undefined;
      },
      (async () => {
        throw new RangeError("a rejection");
      }) as () => void,
      // biome-ignore lint/suspicious/noThenProperty: a promise of another kind
      (() => Object.defineProperty({}, "then", { value: Promise.prototype.then })) as () => void,
    ];
    for (const onError of bad) {
      const service = begin(() => Promise.reject(new RangeError("hidden")), { onError });
      const call = service.call();
      call.sendAll("a");
      await settled();
      expect(call.stream.status).toBe("13");
      isOver(service, call);
    }
  });

  it("ends with `internal` when an error has members that cannot be written", async () => {
    const spoiled = [
      Object.defineProperty(new ConnectError("aborted"), "rawMessage", {
        get: () => {
          throw undefined;
        },
      }),
      Object.assign(new ConnectError("aborted"), { metadata: undefined }),
      Object.assign(new ConnectError("aborted"), { details: [{}] }),
    ];
    for (const error of spoiled) {
      const service = begin(() => Promise.reject(error));
      const call = service.call();
      call.sendAll("a");
      await settled();
      expect(call.stream.status).toMatch(/^13/);
      expect(service.heard).toHaveLength(1);
      isOver(service, call);
    }
  });
});

describe("a handler's call", () => {
  it("is one of two messages where one is expected: refused", async () => {
    for (const kind of ["unary", "server_streaming"] as const) {
      const call = serving(kind, handlerOf(kind)).call();
      call.sendAll("a", "b");
      await settled();
      expect(call.stream.status).toMatch(/^12 one t.Text was expected, and more came/);
    }
  });

  it("without a message where one is expected is refused", async () => {
    const call = serving("unary", handlerOf("unary")).call();
    call.sink.end();
    await settled();
    expect(call.stream.status).toMatch(/^12 one t.Text was expected, and none came/);
  });

  it("reads a Connect request as its body stands", async () => {
    const call = serving("unary", handlerOf("unary")).call({ with: { "content-type": "application/proto" } });
    call.sink.data(new TextEncoder().encode("plain"));
    call.sink.end();
    await settled();
    expect(call.stream.log).toEqual(["resume", "head 200", "end"]);
    expect(String.fromCharCode(...call.stream.bytes)).toBe("plain");
  });

  it("does not end the process when a handler does not wait for a request that never comes", async () => {
    const service = serving("client_streaming", async (requests: AsyncIterable<Text>) => {
      void requests[Symbol.asyncIterator]().next();
      await new Promise(() => undefined);
    });
    const call = service.call();
    await settled();
    await call.leave();
    expect(stateOf(call)).toBe("done");
  });
});
