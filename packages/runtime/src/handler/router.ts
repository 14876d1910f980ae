import { ConnectError } from "../error/connect-error.js";
import { HeaderMap } from "../http/header-map.js";
import type { HttpRequestSink, HttpServerRequest, HttpServerStream } from "../http/http-server.js";
import { useFastBinary } from "../message/fast-binary.js";
import type { HandlerExchange, HandlerRequest } from "../protocol/protocol.js";
import { type CallOwner, HandlerCall } from "./handler-call.js";
import { type MethodHandler, resolveMethod } from "./method-handler.js";
import type { ServiceMethod } from "./service-handler.js";
import type { HandlerOptions, ServiceHandler } from "./types.js";
import { exchangeOfUnknown } from "./unknown-procedure.js";

/** Options for all services of a router; a service's own replace them, interceptors of the router run outside of a service's. */
export type RouterOptions = HandlerOptions;

/** Takes requests to the handlers of services: what adapters drive. */
export interface Router {
  /** Where the services are: `"/connectrpc.eliza.v1.ElizaService/"`. */
  readonly paths: readonly string[];
  readonly services: readonly ServiceHandler[];
  /** Takes a request on; `undefined` when its path is not of an RPC that is served here. */
  handle(request: HttpServerRequest, response: HttpServerStream): HttpRequestSink | undefined;
  /** Answers a request that nobody takes: 404, or `unimplemented` in the caller's protocol. */
  notFound(request: HttpServerRequest, response: HttpServerStream): HttpRequestSink;
  /** Aborts every context's `drainSignal`. */
  drain(): void;
  /** Calls that are not over. */
  readonly active: number;
  /** Handlers that still run though their call is over. */
  readonly orphans: number;
}

/**
 * Makes a router. Platform packages do it for you.
 *
 * @throws TypeError when two services have the same name
 */
export function createRouter(
  services: ServiceHandler | readonly ServiceHandler[],
  options: RouterOptions = {},
): Router {
  useFastBinary();
  const list = Array.isArray(services) ? (services as readonly ServiceHandler[]) : [services as ServiceHandler];
  const methods = new Map<string, MethodHandler>();
  for (const { typeName, methods: own } of list) {
    for (const [procedure, method] of own) {
      if (methods.has(procedure)) throw new TypeError(`the service ${typeName} is mounted twice`);
      methods.set(procedure, resolveMethod(method as ServiceMethod, options));
    }
  }
  return new ServiceRouter(list, methods);
}

class ServiceRouter implements Router, CallOwner {
  readonly services: readonly ServiceHandler[];
  readonly methods: ReadonlyMap<string, MethodHandler>;
  readonly drainController: AbortController = new AbortController();
  active = 0;
  orphans = 0;

  constructor(services: readonly ServiceHandler[], methods: ReadonlyMap<string, MethodHandler>) {
    this.services = services;
    this.methods = methods;
  }

  get paths(): readonly string[] {
    return this.services.map(({ typeName }) => `/${typeName}/`);
  }

  get drainSignal(): AbortSignal {
    return this.drainController.signal;
  }

  drain(): void {
    this.drainController.abort();
  }

  callEnded(): void {
    this.active--;
  }

  orphaned(by: 1 | -1): void {
    this.orphans += by;
  }

  handle(request: HttpServerRequest, response: HttpServerStream): HttpRequestSink | undefined {
    const { path } = request;
    const mark = path.indexOf("?");
    const method = this.methods.get(mark < 0 ? path : path.slice(0, mark));
    if (method === undefined) return undefined;
    const { spec } = method;
    if (spec.kind === "bidi_streaming" && !request.fullDuplex && !method.allowHalfDuplex) {
      // RFC 9110 section 15.6.6: the protocol version cannot carry what the RPC needs.
      return refuse(response, 505, "bidirectional streams need HTTP/2", [["connection", "close"]]);
    }
    const exchange = accept(method, request, mark);
    if (exchange === undefined) return refuseRequest(method, request, response);
    const error = exchange.protocol === "grpc" && !request.trailers ? noTrailers() : exchange.error;
    if (error !== undefined) return answer(exchange, response, error);
    this.active++;
    const call = new HandlerCall(this, method, request, response, exchange);
    call.start();
    return call;
  }

  notFound(request: HttpServerRequest, response: HttpServerStream): HttpRequestSink {
    const exchange = exchangeOfUnknown(request);
    if (exchange !== undefined) {
      const error = new ConnectError("unimplemented", "no such procedure is served here");
      // Connect's unary errors have an HTTP status of their own; 404 says the same (Connect protocol, "HTTP to Error Code").
      return answer(exchange, response, error, exchange.enveloped ? undefined : 404);
    }
    return refuse(response, 404, "not found", []);
  }
}

function accept(
  method: Pick<MethodHandler, "protocols" | "setup">,
  request: HttpServerRequest,
  mark: number,
): HandlerExchange | undefined {
  const head: HandlerRequest = {
    method: request.method,
    query: mark < 0 ? "" : request.path.slice(mark + 1),
    headers: request.headers,
  };
  for (const protocol of method.protocols) {
    const exchange = protocol.accept(head, method.setup);
    if (exchange !== undefined) return exchange;
  }
  return undefined;
}

/** An RPC is there, but not for such a request. */
function refuseRequest(method: MethodHandler, request: HttpServerRequest, response: HttpServerStream): HttpRequestSink {
  const { protocols, setup } = method;
  const get = protocols.some((protocol) => protocol.allowsGet(setup.spec));
  const allowed = get ? ["GET", "POST"] : ["POST"];
  if (!allowed.includes(request.method)) {
    return refuse(response, 405, "method not allowed", [["allow", allowed.join(", ")]]);
  }
  const types = protocols.flatMap((protocol) => protocol.contentTypes(setup.spec.kind, setup.codecs)).join(", ");
  return refuse(response, 415, `unsupported media type: the content-type must be one of ${types}`, [
    ["accept-post", types],
  ]);
}

function noTrailers(): ConnectError {
  return new ConnectError(
    "unimplemented",
    "gRPC needs HTTP trailers, which this server cannot send: use Connect or gRPC-Web",
  );
}

function answer(
  exchange: HandlerExchange,
  response: HttpServerStream,
  error: ConnectError,
  status?: number,
): HttpRequestSink {
  const whole = exchange.respond(undefined, false, error, new HeaderMap(), new HeaderMap());
  const body =
    whole.body === undefined || exchange.transcoder === undefined ? whole.body : exchange.transcoder.encode(whole.body);
  response.respond(status ?? whole.status, whole.headers, body, whole.trailers);
  return deaf;
}

function refuse(
  response: HttpServerStream,
  status: number,
  text: string,
  headers: readonly (readonly [string, string])[],
): HttpRequestSink {
  const all = new HeaderMap([...headers, ["content-type", "text/plain; charset=utf-8"]]);
  response.respond(status, all, new TextEncoder().encode(`${text}\n`));
  return deaf;
}

/** Listens to nothing: the request is answered. */
const deaf: HttpRequestSink = {
  data() {},
  end() {},
  error() {},
  drain() {},
  closed() {},
};
