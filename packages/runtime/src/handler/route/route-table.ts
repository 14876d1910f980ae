import type { HttpRequestSink, HttpServerRequest, HttpServerStream } from "../../http/http-server.js";
import { refuse } from "../refuse.js";
import type { Route } from "./route.js";
import { RouteCall, type RouteOwner } from "./route-call.js";

/** `"/"`, `"/a/b"`, and both with `*` after a slash at the end. */
const pathRule = /^\/(?:[^?#*]*|(?:[^?#*]*\/)?\*)$/;

/** The routes of a server, by path. */
export class RouteTable {
  readonly prefix: string;
  readonly exact: ReadonlyMap<string, readonly Route[]>;
  /** Longest first: their paths up to the `*`, and they. */
  readonly below: readonly (readonly [path: string, route: Route])[];

  /** @throws TypeError when a path is none */
  constructor(routes: readonly Route[], prefix: string) {
    const exact = new Map<string, Route[]>();
    const below: [string, Route][] = [];
    for (const [path, route] of routes.flatMap((route) => [route.path].flat().map((path) => [path, route] as const))) {
      if (!pathRule.test(path)) {
        throw new TypeError(`the path of a route must be such as "/healthz" or "/docs/*", not ${JSON.stringify(path)}`);
      }
      const full = prefix + path;
      if (full.endsWith("*")) below.push([full.slice(0, -1), route]);
      else exact.set(full, [...(exact.get(full) ?? []), route]);
    }
    this.prefix = prefix;
    this.exact = exact;
    this.below = below.sort(([a], [b]) => b.length - a.length);
  }

  get paths(): readonly string[] {
    return [...this.exact.keys(), ...new Set(this.below.map(([path]) => path))];
  }

  /** `undefined` when no route takes the request. */
  handle(
    owner: RouteOwner,
    path: string,
    request: HttpServerRequest,
    response: HttpServerStream,
  ): HttpRequestSink | undefined {
    const allowed = new Set<string>();
    for (const route of this.routesFor(path)) {
      const methods = methodsOf(route);
      if (methods !== undefined && !methods.includes(request.method)) {
        for (const method of methods) allowed.add(method);
        continue;
      }
      const call = new RouteCall(owner, path.slice(this.prefix.length), request, response);
      if (call.start(route)) return call;
    }
    if (allowed.size === 0) return undefined;
    return refuse(response, 405, "method not allowed", [["allow", [...allowed].join(", ")]]);
  }

  has(path: string): boolean {
    return this.exact.has(path) || this.below.some(([start]) => path.startsWith(start));
  }

  routesFor(path: string): Route[] {
    const routes = [...(this.exact.get(path) ?? [])];
    for (const [start, route] of this.below) if (path.startsWith(start)) routes.push(route);
    return routes;
  }
}

function methodsOf({ methods }: Route): readonly string[] | undefined {
  return methods?.includes("GET") === true ? [...methods, "HEAD"] : methods;
}
