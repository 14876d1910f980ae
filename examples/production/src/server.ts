import { createHealth } from "@connect-ts/health";
import { type LogOptions, log } from "@connect-ts/log";
import { healthAndReflection, otel } from "@connect-ts/otel";
import { createReflection } from "@connect-ts/reflection";
import { type ServeOptions, type Server, serve } from "@connect-ts/runtime/node";
import { validate } from "@connect-ts/validate";
import { createShopServiceHandler } from "./gen/shop/v1/shop_connect.js";
import { authenticate, authorize, type Identity } from "./identity.js";
import { createShop } from "./shop.js";

/** What differs between production, the demo and tests. */
export interface ShopOptions {
  readonly verify: (token: string) => Identity | undefined;
  readonly tls: NonNullable<ServeOptions["tls"]>;
  readonly port?: number;
  readonly logger?: LogOptions["logger"];
  /** Whether the database is there. */
  readonly ping?: (signal: AbortSignal) => Promise<boolean>;
}

// #region server
/** The shop, with all that stands around a service. */
export async function startShop({
  verify,
  tls,
  port = 0,
  logger,
  ping = async () => true,
}: ShopOptions): Promise<Server> {
  const health = createHealth({ checks: { "shop.v1.ShopService": { check: ping, periodMs: 5_000 } } });
  const shop = createShopServiceHandler(createShop(), {
    // In this order: who is it, may they, is the request right. What is refused costs nothing further in.
    interceptors: [authenticate(verify), authorize, validate()],
  });
  return serve({
    port,
    tls,
    handlers: [shop, health.handler, health.route("/healthz"), ...createReflection()],
    // Around everything: a span and a line for each call, but for those of probes and tools.
    interceptors: [otel({ exclude: healthAndReflection }), log({ logger, exclude: healthAndReflection })],
    // No client waits for longer than this, whatever it asks for. Watch is meant to last.
    perMethod: ({ procedure }) => (procedure.endsWith("/Watch") ? {} : { maxTimeoutMs: 10_000 }),
  });
}
// #endregion
