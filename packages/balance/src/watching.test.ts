import { createHealth, type Health } from "@connect-ts/health";
import { ConnectError } from "@connect-ts/runtime";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import { expect, it } from "@jest/globals";
import { type BalancedTransport, type BalanceOptions, balance, type OutlierOptions } from "./index.js";
import { call, StoppedClock, settle } from "./testing/client.js";
import { handlerOf } from "./testing/service.js";

interface Place {
  readonly clock: StoppedClock;
  readonly transport: BalancedTransport;
  readonly asked: string[];
  readonly bad: Set<string>;
}

function placeOf(names: readonly string[], health: Map<string, Health>, options: Partial<BalanceOptions>): Place {
  const clock = new StoppedClock();
  const asked: string[] = [];
  const bad = new Set<string>();
  const transport = balance({
    addresses: names,
    connect({ url }) {
      const own = health.get(url);
      const handler = handlerOf(url, () => {
        if (bad.has(url)) throw new ConnectError("internal", "broken");
      });
      return createInProcessTransport(own === undefined ? [handler] : [handler, own.handler], {
        router: {
          interceptors: [
            (call, next) => {
              if (call.spec.procedure.startsWith("/grpc.health")) asked.push(url);
              return next();
            },
          ],
        },
      });
    },
    clock,
    random: () => 0.5,
    ...options,
  });
  return { clock, transport, asked, bad };
}

const shown = (transport: BalancedTransport): string =>
  transport
    .servers()
    .map(({ state }) => state)
    .join();

async function calls({ transport }: Place, count: number): Promise<string> {
  const got: string[] = [];
  for (let made = 0; made < count; made++) got.push(await call(transport, "get"));
  return got.join("");
}

it("calls go where the health service says that it serves, and wait for the first word of it", async () => {
  const health = new Map([
    ["a", createHealth()],
    ["b", createHealth()],
  ]);
  const place = placeOf(["a", "b", "c"], health, { healthService: "" });
  expect(shown(place.transport)).toBe("connecting,connecting,connecting");
  health.get("a")?.set("", "not_serving");
  const first = calls(place, 2);
  await place.clock.pass(0);
  // The third one has no health service: it is there, and that is all that there is to know.
  expect(shown(place.transport)).toBe("not_serving,ready,ready");
  expect(await first).toMatch(/^[bc]{2}$/);
  expect([...(await calls(place, 2))].sort().join("")).toBe("bc");
  health.get("b")?.set("", "not_serving");
  health.get("a")?.set("", "serving");
  await settle();
  expect([...(await calls(place, 2))].sort().join("")).toBe("ac");
  place.transport.close();
});

it("calls fail when all servers say that they do not serve", async () => {
  const health = new Map([["a", createHealth()]]);
  const place = placeOf(["a"], health, { healthService: "acme.v1.Shop" });
  health.get("a")?.set("acme.v1.Shop", "not_serving");
  await place.clock.pass(0);
  expect(await calls(place, 1)).toBe("unavailable");
  place.transport.close();
});

it("warmUp asks each server once before it gets calls, whatever it answers", async () => {
  const place = placeOf(["a", "b"], new Map([["a", createHealth()]]), { warmUp: true });
  await place.clock.pass(0);
  // That a server has no health service is an answer too.
  expect([place.asked, shown(place.transport)]).toEqual([["a"], "ready,ready"]);
  expect(await calls(place, 2)).toHaveLength(2);
  place.transport.close();
});

const outlierEjection: OutlierOptions = { intervalMs: 1_000, ejectionMs: 2_000, minCalls: 5, minServers: 3 };

it("a server that fails more often than the others is out for a while, and for longer the next time", async () => {
  const place = placeOf(["a", "b", "c", "d"], new Map(), { outlierEjection });
  place.bad.add("b");
  await calls(place, 40);
  await place.clock.pass(1_000);
  expect(shown(place.transport)).toBe("ready,ejected,ready,ready");
  expect(await calls(place, 30)).not.toContain("internal");
  await place.clock.pass(2_000);
  expect(shown(place.transport)).toBe("ready,ready,ready,ready");
  await calls(place, 40);
  await place.clock.pass(1_000);
  await place.clock.pass(2_000);
  expect(shown(place.transport)).toBe("ready,ejected,ready,ready");
  place.transport.close();
});

it("no more servers than allowed are out, and none where all fail alike", async () => {
  const place = placeOf(["a", "b", "c", "d"], new Map(), { outlierEjection: { ...outlierEjection, deviations: 0.5 } });
  for (const name of ["a", "b"]) place.bad.add(name);
  await calls(place, 40);
  await place.clock.pass(1_000);
  expect(shown(place.transport).match(/ejected/g)).toHaveLength(1);
  place.transport.close();
  const alike = placeOf(["a", "b", "c"], new Map(), { outlierEjection: { ...outlierEjection, failurePercent: 100 } });
  for (const name of ["a", "b", "c"]) alike.bad.add(name);
  await calls(alike, 30);
  await alike.clock.pass(1_000);
  expect(shown(alike.transport)).toBe("ready,ready,ready");
  alike.transport.close();
});
