import { checkOptions, type Elsewhere, has, type RulesFor } from "../check-options.js";
import {
  makeTransport,
  optionsOfClients,
  type TransportOptions,
  transportRules,
} from "../client/protocol-transport.js";
import type { Transport } from "../client/transport.js";
import type { Route } from "../handler/route/route.js";
import { createRouter, type Router, type RouterOptions } from "../handler/router.js";
import type { ServiceHandler } from "../handler/types.js";
import { grpc } from "../protocol/grpc/client.js";
import { createInProcessHttpClient } from "./http-client.js";
import { inProcessOrigin } from "./stream.js";

/** Options of {@link createInProcessTransport}: those of other transports without an address. */
export interface InProcessTransportOptions extends Omit<TransportOptions, "baseUrl"> {
  /** Options of the router that is made for the services: what `serve()` and the like take for all services, such as interceptors. Not where a router is given. */
  readonly router?: RouterOptions | undefined;
}

const { baseUrl: _, ...rules }: RulesFor<TransportOptions & Pick<InProcessTransportOptions, "router">> = {
  ...transportRules,
  router: "object",
};

const elsewhere: readonly Elsewhere[] = [
  [
    "interceptors",
    "those of clients go to createXxxClient(transport, { interceptors }), those of handlers to { router: { interceptors } } here",
  ],
  [
    "protocols codecs compressions maxTimeoutMs requireConnectProtocolHeader onError perMethod",
    "give it to the handlers: { router: { ... } }",
  ],
  ["baseUrl", "there is no address in a process"],
  optionsOfClients,
];

/**
 * Makes a transport to services in this process, without a network: for tests, and for services that live together. Calls
 * take the same way as those from afar (serialisation, headers, interceptors, deadlines, cancellation, back-pressure) but
 * for the sockets.
 *
 * @param services - the services (routes beside them are not reached), or the router of a server
 * @param options - the default protocol is `grpc()`: it carries all kinds of RPCs and writes no JSON
 *
 * @example
 * const eliza = createElizaServiceClient(createInProcessTransport(elizaHandler));
 * createInProcessTransport([elizaHandler], { router: { interceptors: [log] } });
 *
 * @throws TypeError or RangeError for an unknown option or a bad value
 */
export function createInProcessTransport(
  services: ServiceHandler | readonly (ServiceHandler | Route)[] | Router,
  options: InProcessTransportOptions = {},
): Transport {
  const { router, ...transport } = checkOptions("createInProcessTransport", options, rules, ...elsewhere);
  const http = createInProcessHttpClient(routerOf(services, router));
  return makeTransport({ ...transport, protocol: transport.protocol ?? grpc(), baseUrl: inProcessOrigin }, http);
}

function routerOf(
  services: ServiceHandler | readonly (ServiceHandler | Route)[] | Router,
  options: RouterOptions | undefined,
): Router {
  if (!isRouter(services)) return createRouter(services, options);
  if (options === undefined) return services;
  throw new TypeError(
    'createInProcessTransport got a router, which has its options already, and the option "router" as well',
  );
}

function isRouter(value: unknown): value is Router {
  return has("notFound")(value);
}
