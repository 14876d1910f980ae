import { describe, expect, it } from "@jest/globals";
import { runChain } from "./chain.js";
import { Hooks, sentInfo } from "./hooks.js";
import type { Call, Interceptor } from "./interceptor.js";

const call = {} as Call;

describe("a chain of interceptors", () => {
  it("runs the first outermost, around the innermost function", async () => {
    const order: string[] = [];
    const named =
      (name: string): Interceptor =>
      async (_, next) => {
        order.push(`${name} in`);
        await next();
        order.push(`${name} out`);
      };
    const innermost = async () => {
      order.push("call");
    };
    await runChain([named("a"), named("b")], call, innermost, () => () => undefined);
    expect(order).toEqual(["a in", "b in", "call", "b out", "a out"]);
  });

  it("may run what is inside again, and drops the hooks that were registered there", async () => {
    const hooks = new Hooks();
    const counts: number[] = [];
    const outer: Interceptor = async (_, next) => {
      hooks.request.push(() => undefined);
      await next();
      counts.push(hooks.request.length);
      await next();
    };
    const inner: Interceptor = async (_, next) => {
      hooks.request.push(() => undefined);
      counts.push(hooks.request.length);
      await next();
    };
    await runChain(
      [outer, inner],
      call,
      async () => undefined,
      () => hooks.mark(),
    );
    expect(counts).toEqual([2, 1, 2]);
  });

  it("passes a throw outwards, from the call and from interceptors", async () => {
    const seen: unknown[] = [];
    const watching: Interceptor = async (_, next) => {
      await next().catch((error: unknown) => {
        seen.push(error);
        throw error;
      });
    };
    const failing = async () => {
      throw new RangeError("innermost");
    };
    await expect(runChain([watching], call, failing, () => () => undefined)).rejects.toThrow("innermost");
    expect(seen).toHaveLength(1);
  });
});

describe("message hooks", () => {
  const type = {
    typeName: "t",
    create: (init: unknown) => init as { n: number },
    toBinary: (message: { n: number }) => new Uint8Array(message.n),
    fromBinary: () => ({ n: 0 }),
  };
  const info = { compressed: false, bytes: 1, index: 0 };

  it("see requests from outer to inner, and responses from inner to outer", async () => {
    const hooks = new Hooks();
    const order: string[] = [];
    for (const name of ["outer", "inner"]) {
      hooks.request.push(() => void order.push(`request ${name}`));
      hooks.response.push(async () => void order.push(`response ${name}`));
    }
    await hooks.onRequest({ n: 1 }, info, type);
    await hooks.onResponse({ n: 1 }, info, type);
    expect(order).toEqual(["request outer", "request inner", "response inner", "response outer"]);
  });

  it("replace a message by returning an object, and by nothing else", async () => {
    const hooks = new Hooks();
    hooks.request.push(
      () => 5,
      () => null,
      (message) => ({ n: (message as unknown as { n: number }).n + 1 }),
      () => "text",
    );
    expect(await hooks.onRequest({ n: 1 }, info, type)).toEqual({ n: 2 });
  });

  it("learn the size of a message to be sent when they ask for it", () => {
    expect(sentInfo({ n: 7 }, type, undefined, 3)).toMatchObject({ bytes: 7, index: 3 });
  });
});
