import { EventEmitter, on } from "node:events";
import { ConnectError } from "@connect-ts/runtime";
import type { ShopServiceHandler } from "./gen/shop/v1/shop_connect.js";
import type { WatchResponse } from "./gen/shop/v1/shop_pb.js";
import { identity } from "./identity.js";

/** The service itself: it knows nothing of tokens, logs, spans and rules. */
export function createShop(): ShopServiceHandler {
  const stock = new Map([["sencha", { cents: 350, cups: 12 }]]);
  const purchases = new EventEmitter();

  const find = (tea: string) => {
    const found = stock.get(tea);
    if (found === undefined) throw new ConnectError("not_found", `there is no ${tea}`);
    return found;
  };

  return {
    price: ({ tea }) => ({ cents: find(tea).cents }),

    buy({ tea, cups }, { values }) {
      const found = find(tea);
      if (found.cups < cups) throw new ConnectError("failed_precondition", `only ${found.cups} cups are left`);
      found.cups -= cups;
      purchases.emit("purchase", { customer: values.get(identity)?.name, tea, cups });
      return { cents: found.cents * cups, left: found.cups };
    },

    async restock(requests) {
      let sum = 0;
      for await (const { tea, cups } of requests) {
        find(tea).cups += cups;
        sum += cups;
      }
      return { cups: sum };
    },

    async *watch(_request, context) {
      const { signal, drainSignal } = context;
      // Ends when the caller leaves, and when the server drains: a stream that never ends would hold it up.
      const events = on(purchases, "purchase", { signal: AbortSignal.any([signal, drainSignal]) });
      // The caller learns that it misses nothing from now on, though nobody may buy for a while.
      context.sendHeaders();
      try {
        for await (const [purchase] of events) yield purchase as WatchResponse;
      } catch (error) {
        if (!drainSignal.aborted) throw error;
      }
    },

    async *haggle(offers) {
      for await (const { cents } of offers) {
        yield { taken: cents >= 300 };
        if (cents >= 300) return;
      }
    },

    audit: () => ({}),
  };
}
