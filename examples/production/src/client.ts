// How programs call the shop: a file of its own, as it would be in another repository.
import { healthAndReflection, otel } from "@connect-ts/otel";
import { withRetry } from "@connect-ts/retry";
import { grpc, type Interceptor } from "@connect-ts/runtime";
import { createNodeTransport } from "@connect-ts/runtime/node";
import type { Transport } from "@connect-ts/runtime/transport";
import { trace } from "@opentelemetry/api";
import { createShopServiceClient, type ShopServiceClient } from "./gen/shop/v1/shop_connect.js";

/** A connection to the shop: what is harmless to repeat is tried again, and each retry is an event of the call's span. */
export function connectShop(baseUrl: string, ca: string): Transport {
  return withRetry(createNodeTransport({ baseUrl, protocol: grpc(), tls: { ca } }), {
    policy: { maxAttempts: 3, initialBackoffMs: 20 },
    onRetry: ({ attempt, error }) => trace.getActiveSpan()?.addEvent("retry", { attempt, code: error.code }),
  });
}

/** A client that sends a token and the trace with each call, and waits for no answer longer than 2 seconds. */
export function shopClient(transport: Transport, token: string): ShopServiceClient {
  const sendToken: Interceptor = (call, next) => {
    call.requestHeaders.set("authorization", `Bearer ${token}`);
    return next();
  };
  return createShopServiceClient(transport, {
    interceptors: [otel({ exclude: healthAndReflection }), sendToken],
    timeoutMs: 2_000,
  });
}
