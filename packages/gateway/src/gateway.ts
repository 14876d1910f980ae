import { type DescService, type FileRegistry, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, type FileDescriptorSet } from "@bufbuild/protobuf/wkt";
import { reflectServer, registryOf } from "@connect-ts/reflection";
import type { ConnectError, Interceptor, ServiceHandler, Spec, Transport } from "@connect-ts/runtime";
import { checkOptions, type Route } from "@connect-ts/runtime/transport";
import { forwardingHandler, type Upstream } from "./forward.js";

/** What the services are known by: what `buf build -o schema.binpb` writes, as bytes or decoded, or a registry. */
export type GatewaySchema = Uint8Array | FileDescriptorSet | FileRegistry;

export interface GatewayOptions {
  /** How to call the server behind the gateway: its protocol, codec, limits and connections are the transport's. */
  readonly transport: Transport;
  /**
   * Interceptors of the calls to that server, those of reflection too: to add credentials, or to trace them. They see a binary message as `{ $bytes }`.
   *
   * @default none
   */
  readonly interceptors?: readonly Interceptor[] | undefined;
  /**
   * The services: descriptors, or a function that reads them again for each refresh.
   *
   * @default the upstream is asked by gRPC server reflection
   */
  readonly schema?: GatewaySchema | ((signal: AbortSignal) => GatewaySchema | Promise<GatewaySchema>) | undefined;
  /** Which services are served, by their full names. @default all */
  readonly services?: readonly string[] | undefined;
  /** How often the schema is read again, in milliseconds from 1 to 2147483647; `Infinity` is never. @default 60000 */
  readonly refreshMs?: number | undefined;
  /** How long a refresh may take, in milliseconds from 1 to 2147483647. @default 10000 */
  readonly refreshTimeoutMs?: number | undefined;
  /** Called when a refresh failed; the services stay as they were. @default prints to `console.error` */
  readonly onRefreshError?: ((error: unknown) => void) | undefined;
  /** Called with errors of calls that the upstream did not answer, such as those of connections. @default nothing */
  readonly onUpstreamError?: ((error: ConnectError, spec: Spec) => void) | undefined;
}

/** Services that are known only at run time, in front of a server. */
export interface Gateway {
  /** Serves the RPCs, at their paths: give it to `serve`, `nodeHandler` or `fetchHandler`. */
  readonly route: Route;
  /** What is served now: `rest(gateway)` serves it as REST. Another list when the schema has changed. */
  readonly services: readonly ServiceHandler[];
  /**
   * Reads the schema again. Calls that run go on. Wait for it once before you serve.
   *
   * @throws what reading the schema threw
   */
  refresh(): Promise<void>;
  /** Ends the refreshes. The transport is yours to close. */
  close(): void;
}

/**
 * Makes a gateway: services that are known by their descriptors pass every call on to an upstream server. JSON, Connect, gRPC and gRPC-Web come
 * in, and the transport's protocol goes out, for all four kinds. Headers, trailers, errors with details, deadlines and cancellation pass through.
 *
 * @example
 * const gateway = createGateway({ transport: createNodeTransport({ baseUrl, protocol: grpc() }) });
 * await gateway.refresh();
 * const server = await serve({ handlers: [gateway.route, await rest(gateway)] });
 *
 * @throws RangeError for a time that is none
 */
export function createGateway(options: GatewayOptions): Gateway {
  checkOptions("createGateway", options, {
    transport: undefined,
    interceptors: undefined,
    schema: undefined,
    services: undefined,
    refreshMs: undefined,
    refreshTimeoutMs: undefined,
    onRefreshError: undefined,
    onUpstreamError: undefined,
  });
  return new ForwardingGateway(options);
}

class ForwardingGateway implements Gateway {
  readonly options: GatewayOptions;
  readonly upstream: Upstream;
  readonly refreshMs: number;
  readonly refreshTimeoutMs: number;
  services: readonly ServiceHandler[] = [];
  procedures: ReadonlyMap<string, ServiceHandler> = new Map();
  /** What the services were made of. */
  seen: readonly Uint8Array[] = [];
  refreshing: Promise<void> | undefined = undefined;
  timer: ReturnType<typeof setTimeout> | undefined = undefined;
  isClosed = false;

  constructor(options: GatewayOptions) {
    this.options = options;
    this.upstream = {
      transport: options.transport,
      interceptors: options.interceptors,
      pseudonym: `1.1 connect-ts-${Math.random().toString(36).slice(2, 12)}`,
      onUpstreamError: options.onUpstreamError ?? (() => undefined),
    };
    this.refreshMs = duration("refreshMs", options.refreshMs ?? 60_000, true);
    this.refreshTimeoutMs = duration("refreshTimeoutMs", options.refreshTimeoutMs ?? 10_000, false);
  }

  get route(): Route {
    return {
      path: "/*",
      handle: (_request, _response, context) => {
        const handler = this.procedures.get(context.path);
        return handler === undefined ? undefined : context.call(handler, context.path);
      },
    };
  }

  refresh(): Promise<void> {
    this.refreshing ??= this.read().finally(() => {
      this.refreshing = undefined;
      this.plan();
    });
    return this.refreshing;
  }

  async read(): Promise<void> {
    const registry = await this.readSchema();
    if (this.isClosed) return;
    const services = [...registry].filter((type): type is DescService => type.kind === "service");
    const names = this.options.services;
    const missing = names?.find((name) => registry.getService(name) === undefined);
    if (missing !== undefined) throw new TypeError(`the schema has no service "${missing}"`);
    const files = [...registry.files].map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto));
    // Another list would make everything anew that hangs on it.
    if (sameBytes(files, this.seen)) return;
    this.seen = files;
    this.services = services
      .filter(({ typeName }) => names?.includes(typeName) ?? true)
      .map((service) => forwardingHandler(service, registry, this.upstream));
    this.procedures = new Map(
      this.services.flatMap((handler) => handler.specs.map(({ procedure }) => [procedure, handler] as const)),
    );
  }

  async readSchema(): Promise<FileRegistry> {
    const { schema, services, transport, interceptors } = this.options;
    const signal = AbortSignal.timeout(this.refreshTimeoutMs);
    if (schema === undefined) return reflectServer(transport, { services, signal, interceptors });
    return registryOf(typeof schema === "function" ? await schema(signal) : schema);
  }

  plan(): void {
    const { schema, onRefreshError = printError } = this.options;
    const isFixed = schema !== undefined && typeof schema !== "function";
    if (this.isClosed || isFixed || this.refreshMs === Number.POSITIVE_INFINITY) return;
    clearTimeout(this.timer);
    const tell = (error: unknown): void => {
      if (!this.isClosed) onRefreshError(error);
    };
    this.timer = setTimeout(() => void this.refresh().catch(tell), this.refreshMs);
    // On Node a timer keeps the process alive; a refresh must not. Elsewhere timers are numbers.
    if (typeof this.timer === "object") this.timer.unref();
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
  }
}

function sameBytes(one: readonly Uint8Array[], other: readonly Uint8Array[]): boolean {
  return (
    one.length === other.length &&
    one.every((bytes, index) => {
      const against = other[index] as Uint8Array;
      return bytes.length === against.length && bytes.every((byte, at) => byte === against[at]);
    })
  );
}

function duration(name: string, value: number, isInfinityAllowed: boolean): number {
  if (isInfinityAllowed && value === Number.POSITIVE_INFINITY) return value;
  if (Number.isFinite(value) && value >= 1 && value <= 0x7fffffff) return value;
  throw new RangeError(`${name} must be from 1 to 2147483647 milliseconds, and ${value} is not`);
}

function printError(error: unknown): void {
  console.error("the gateway cannot read its schema again:", error);
}
