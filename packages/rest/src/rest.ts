import {
  create,
  createRegistry,
  type DescFile,
  type DescService,
  type MessageInitShape,
  type Registry,
} from "@bufbuild/protobuf";
import { ConnectError, HeaderMap, type ServiceHandler } from "@connect-ts/runtime";
import { checkOptions, type HttpRequestSink, type HttpServerStream, type Route } from "@connect-ts/runtime/transport";
import { type Binding, bindingsOf, fullName, type Overrides } from "./binding.js";
import { encodeJson, RestExchange, type RestSettings } from "./exchange.js";
import { HttpSchema } from "./gen/google/api/http_pb.js";
import { RestTable } from "./route-table.js";
import { statusJson } from "./status.js";

/** Services that change while a server runs: a gateway has them. */
export interface LiveServices {
  /** Another list when anything has changed. */
  readonly services: readonly ServiceHandler[];
}

export interface RestOptions {
  /**
   * The member `http` of a service config (`google.api.Http`): rules by the full names of RPCs, in place of those of the schema. The last
   * one for an RPC counts.
   */
  readonly http?: MessageInitShape<typeof HttpSchema> | undefined;
  /** The types of the details of errors. Those of other types go as base64. @default those in the files of the services */
  readonly registry?: Registry | undefined;
  /** Whether parameters in a query that are no fields are left alone; otherwise they are answered with 400. @default false */
  readonly ignoreUnknownParameters?: boolean | undefined;
  /**
   * Called with the TypeError of a rule that cannot be served, of services that come while the server runs; the rule is left out.
   *
   * @default prints to `console.error`
   */
  readonly onBadRule?: ((error: unknown) => void) | undefined;
}

const noSink: HttpRequestSink = { data() {}, end() {}, error() {}, drain() {}, closed() {} };

/**
 * Serves RPCs as REST with JSON, by the rules (`google.api.http`) in their schema. It stands beside services in the lists that `serve`,
 * `nodeHandler`, `fetchHandler` and `createRouter` take; the services need not be there too. Calls run with the server's and the service's
 * options and interceptors, as those by Connect and gRPC do.
 *
 * @example
 * const server = await serve({ handlers: [library, await rest(library)] });
 *
 * @throws TypeError for a rule that cannot be served, or when there is none
 * @see https://github.com/googleapis/googleapis/blob/master/google/api/http.proto
 */
export async function rest(
  services: ServiceHandler | readonly ServiceHandler[] | LiveServices,
  options: RestOptions = {},
): Promise<Route> {
  checkOptions("rest", options, {
    http: undefined,
    registry: undefined,
    ignoreUnknownParameters: undefined,
    onBadRule: undefined,
  });
  const list = isLive(services)
    ? services.services
    : ((Array.isArray(services) ? services : [services]) as readonly ServiceHandler[]);
  const described = await Promise.all(list.map(async (handler) => ({ handler, service: await handler.descriptor() })));
  const source = isLive(services) ? new LiveTables(services, options) : new FixedTable(described, options);
  return {
    path: source.path,
    handle(request, response, context) {
      const { handlers, table, settings } = source.now();
      const { method, path: target, headers } = request;
      const found = table.find(method, context.path);
      if (found === undefined) return undefined;
      if (!("binding" in found)) return methodNotAllowed(response, found, settings);
      const { method: rpc, procedure } = found.binding;
      const handler = handlers.get(rpc.parent) as ServiceHandler;
      const query = target.includes("?") ? target.slice(target.indexOf("?") + 1) : "";
      const contentType = headers.get("content-type") ?? "";
      const restRequest = {
        match: found,
        query,
        contentType,
        ignoreUnknownParameters: settings.ignoreUnknownParameters,
      };
      return context.call(handler, procedure, (setup) => new RestExchange(request, restRequest, setup, settings));
    },
  };
}

interface Described {
  readonly handler: ServiceHandler;
  readonly service: DescService;
}

interface Current {
  readonly handlers: ReadonlyMap<DescService, ServiceHandler>;
  readonly table: RestTable;
  readonly settings: RestSettings;
}

class FixedTable {
  readonly current: Current;

  constructor(list: readonly Described[], options: RestOptions) {
    const overrides = overridesOf(options);
    const known = new Set(list.flatMap(({ service }) => service.methods.map(fullName)));
    for (const selector of overrides.keys()) {
      if (!known.has(selector))
        throw new TypeError(`the option http has a rule for "${selector}", which is no RPC here`);
    }
    const bindings = list.flatMap(({ service }) => service.methods.flatMap((method) => bindingsOf(method, overrides)));
    if (bindings.length === 0) {
      const names = list.map(({ service }) => service.typeName).join(", ");
      throw new TypeError(`no RPC of ${names} has the option google.api.http, nor a rule in the option http`);
    }
    this.current = { handlers: byService(list), table: new RestTable(bindings), settings: settingsOf(list, options) };
  }

  get path(): string {
    return this.current.table.path;
  }

  now(): Current {
    return this.current;
  }
}

/** Makes a new table when the services are others. */
class LiveTables {
  readonly live: LiveServices;
  readonly options: RestOptions;
  readonly overrides: Overrides;
  readonly onBadRule: (error: unknown) => void;
  readonly path = "/*";
  seen: readonly ServiceHandler[] | undefined = undefined;
  current: Current | undefined = undefined;

  constructor(live: LiveServices, options: RestOptions) {
    this.live = live;
    this.options = options;
    this.overrides = overridesOf(options);
    this.onBadRule = options.onBadRule ?? ((error) => console.error("a REST rule is left out:", error));
  }

  now(): Current {
    const { services } = this.live;
    if (this.current === undefined || this.seen !== services) {
      this.seen = services;
      const described = this.describe(services);
      this.current = {
        handlers: byService(described),
        table: this.tableOf(described),
        settings: settingsOf(described, this.options),
      };
    }
    return this.current;
  }

  /** Those whose descriptors are there. The others are served from when theirs are. */
  describe(services: readonly ServiceHandler[]): readonly Described[] {
    return services.flatMap((handler) => {
      const service = handler.descriptor();
      if (!("then" in service)) return { handler, service };
      service.then(() => {
        this.seen = undefined;
      }, this.onBadRule);
      return [];
    });
  }

  tableOf(services: readonly Described[]): RestTable {
    const table = new RestTable([]);
    const guarded = (add: () => void): void => {
      try {
        add();
      } catch (error) {
        this.onBadRule(error);
      }
    };
    for (const { service } of services) {
      for (const method of service.methods) {
        let bindings: readonly Binding[] = [];
        guarded(() => {
          bindings = bindingsOf(method, this.overrides);
        });
        for (const binding of bindings) guarded(() => table.add(binding));
      }
    }
    return table;
  }
}

function isLive(services: ServiceHandler | readonly ServiceHandler[] | LiveServices): services is LiveServices {
  return "services" in services;
}

/** The rules of a service config, by the RPCs that they are for. */
export function overridesOf({ http }: Pick<RestOptions, "http">): Overrides {
  const { rules } = create(HttpSchema, http);
  return new Map(rules.map((rule) => [rule.selector, rule]));
}

function byService(services: readonly Described[]): ReadonlyMap<DescService, ServiceHandler> {
  return new Map(services.map(({ handler, service }) => [service, handler]));
}

function settingsOf(services: readonly Described[], options: RestOptions): RestSettings {
  const files = new Set<DescFile>();
  const add = (file: DescFile): void => {
    if (files.has(file)) return;
    files.add(file);
    for (const dependency of file.dependencies) add(dependency);
  };
  for (const { service } of services) add(service.file);
  return {
    registry: options.registry ?? createRegistry(...files),
    ignoreUnknownParameters: options.ignoreUnknownParameters ?? false,
  };
}

function methodNotAllowed(
  response: HttpServerStream,
  methods: ReadonlySet<string>,
  { registry }: RestSettings,
): HttpRequestSink {
  const allowed = [...methods, ...(methods.has("GET") && !methods.has("HEAD") ? ["HEAD"] : [])].join(", ");
  const error = new ConnectError("unimplemented", `method not allowed: this path takes ${allowed}`);
  const headers = new HeaderMap([
    ["content-type", "application/json"],
    ["allow", allowed],
  ]);
  response.respond(405, headers, encodeJson(statusJson(error, registry)));
  return noSink;
}
