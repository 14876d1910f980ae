import { checkOptions, has, type RulesFor } from "../check-options.js";
import { ConnectError } from "../error/connect-error.js";
import { HeaderMap } from "../http/header-map.js";
import type { HttpRequestSink, HttpServerRequest, HttpServerStream } from "../http/http-server.js";
import { pathOf, queryOf } from "../http/request-target.js";
import { useFastBinary } from "../message/fast-binary.js";
import { useJsonReflection } from "../message/json-reflection.js";
import type { HandlerExchange, HandlerProtocol, HandlerRequest, HandlerSetup } from "../protocol/protocol.js";
import type { Cors } from "./cors.js";
import { underPolicy } from "./cors-response.js";
import { type CallOwner, HandlerCall } from "./handler-call.js";
import { type MethodHandler, resolveMethod } from "./method-handler.js";
import { checkPathPrefix, shownPath } from "./mount.js";
import { connectOnly, handlerRules, listHandlers, serviceOnly } from "./option-rules.js";
import { Orphans } from "./orphans.js";
import { acceptUnknown, servedProtocols } from "./protocols.js";
import { asItSays, deaf, refuse } from "./refuse.js";
import type { Route } from "./route/route.js";
import type { RouteOwner } from "./route/route-call.js";
import { RouteTable } from "./route/route-table.js";
import { startCall } from "./serve-call.js";
import type { ServiceMethod } from "./service-handler.js";
import type { HandlerOptions, ServiceHandler } from "./types.js";

/** Options for all services of a router. Options of a service replace them one by one; interceptors of the router run outside those of a service. */
export interface RouterOptions extends HandlerOptions {
  /**
   * The path below which everything is served: `"/api"` makes it `/api/connectrpc.eliza.v1.ElizaService/Say`. For servers, and
   * for hosts that hand over the whole URL (Fastify's routes, Next.js); leave it out where the host strips what it mounts at
   * (`app.use("/api", ...)` of Express).
   *
   * @default ""
   */
  readonly pathPrefix?: string | undefined;
  /**
   * Which pages of other origins may call: the value that `cors()` returns. Preflights are answered, and all responses of services and
   * routes have the headers, errors too; a fallback has its own policy. @default none: browsers keep the answers from pages of other origins
   */
  readonly cors?: Cors | undefined;
  /** Called with what a {@link Route} throws. @default prints to `console.error` */
  readonly onRouteError?: ((error: unknown, request: HttpServerRequest) => void) | undefined;
}

/** @internal */
export const routerRules: RulesFor<RouterOptions> = {
  ...handlerRules,
  pathPrefix: "string",
  onRouteError: "function",
  cors: ["object", "a policy: what cors() makes", has("decide")],
};

/** Takes requests to the handlers of services and to routes: what adapters drive. */
export interface Router {
  /** Where the services and routes are: `"/connectrpc.eliza.v1.ElizaService/"`, with the `pathPrefix` before it. */
  readonly paths: readonly string[];
  readonly services: readonly ServiceHandler[];
  /** Takes a request on; `undefined` when no RPC and no route that is served here does. */
  handle(request: HttpServerRequest, response: HttpServerStream): HttpRequestSink | undefined;
  /** Whether a path (with or without a query) belongs to one of the services: nobody else can answer it. */
  owns(path: string): boolean;
  /** Answers a request that nobody takes: 404, or `unimplemented` in the caller's protocol. */
  notFound(request: HttpServerRequest, response: HttpServerStream): HttpRequestSink;
  /** Aborts every context's `drainSignal`. */
  drain(): void;
  /** Calls that are not over. */
  readonly active: number;
  /** Handlers that still run though their call is over. */
  readonly orphans: number;
  /** The largest request message that one of the methods accepts, in bytes: an adapter lets that much of one come. */
  readonly largestRequest: number;
}

/**
 * Makes a router. Platform packages do it for you.
 *
 * @throws TypeError when two services have the same name, or for something that is not a service or not a path
 * @throws TypeError or RangeError for an unknown option or a bad value
 */
export function createRouter(
  handlers: ServiceHandler | Route | readonly (ServiceHandler | Route)[],
  options: RouterOptions = {},
): Router {
  return makeRouter(handlers, checkOptions("createRouter", options, routerRules, serviceOnly, connectOnly));
}

/** @internal {@link createRouter} of options that are checked. */
export function makeRouter(
  handlers: ServiceHandler | Route | readonly (ServiceHandler | Route)[],
  options: RouterOptions,
): Router {
  useFastBinary();
  useJsonReflection();
  const all = listHandlers(handlers);
  const list = all.filter((one) => isService(one));
  const routes = all.filter((one): one is Route => !isService(one));
  const prefix = checkPathPrefix(options.pathPrefix);
  const methods = new Map<string, MethodHandler>();
  for (const { typeName, methods: own } of list) {
    for (const [procedure, method] of own) {
      const path = prefix + procedure;
      if (methods.has(path)) throw new TypeError(`the service ${typeName} is mounted twice`);
      methods.set(path, resolveMethod(method as ServiceMethod, options));
    }
  }
  return new ServiceRouter(list, methods, new RouteTable(routes, prefix), options);
}

/** Whether a member of the list is a service, and no route. */
export function isService(handler: object): handler is ServiceHandler {
  return "typeName" in handler;
}

class ServiceRouter implements Router, CallOwner, RouteOwner {
  readonly services: readonly ServiceHandler[];
  /** By the path of their requests. */
  readonly methods: ReadonlyMap<string, MethodHandler>;
  readonly routes: RouteTable;
  readonly paths: readonly string[];
  readonly cors: Cors | undefined;
  readonly onError: RouteOwner["onError"];
  readonly drainController: AbortController = new AbortController();
  /** What anything here is served by. */
  readonly protocols: ReadonlySet<HandlerProtocol>;
  readonly largestRequest: number;
  readonly options: RouterOptions;
  /** What routes call and is not mounted. */
  readonly unmounted: WeakMap<ServiceMethod, MethodHandler> = new WeakMap();
  active = 0;
  readonly stragglers: Orphans = new Orphans();

  constructor(
    services: readonly ServiceHandler[],
    methods: ReadonlyMap<string, MethodHandler>,
    routes: RouteTable,
    options: RouterOptions,
  ) {
    const protocols = servedProtocols(options.protocols);
    this.services = services;
    this.methods = methods;
    this.routes = routes;
    this.protocols = new Set([...protocols, ...[...methods.values()].flatMap((method) => method.protocols)]);
    this.paths = [...services.map(({ typeName }) => `${routes.prefix}/${typeName}/`), ...routes.paths];
    this.options = options;
    this.cors = options.cors;
    this.onError = options.onRouteError ?? printError;
    this.largestRequest = Math.max(0, ...[...methods.values()].map(({ readMaxBytes }) => readMaxBytes));
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

  get orphans(): number {
    return this.stragglers.count;
  }

  handle(request: HttpServerRequest, response: HttpServerStream): HttpRequestSink | undefined {
    const path = pathOf(request.path);
    const method = this.methods.get(path);
    if (this.cors === undefined) return this.route(path, method, request, response);
    if (method === undefined && !this.routes.has(path)) return undefined;
    const allowed = underPolicy(this.cors, request, response);
    return allowed === undefined ? deaf : this.route(path, method, request, allowed);
  }

  route(
    path: string,
    method: MethodHandler | undefined,
    request: HttpServerRequest,
    response: HttpServerStream,
  ): HttpRequestSink | undefined {
    return method === undefined
      ? this.routes.handle(this, path, request, response)
      : this.start(method, request, response);
  }

  /** A call of a route. */
  call(
    service: ServiceHandler,
    procedure: string,
    request: HttpServerRequest,
    response: HttpServerStream,
    open: ((setup: HandlerSetup) => HandlerExchange) | undefined,
  ): HttpRequestSink {
    const own = service.methods.get(procedure) as ServiceMethod | undefined;
    if (own === undefined) throw new TypeError(`the service ${service.typeName} has no procedure "${procedure}"`);
    const mounted = this.services.includes(service)
      ? this.methods.get(this.routes.prefix + procedure)
      : this.unmounted.get(own);
    const method = mounted ?? resolveMethod(own, this.options);
    if (mounted === undefined) this.unmounted.set(own, method);
    return open === undefined
      ? this.start(method, request, response)
      : this.run(method, request, response, open(method.setup));
  }

  start(method: MethodHandler, request: HttpServerRequest, response: HttpServerStream): HttpRequestSink {
    const { spec } = method;
    if (spec.kind === "bidi_streaming" && !request.fullDuplex && !method.allowHalfDuplex) {
      // RFC 9110 section 15.6.6: the protocol version cannot carry what the RPC needs.
      return refuse(response, 505, "bidirectional streams need HTTP/2", [["connection", "close"]]);
    }
    const exchange = accept(method, request);
    if (exchange === undefined) return refuseRequest(method, request, response);
    return this.run(method, request, response, exchange);
  }

  run(
    method: MethodHandler,
    request: HttpServerRequest,
    response: HttpServerStream,
    exchange: HandlerExchange,
  ): HttpRequestSink {
    const error = exchange.needsTrailers && !request.trailers ? noTrailers(exchange) : exchange.error;
    if (error !== undefined) return answer(exchange, response, error);
    this.active++;
    const call = new HandlerCall(this, method, request, response, exchange);
    startCall(call);
    return call;
  }

  owns(path: string): boolean {
    return this.paths.slice(0, this.services.length).some((own) => path.startsWith(own));
  }

  notFound(request: HttpServerRequest, given: HttpServerStream): HttpRequestSink {
    const response = this.cors === undefined ? given : underPolicy(this.cors, request, given);
    if (response === undefined) return deaf;
    const exchange = acceptUnknown(headOf(request), this.protocols);
    if (exchange !== undefined) {
      const error = new ConnectError(
        "unimplemented",
        `no procedure is served at ${shownPath(request.url)}${this.servedAt(request.path)}`,
      );
      // Connect's unary errors have an HTTP status of their own; 404 says the same (Connect protocol, "HTTP to Error Code").
      return answer(exchange, response, error, exchange.enveloped ? undefined : 404);
    }
    return refuse(response, 404, "not found");
  }

  /** Where the procedure of a path is served that begins with something else. */
  servedAt(path: string): string {
    const procedure = pathOf(path).split("/").slice(-2).join("/");
    const right = `${this.routes.prefix}/${procedure}`;
    if (!this.methods.has(right)) return "";
    return `: it is served at "${right}", so correct the path in the client's baseUrl, or pathPrefix here`;
  }
}

function accept(
  method: Pick<MethodHandler, "protocols" | "setup">,
  request: HttpServerRequest,
): HandlerExchange | undefined {
  const head = headOf(request);
  for (const protocol of method.protocols) {
    const exchange = protocol.accept(head, method.setup);
    if (exchange !== undefined) return exchange;
  }
  return undefined;
}

function headOf({ method, path, headers }: HttpServerRequest): HandlerRequest {
  return { method, query: queryOf(path), headers };
}

/** An RPC is there, but not for such a request. */
function refuseRequest(method: MethodHandler, request: HttpServerRequest, response: HttpServerStream): HttpRequestSink {
  const { protocols, setup } = method;
  const get = protocols.some((protocol) => protocol.allowsGet(setup.spec));
  const allowed = get ? ["GET", "POST"] : ["POST"];
  if (!allowed.includes(request.method)) {
    const preflight = request.headers.get("access-control-request-method") !== null;
    const why = preflight
      ? "the server needs the option cors to allow pages of other origins"
      : `an RPC is called by ${allowed.join(" or ")}`;
    return refuse(response, 405, `method not allowed: ${why}`, [["allow", allowed.join(", ")]]);
  }
  const types = protocols.flatMap((protocol) => protocol.contentTypes(setup.spec.kind, setup.codecs)).join(", ");
  return refuse(response, 415, `unsupported media type: the content-type must be one of ${types}`, [
    ["accept-post", types],
  ]);
}

function noTrailers({ protocol }: HandlerExchange): ConnectError {
  return new ConnectError(
    "unimplemented",
    `the protocol ${protocol} needs HTTP trailers, which this server cannot send: use Connect or gRPC-Web`,
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
  response.respond(status ?? whole.status, asItSays(whole.headers), body, whole.trailers);
  return deaf;
}

function printError(error: unknown, { method, path }: HttpServerRequest): void {
  console.error(`${method} ${pathOf(path)} failed:`, error);
}
