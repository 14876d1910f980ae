import type { Interceptor } from "@connect-ts/runtime";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import { afterEach, describe, expect, it } from "@jest/globals";
import { type CallMeasure, type UserTimingOptions, userTiming } from "./index.js";
import { call, handlerOf } from "./testing/service.js";

afterEach(() => performance.clearMeasures());

interface Measure {
  readonly name: string;
  readonly duration: number;
  readonly detail: CallMeasure;
}
const measures = (): Measure[] => performance.getEntriesByType("measure") as unknown as Measure[];

async function run(
  kind: Parameters<typeof call>[1],
  name: string,
  { side = "client", ...options }: UserTimingOptions & { readonly side?: "client" | "handler" } = {},
  others: readonly Interceptor[] = [],
): Promise<void> {
  const own = [...others, userTiming(options)];
  const transport = createInProcessTransport(handlerOf(side === "handler" ? own : []));
  await call(transport, kind, name, side === "client" ? own : []);
}

describe.each(["client", "handler"] as const)("userTiming on a %s", (side) => {
  it.each([
    ["get", "Get", "unary", 1, 1],
    ["list", "List", "server_streaming", 1, 2],
    ["fill", "Fill", "client_streaming", 2, 1],
    ["talk", "Talk", "bidi_streaming", 2, 2],
  ] as const)("measures a call of %s", async (kind, method, kindName, requestMessages, responseMessages) => {
    await run(kind, "name", { side });
    const [measure, ...more] = measures();
    expect(more).toEqual([]);
    expect(measure?.name).toBe(`connect-ts:/t.S/${method}`);
    expect(measure?.detail).toMatchObject({ side, kind: kindName, code: "ok", requestMessages, responseMessages });
    expect(measure?.detail.headersMs).toBeLessThanOrEqual((measure?.duration ?? 0) + 0.1);
    expect(measure?.detail.devtools).toMatchObject({
      track: "connect-ts",
      color: "primary",
      tooltipText: `${method}: ok`,
    });
  });

  it("measures calls that fail, with their code, and says nothing of what they say", async () => {
    await run("get", "!not_found", { side, track: "rpc" });
    const [measure] = measures();
    expect(measure?.detail).toMatchObject({ code: "not_found", devtools: { track: "rpc", color: "error" } });
    expect(JSON.stringify(measure?.detail)).not.toMatch(/as told|secret/);
  });
});

describe("userTiming", () => {
  it("keeps no more measures than it is told, whatever their names, and those of others", async () => {
    performance.measure("own", { start: 0, end: 1 });
    const interceptors = [userTiming({ keep: 3 })];
    const transport = createInProcessTransport(handlerOf([]));
    const counts: number[] = [];
    for (const kind of ["get", "list", "get", "fill", "get"] as const) {
      await call(transport, kind, "name", interceptors);
      counts.push(measures().length - 1);
    }
    expect(counts).toEqual([1, 2, 3, 0, 1]);
    expect(measures().map(({ name }) => name)).toContain("own");
  });

  it("measures attempts inside of an interceptor that tries again", async () => {
    const twice: Interceptor = async (_call, next) => {
      await next().catch(() => undefined);
      await next();
    };
    await run("get", "!unavailable", {}, [twice]);
    expect(measures().map(({ detail }) => detail.code)).toEqual(["unavailable", "unavailable"]);
  });

  it("leaves out what it is told", async () => {
    await run("get", "name", { exclude: ["t.S"] });
    await run("get", "name", { exclude: ["/t.S/Get"] });
    expect(measures()).toEqual([]);
  });

  it("does nothing where the platform has no measures, and fails no call", async () => {
    const { measure } = performance;
    try {
      for (const broken of [undefined, () => void new URL("broken")]) {
        performance.measure = broken as never;
        await run("get", "name");
      }
    } finally {
      performance.measure = measure;
    }
    expect(measures()).toEqual([]);
  });

  it("refuses a bad number", () => {
    expect(() => userTiming({ keep: -1 })).toThrow(new RangeError("keep must be a number from 0, and -1 is not"));
  });
});
