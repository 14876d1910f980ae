import { execFileSync } from "node:child_process";
import { create, createFileRegistry, type FileRegistry, fromBinary, type Message } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { ConnectError, type HandlerContext, type ServiceHandler } from "@connect-ts/runtime";
import { createHandler } from "@connect-ts/runtime/dynamic";

const root = new URL("../../../", import.meta.url);

/** What `buf build` makes of the schema: with comments. */
export const schema: Uint8Array = execFileSync("node_modules/.bin/buf", ["build", "tests/browser/proto", "-o", "-"], {
  cwd: root,
});
export const registry: FileRegistry = createFileRegistry(fromBinary(FileDescriptorSetSchema, schema));

/** What the handlers have seen. */
export interface Seen {
  readonly cancelled: string[];
  readonly requests: unknown[];
  readonly headers: Headers[];
  /** What `trackOrder` waits for after its first step. */
  hold: Promise<void>;
}

export function seen(): Seen {
  return { cancelled: [], requests: [], headers: [], hold: Promise.resolve() };
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
    signal.addEventListener("abort", () => resolve());
  });

/** A shop whose handlers do little, in every kind of RPC. */
export function shop(saw: Seen = seen()): readonly ServiceHandler[] {
  const service = (name: string): NonNullable<ReturnType<FileRegistry["getService"]>> => {
    const found = registry.getService(`acme.shop.v1.${name}`);
    if (found === undefined) throw new Error(`the schema has no ${name}`);
    return found;
  };
  const type = (name: string): NonNullable<ReturnType<FileRegistry["getMessage"]>> => {
    const found = registry.getMessage(`acme.shop.v1.${name}`);
    if (found === undefined) throw new Error(`the schema has no ${name}`);
    return found;
  };
  const order = ({ orderId }: { readonly orderId: string }): object => ({ orderId, request: { customer: "Ada" } });
  return [
    createHandler(service("OrderService"), {
      placeOrder(request: Message & { customer: string; items: readonly unknown[] }, context: HandlerContext) {
        saw.requests.push(request);
        saw.headers.push(context.requestHeaders);
        context.responseHeaders.set("shop-till", "3");
        context.responseTrailers.set("shop-receipt", "printed");
        if (request.customer === "") {
          const problem = create(type("FieldProblem"), { field: "customer", description: "say who pays" });
          throw new ConnectError("invalid_argument", "the order has no customer", {
            metadata: { "shop-hint": "read the form" },
          }).addDetail(type("FieldProblem"), problem);
        }
        return {
          orderId: "o-1",
          totalCents: 4200n * BigInt(request.items.length),
          placedAt: { seconds: 1_700_000_000n },
        };
      },
      getOrder: order,
      findOrder: order,
      async *trackOrder({ steps }: { readonly steps: number }, { signal }: HandlerContext) {
        signal.addEventListener("abort", () => saw.cancelled.push("trackOrder"));
        const names = ["placed", "packed", "shipped", "delivered"];
        for (let number = 1; number <= (steps || 4); number++) {
          yield { what: names[(number - 1) % 4], number };
          await saw.hold;
          if (steps <= 1000) await pause(number < 4 ? 0 : 200, signal);
        }
      },
      async importOrders(requests: AsyncIterable<{ readonly items: readonly unknown[] }>) {
        let [orders, items] = [0, 0];
        for await (const request of requests) {
          orders++;
          items += request.items.length;
        }
        return { orders, items };
      },
      async *haggle(offers: AsyncIterable<{ readonly cents: bigint }>) {
        for await (const { cents } of offers) {
          yield { cents: cents + 100n, words: cents < 500n ? "You must be joking" : "Sold!" };
          if (cents >= 500n) return;
        }
      },
    } as never),
    createHandler(service("StockService"), { countStock: () => ({ count: 12 }) } as never),
  ];
}
