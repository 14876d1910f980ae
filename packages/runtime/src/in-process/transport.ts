import { createTransport, type TransportOptions } from "../client/protocol-transport.js";
import type { Transport } from "../client/transport.js";
import { createRouter, type Router, type RouterOptions } from "../handler/router.js";
import type { ServiceHandler } from "../handler/types.js";
import { grpc } from "../protocol/grpc/client.js";
import { inProcessOrigin } from "./exchange.js";
import { createInProcessHttpClient } from "./http-client.js";

/** What {@link createInProcessTransport} can be given: what other transports can, but for an address. */
export interface InProcessTransportOptions extends Omit<TransportOptions, "baseUrl"> {
  /** Options of the router that is made for `services`. Not used when a router is given. */
  readonly router?: RouterOptions | undefined;
}

/**
 * Makes a transport to services in this process, without a network: for tests, and for services that live together. Calls
 * take the same way as those from afar (serialisation, headers, interceptors, deadlines, cancellation, back-pressure) but
 * for the sockets.
 *
 * @param services - the services, or the router of a server
 * @param options - the default protocol is `grpc()`: it carries all kinds of RPCs and writes no JSON
 *
 * @example
 * const eliza = createElizaServiceClient(createInProcessTransport(elizaHandler));
 */
export function createInProcessTransport(
  services: ServiceHandler | readonly ServiceHandler[] | Router,
  options: InProcessTransportOptions = {},
): Transport {
  const { router: routerOptions, ...transport } = options;
  const router = isRouter(services) ? services : createRouter(services, routerOptions);
  return createTransport({
    ...transport,
    protocol: options.protocol ?? grpc(),
    baseUrl: inProcessOrigin,
    http: createInProcessHttpClient(router),
  });
}

function isRouter(value: ServiceHandler | readonly ServiceHandler[] | Router): value is Router {
  return "notFound" in value;
}
