import type { FileRegistry } from "@bufbuild/protobuf";
import type { FileDescriptorSet } from "@bufbuild/protobuf/wkt";
import { HeaderMap, type ServiceHandler } from "@connect-ts/runtime";
import {
  checkOptions,
  type HttpRequestSink,
  type HttpServerRequest,
  type HttpServerStream,
  type Route,
  type RouteContext,
} from "@connect-ts/runtime/transport";
import { pageHtml, pagePolicy } from "./gen/page.js";
import { type Guard, guardOf } from "./guard.js";
import { Relay } from "./relay.js";
import { descriptorSet, registryOf } from "./schema.js";

/** Services that change while a server runs: a gateway has them. */
export interface LiveServices {
  /** Another list when anything has changed. */
  readonly services: readonly ServiceHandler[];
}

export interface ExplorerOptions {
  /** Where the page is. Below the `pathPrefix` of the server. @default "/explorer" */
  readonly path?: string | undefined;
  /** What is shown: services, which need not be mounted, or a gateway. @default all services that are mounted in the same list */
  readonly services?: readonly ServiceHandler[] | LiveServices | undefined;
  /** Services not to show: their full names, or a function that says by its name whether to hide one. The page cannot call them. */
  readonly hide?: readonly string[] | ((service: { readonly typeName: string }) => boolean) | undefined;
  /**
   * The schema with its comments, which generated code does not have: what `buf build -o schema.binpb` writes, as bytes or decoded. Its
   * types are also found in `google.protobuf.Any` and in the details of errors.
   *
   * @default the descriptors of the services, without comments
   */
  readonly schema?: Uint8Array | FileDescriptorSet | FileRegistry | undefined;
  /** Whether there is a page at all; otherwise its paths are left to other routes and to the fallback. @default false when the environment variable `NODE_ENV` is `production`, else true */
  readonly enabled?: boolean | undefined;
  /** Shows services and runs no calls. @default false */
  readonly readOnly?: boolean | undefined;
  /** Names of hosts, without ports, that the page may be opened at beside `localhost`, names below it, and loopback addresses. @default none */
  readonly hosts?: readonly string[] | undefined;
}

const noSink: HttpRequestSink = { data() {}, end() {}, error() {}, drain() {}, closed() {} };
const encoder = new TextEncoder();

/**
 * Serves a page that shows the services of a server, and calls them. It stands beside services in the lists that `serve`, `nodeHandler`,
 * `fetchHandler` and `createRouter` take. Calls run with the options and interceptors of the server, as those from afar do.
 *
 * @example
 * const server = await serve({ handlers: [elizaHandler, explorer()] });
 *
 * @throws TypeError for a bad path or host, or a schema that is none
 */
export function explorer(options: ExplorerOptions = {}): Route {
  checkOptions("explorer", options, {
    path: undefined,
    services: undefined,
    hide: undefined,
    schema: undefined,
    enabled: undefined,
    readOnly: undefined,
    hosts: undefined,
  });
  return new ExplorerRoute(options);
}

class ExplorerRoute implements Route {
  readonly path: readonly string[];
  readonly methods: readonly string[] = ["GET", "POST"];
  readonly base: string;
  readonly enabled: boolean;
  readonly readOnly: boolean;
  readonly guard: Guard;
  readonly relay: Relay = new Relay();
  readonly given: readonly ServiceHandler[] | LiveServices | undefined;
  readonly hidden: (service: { readonly typeName: string }) => boolean;
  readonly schema: FileRegistry | undefined;
  /** By the list of services that they are of. */
  readonly sets: WeakMap<readonly ServiceHandler[], Promise<Uint8Array>> = new WeakMap();

  constructor({ path = "/explorer", services, hide = [], schema, enabled, readOnly, hosts }: ExplorerOptions) {
    if (!/^(?:\/[\w.~-]+)+$/.test(path)) {
      throw new TypeError(`the path of an explorer must be such as "/explorer", not ${JSON.stringify(path)}`);
    }
    this.path = [path, `${path}/*`];
    this.base = path;
    this.enabled = enabled ?? environment() !== "production";
    this.readOnly = readOnly ?? false;
    this.guard = guardOf(hosts ?? []);
    this.given = services;
    this.hidden = typeof hide === "function" ? hide : ({ typeName }) => hide.includes(typeName);
    this.schema = registryOf(schema);
  }

  handle(request: HttpServerRequest, response: HttpServerStream, context: RouteContext): HttpRequestSink | undefined {
    if (!this.enabled) return undefined;
    const rest = context.path.slice(this.base.length);
    const refusal = this.guard.refusal(request, rest !== "" && rest !== "/");
    if (refusal !== undefined) return answer(response, 403, "text/plain; charset=utf-8", `${refusal}\n`);
    return request.method === "POST" ? this.post(rest, request, response, context) : this.get(rest, response, context);
  }

  get(rest: string, response: HttpServerStream, context: RouteContext): HttpRequestSink {
    switch (rest) {
      case "":
        // Relative, since a host may have taken a part of the path off.
        return answer(response, 308, "text/plain", "", [
          ["location", `.${this.base.slice(this.base.lastIndexOf("/"))}/`],
        ]);
      case "/":
        return answer(response, 200, "text/html; charset=utf-8", pageHtml, [
          ["content-security-policy", pagePolicy],
          ["x-frame-options", "DENY"],
        ]);
      case "/descriptors.binpb":
        this.descriptors(context).then(
          (bytes) => answer(response, 200, "application/x-protobuf", bytes),
          (error: unknown) => context.fail(error),
        );
        return noSink;
      case "/session": {
        const services = this.services(context).map(({ typeName }) => typeName);
        const { readOnly } = this;
        const token = readOnly ? undefined : this.guard.token;
        return answer(
          response,
          200,
          "application/json",
          JSON.stringify({ path: this.base, readOnly, token, services }),
        );
      }
      default:
        return notFound(response);
    }
  }

  post(
    rest: string,
    request: HttpServerRequest,
    response: HttpServerStream,
    context: RouteContext,
  ): HttpRequestSink | undefined {
    if (this.readOnly) return answer(response, 403, "text/plain", "the explorer is read-only here: it runs no calls\n");
    const refusal = this.guard.withoutToken(request);
    if (refusal !== undefined)
      return answer(response, 403, "text/plain", `${refusal}\n`, [["explorer-token", "renew"]]);
    const [, action, ...names] = rest.split("/");
    if (action === "send" && names.length === 1) return this.relay.sends.handle(request, response, context);
    if (action !== "call" || names.length !== 2) return notFound(response);
    const [service, method] = names;
    const handler = this.services(context).find(({ typeName }) => typeName === service);
    const procedure = `/${service}/${method}`;
    if (handler?.specs.some((spec) => spec.procedure === procedure) !== true) return notFound(response);
    const sink = this.relay.call(handler, procedure, request, context);
    return sink ?? answer(response, 409, "text/plain", "another call has this name\n");
  }

  /** What is shown. */
  services(context: RouteContext): readonly ServiceHandler[] {
    return this.list(context).filter((service) => !this.hidden(service));
  }

  list({ services }: RouteContext): readonly ServiceHandler[] {
    const given = this.given ?? services;
    return "services" in given ? given.services : given;
  }

  descriptors(context: RouteContext): Promise<Uint8Array> {
    const list = this.list(context);
    let set = this.sets.get(list);
    if (set === undefined) {
      set = Promise.all(this.services(context).map(async (service) => service.descriptor())).then((services) =>
        descriptorSet(services, this.schema, this.hidden),
      );
      this.sets.set(list, set);
      // A descriptor that could not be imported is asked for again by the next request.
      set.catch(() => this.sets.delete(list));
    }
    return set;
  }
}

function notFound(response: HttpServerStream): HttpRequestSink {
  return answer(response, 404, "text/plain", "not found\n");
}

function answer(
  response: HttpServerStream,
  status: number,
  contentType: string,
  body: string | Uint8Array,
  headers: readonly (readonly [string, string])[] = [],
): HttpRequestSink {
  const all = new HeaderMap([
    ["content-type", contentType],
    ["cache-control", "no-store"],
    ["referrer-policy", "no-referrer"],
    ["cross-origin-resource-policy", "same-origin"],
    ...headers,
  ]);
  response.respond(status, all, typeof body === "string" ? encoder.encode(body) : body);
  return noSink;
}

/** Elsewhere than on Node there may be no environment; where it may not be read (Deno asks), nobody knows. */
function environment(): string | undefined {
  const { process } = globalThis as { process?: { env?: { NODE_ENV?: string } } };
  try {
    return process?.env?.NODE_ENV;
  } catch {
    return "production";
  }
}
