import { describe, expect, it } from "@jest/globals";
import { createContextKey } from "../call/context-values.js";
import { reversing, serving } from "../testing/handler-fixtures.js";
import { settled } from "../testing/manual-time.js";
import type { ServiceMethod } from "./service-handler.js";
import type { HandlerContext } from "./types.js";

type Factory = NonNullable<ServiceMethod["options"]["context"]>;

const members: readonly (keyof HandlerContext)[] = [
  "spec",
  "peer",
  "requestHeaders",
  "responseHeaders",
  "responseTrailers",
  "sendHeaders",
  "compress",
  "requestCompressed",
  "signal",
  "drainSignal",
  "services",
  "timeoutMs",
  "values",
  "httpMethod",
  "url",
  "request",
];
const key = createContextKey("nothing");
const native = { the: "adapter's own" };

const factories: { readonly [name: string]: Factory | undefined } = {
  "the call's own": undefined,
  "a copy": (call) => ({ ...call, patient: "Ada" }) as HandlerContext,
  "a copy by Object.assign": (call) => Object.assign({}, call, { patient: "Ada" }),
  "a copy, in a promise": async (call) => ({ ...call, patient: "Ada" }) as HandlerContext,
  "the call with an addition": (call) => Object.assign(call, { patient: "Ada" }),
  "an object over the call": (call) => Object.assign(Object.create(call) as HandlerContext, { patient: "Ada" }),
};
const named = Object.keys(factories).map((name) => ({ name, context: factories[name] }));

describe.each(named)("a context that is $name", ({ name, context }) => {
  const options: ServiceMethod["options"] = context === undefined ? {} : { context };

  it.each(members)("has %s, as the call has it", async (member) => {
    let got: HandlerContext | undefined;
    let mine: unknown;
    const service = serving(
      "unary",
      (_: never, given) => {
        got = given;
        mine = (given as { patient?: string }).patient;
        return {};
      },
      {
        ...options,
        interceptors: [
          async (call, next) => {
            call.values.set(key, "from an interceptor");
            await next();
          },
        ],
      },
    );
    const call = service.call({ native, with: { "grpc-timeout": "1M" } });
    call.sendAll("a");
    await settled();
    const context = got as HandlerContext;
    const expected: { readonly [Member in keyof HandlerContext]: () => void } = {
      spec: () => expect(context.spec.procedure).toBe("/t.Service/Do"),
      peer: () => expect(context.peer).toMatchObject({ address: "192.0.2.1:5000", protocol: "grpc" }),
      requestHeaders: () => expect(context.requestHeaders).toBe(call.request.headers),
      responseHeaders: () => expect([...context.responseHeaders]).toEqual([]),
      responseTrailers: () => expect([...context.responseTrailers]).toEqual([]),
      sendHeaders: () => expect(context.sendHeaders()).toBeUndefined(),
      compress: () => expect(context.compress).toBeUndefined(),
      requestCompressed: () => expect(context.requestCompressed).toBe(false),
      signal: () => expect(context.signal.aborted).toBe(false),
      drainSignal: () => expect(context.drainSignal.aborted).toBe(false),
      services: () => expect(context.services.map(({ typeName }) => typeName)).toEqual(["t.Service"]),
      timeoutMs: () => expect(context.timeoutMs()).toBeGreaterThan(50_000),
      values: () => expect(context.values.get(key)).toBe("from an interceptor"),
      httpMethod: () => expect(context.httpMethod).toBe("POST"),
      url: () => expect(context.url).toBe("http://t.test/t.Service/Do"),
      request: () => expect(context.request).toBe(native),
    };
    expected[member]();
    expect(mine).toBe(name === "the call's own" ? undefined : "Ada");
    expect(call.stream.status).toBe("0");
  });

  it("is of one piece with the call: headers, trailers, signals and deadline", async () => {
    let got: HandlerContext | undefined;
    const service = serving(
      "server_streaming",
      async function* (_: never, given) {
        got = given;
        given.responseHeaders.set("a", "1");
        given.sendHeaders();
        given.responseTrailers.set("b", "2");
        await new Promise((_, reject) => given.signal.addEventListener("abort", () => reject(given.signal.reason)));
        yield {};
      },
      options,
    );
    const call = service.call();
    call.sendAll("a");
    await settled();
    expect(call.stream.headers?.get("a")).toBe("1");
    service.router.drain();
    expect(got?.drainSignal.aborted).toBe(true);
    await call.leave();
    expect(got?.signal.reason).toMatchObject({ code: "canceled" });
    expect(call.stream.trailers?.get("b")).toBe("2");
  });

  it("compresses when the handler says so, message by message", async () => {
    const service = serving(
      "server_streaming",
      async function* (_: never, given) {
        for (const compress of [undefined, true, false]) {
          given.compress = compress;
          yield { text: "abc" };
        }
      },
      { ...options, compressions: [reversing] },
    );
    const call = service.call({ with: { "grpc-accept-encoding": "like" } });
    call.sendAll("a");
    await settled();
    expect(call.stream.texts).toEqual(["abc", "cba", "abc"]);
  });

  it("compresses the one answer when the handler says so", async () => {
    const handler = (_: never, given: HandlerContext) => {
      given.compress = true;
      return { text: "abc" };
    };
    for (const interceptors of [[], [(_: unknown, next: () => Promise<void>) => next()]]) {
      const service = serving("unary", handler, { ...options, interceptors, compressions: [reversing] });
      const call = service.call({ with: { "grpc-accept-encoding": "like" } });
      call.sendAll("a");
      await settled();
      expect(call.stream.texts).toEqual(["cba"]);
    }
  });
});

describe("the call that a context is made from", () => {
  const seenBy = async (look: (call: HandlerContext) => unknown): Promise<unknown> => {
    let seen: unknown;
    const context: Factory = (call) => {
      seen = look(call as HandlerContext);
      return call as HandlerContext;
    };
    const call = serving("unary", () => ({}), { context }).call();
    call.sendAll("a");
    await settled();
    expect(call.stream.status).toBe("0");
    return seen;
  };

  it("has all members, and no other", async () => {
    expect(await seenBy((call) => Object.keys(call).sort())).toEqual([...members].sort());
    expect(await seenBy((call) => members.map((member) => member in call))).not.toContain(false);
    expect(await seenBy((call) => "call" in call)).toBe(false);
  });

  it("has what was added to it", async () => {
    expect(await seenBy((call) => Object.keys(Object.assign(call, { patient: "Ada" })))).toContain("patient");
    const same = await seenBy((call) => ({ ...Object.assign(call, { patient: "Ada" }) }));
    expect(same).toMatchObject({ patient: "Ada", httpMethod: "POST" });
  });

  it("is the same object for the handler when it is given back", async () => {
    const service = serving("unary", (_: never, context) => ({ text: String((context as { n?: number }).n) }), {
      context: (call) => Object.assign(call, { n: 1 }),
    });
    const call = service.call();
    call.sendAll("a");
    await settled();
    expect(call.stream.texts).toEqual(["1"]);
  });

  it.each([undefined, null, 7])("gives an error with a reason when the context is %s", async (given) => {
    const service = serving("unary", () => ({}), { context: () => given as never });
    const call = service.call();
    call.sendAll("a");
    await settled();
    expect(call.stream.status).toBe("13");
    expect(String(service.heard)).toContain(
      `the option "context" of /t.Service/Do returned ${given}: expected an object`,
    );
  });

  it("a copy's requestCompressed is that of the time when it was made", async () => {
    const seen: boolean[] = [];
    const handler = async (requests: AsyncIterable<unknown>, context: HandlerContext) => {
      for await (const _ of requests) seen.push(context.requestCompressed);
      return {};
    };
    for (const context of [(call: HandlerContext) => ({ ...call }), (call: HandlerContext) => call]) {
      const service = serving("client_streaming", handler as never, {
        context: context as Factory,
        compressions: [reversing],
      });
      const call = service.call({ with: { "grpc-encoding": "like" } });
      call.send("cba", 1);
      call.sendAll();
      await settled();
    }
    expect(seen).toEqual([false, true]);
  });
});
