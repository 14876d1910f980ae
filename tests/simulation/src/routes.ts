// What a server serves beside the simulated service: routes of every sort, and pages of other origins.
import { ConnectError } from "@connect-ts/runtime";
import { cors } from "@connect-ts/runtime/fetch";
import type { ServeOptions } from "@connect-ts/runtime/node";
import { createRoute, type Route } from "@connect-ts/runtime/transport";
import type { Ticker } from "./clock.js";
import type { SetupPlan } from "./plan.js";

/** Options of a server that the plan's setup asks for. */
export function surroundingsOf({ prefix, cors: policy }: SetupPlan): Pick<ServeOptions, "pathPrefix" | "cors"> {
  return {
    ...(prefix ? { pathPrefix: "/api" } : undefined),
    ...(policy === "list" ? { cors: cors({ origin: "https://allowed.test", credentials: true }) } : undefined),
    ...(policy === "function" ? { cors: cors({ origin: allows, requestHeaders: ["X-Call"] }) } : undefined),
  };
}

function allows(origin: string): boolean {
  if (origin.includes("other")) throw new Error("as planned");
  return origin.includes("allowed");
}

export function routesOf(clock: Ticker): readonly Route[] {
  const own = (path: string, handle: Route["handle"]): Route => ({ path, handle });
  return [
    createRoute("GET", "/healthz", ({ query }) => ({ body: `ok ${query.size}\n` })),
    createRoute(["POST", "PUT"], "/echo", async (request) => ({ body: await request.bytes() }), { maxBytes: 100 }),
    createRoute(["GET", "POST"], "/pieces", async ({ signal }) => {
      await clock.sleep(2);
      if (signal.aborted) throw signal.reason;
      return { headers: { "x-pieces": "3" }, body: pieces(clock) };
    }),
    createRoute("POST", "/refuses", () => Promise.reject(new ConnectError("not_found", "as planned"))),
    createRoute("POST", "/throws", async (request) => {
      for await (const chunk of request) if (chunk.byteLength > 5) throw new Error("as planned");
      return { status: 204 };
    }),
    createRoute("GET", "/below/*", ({ path }) => ({ body: path })),
    own("/below/leaves", () => undefined),
    own("/own/call", (_request, _response, context) => {
      const [service] = context.services;
      if (service === undefined) throw new Error("no service");
      return context.call(service, "/simulated.Service/unary");
    }),
    own("/own/throws", () => {
      throw new Error("as planned");
    }),
    own("/own/promise", () => Promise.resolve() as never),
  ];
}

async function* pieces(clock: Ticker): AsyncGenerator<string | Uint8Array> {
  yield "one";
  await clock.sleep(5);
  yield Uint8Array.of(1, 2, 3);
  yield "x".repeat(70_000);
}
