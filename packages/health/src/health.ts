import { ConnectError, type HandlerContext, HeaderMap, type ServiceHandler } from "@connect-ts/runtime";
import { checkOptions, createRoute, type Route } from "@connect-ts/runtime/transport";
import { createHealthHandler } from "./gen/grpc/health/v1/health_connect.js";
import type { HealthCheckResponse_ServingStatus as Wire } from "./gen/grpc/health/v1/health_pb.js";
import { CheckRunner, type HealthCheck } from "./health-check.js";
import { type ServingStatus, Statuses, wireStatus } from "./status.js";
import { watch } from "./watch.js";

/** What `createHealth` can be told. */
export interface HealthOptions {
  /**
   * Checks that decide how services are, by the services' full names; `""` is the server as a whole. They begin at once, and
   * until its first check is over a service is `"unknown"`.
   */
  readonly checks?: { readonly [service: string]: HealthCheck | HealthCheck["check"] } | undefined;
  /** Is told why a check failed, once each time that a service goes down. @default prints to `console.error` */
  readonly onFailure?: ((error: unknown, service: string) => void) | undefined;
}

/** The health of a server: mount `handler`, and `route()` for probes that speak plain HTTP. */
export interface Health {
  /** `grpc.health.v1.Health`: `Check`, `List` and `Watch`. */
  readonly handler: ServiceHandler;
  /**
   * A route for HTTP probes: 200 with `SERVING`, 503 with `NOT_SERVING` or `UNKNOWN`; `?service=acme.v1.Shop` asks for one
   * service, and 404 says that it is not mounted here and that nobody told of it.
   *
   * @param path @default "/healthz"
   */
  route(path?: string): Route;
  /**
   * Sets how a service is; `""` is the server as a whole.
   *
   * @throws TypeError when a check decides that, or the status is none
   */
  set(service: string, status: ServingStatus): void;
  /** How a service is: `undefined` when nobody told. While its server drains, clients are told `NOT_SERVING` all the same. */
  get(service: string): ServingStatus | undefined;
  /** From now on everything is `NOT_SERVING`, whatever `set` and checks say. For servers without `drain()`. */
  shutDown(): void;
  /** Ends the checks. They keep no process alive, so a server that ends need not call it. */
  close(): void;
}

/** A response of List has no more services (grpc/health/v1/health.proto). */
const maxListed = 100;

/**
 * Makes the health of a server, which is serving until it is told otherwise. A mounted service that is not told of is as the
 * server is. While the server drains everything is `NOT_SERVING`.
 *
 * Specification: https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 *
 * @throws TypeError or RangeError for a check that is none, or has a bad value
 */
export function createHealth(options: HealthOptions = {}): Health {
  checkOptions("createHealth", options, { checks: undefined, onFailure: undefined });
  const statuses = new Statuses();
  const onFailure = options.onFailure ?? printFailure;
  const runners = new Map(
    Object.entries(options.checks ?? {}).map(([service, check]) => {
      const given = typeof check === "function" ? { check } : check;
      return [service, new CheckRunner(service, given, statuses, onFailure)];
    }),
  );
  for (const [service, runner] of runners) {
    statuses.told.set(service, "unknown");
    void runner.run();
  }
  return {
    handler: createHealthHandler({
      check({ service }, context) {
        const status = statuses.of(service, context.services, context.drainSignal.aborted);
        if (status === undefined) throw new ConnectError("not_found", `there is no service ${JSON.stringify(service)}`);
        return { status: wireStatus[status] };
      },
      list: (_, context) => ({ statuses: list(statuses, context) }),
      watch: ({ service }, context) => watch(statuses, service, context),
    }),
    route: (path = "/healthz") => ({
      path,
      methods: ["GET"],
      // The context alone knows what is mounted beside the route.
      handle: (request, response, context) =>
        createRoute("GET", path, ({ query, drainSignal }) =>
          answer(statuses.of(query.get("service") ?? "", context.services, drainSignal.aborted)),
        ).handle(request, response, context),
    }),
    set(service, status) {
      if (runners.has(service)) {
        throw new TypeError(`a check decides how ${JSON.stringify(service)} is: it cannot be set`);
      }
      if (!Object.hasOwn(wireStatus, status)) {
        throw new TypeError(`a status is "unknown", "serving" or "not_serving", and ${JSON.stringify(status)} is not`);
      }
      statuses.set(service, status);
    },
    get: (service) => statuses.of(service, [], false),
    shutDown: () => statuses.shutDown(),
    close() {
      for (const runner of runners.values()) runner.stop();
    },
  };
}

function list(statuses: Statuses, context: HandlerContext): { [service: string]: { status: Wire } } {
  const { services, drainSignal } = context;
  const names = new Set([...statuses.told.keys(), ...services.map(({ typeName }) => typeName)]);
  if (names.size > maxListed) {
    throw new ConnectError(
      "resource_exhausted",
      `there are ${names.size} services, and List tells ${maxListed} at most`,
    );
  }
  const listed: [string, { status: Wire }][] = [];
  for (const name of names) {
    const status = statuses.of(name, services, drainSignal.aborted);
    if (status !== undefined) listed.push([name, { status: wireStatus[status] }]);
  }
  return Object.fromEntries(listed);
}

function answer(status: ServingStatus | undefined): { status: number; headers: HeaderMap; body: string } {
  const headers = new HeaderMap({ "cache-control": "no-store" });
  if (status === undefined) return { status: 404, headers, body: "SERVICE_UNKNOWN\n" };
  return { status: status === "serving" ? 200 : 503, headers, body: `${status.toUpperCase()}\n` };
}

function printFailure(error: unknown, service: string): void {
  console.error(`${service === "" ? "the server" : service} is not serving:`, error);
}
