// The queries of the page, which a server renders too.
import { createQueries, hydration, retryPolicy } from "@connect-ts/query";
import { createFetchTransport } from "@connect-ts/runtime/fetch";
import type { Transport } from "@connect-ts/runtime/transport";
import type { QueryClientConfig } from "@tanstack/react-query";
import { createElizaServiceClient, elizaServiceSpecs } from "../../../gen/src/connectrpc/eliza/v1/eliza_connect.js";
import { createPingServiceClient, pingServiceSpecs } from "../../../gen/src/ping/v1/ping_connect.js";

/** In the browser a page's own server; a server that renders gives its own services. */
export const services: { transport: Transport | undefined } = { transport: undefined };
const here = (): Transport => (services.transport ??= createFetchTransport({ baseUrl: "/" }));
const transport: Transport = {
  peer: () => here().peer(),
  unary: (call, message) => here().unary(call, message),
  stream: (call) => here().stream(call),
};

export const eliza = createQueries(elizaServiceSpecs, createElizaServiceClient(transport));
export const pings = createQueries(pingServiceSpecs, createPingServiceClient(transport));

/** The defaults of all queries. */
export const queryClientConfig: QueryClientConfig = {
  defaultOptions: {
    ...hydration(elizaServiceSpecs, pingServiceSpecs),
    queries: { retry: retryPolicy(), staleTime: 60_000 },
  },
};
