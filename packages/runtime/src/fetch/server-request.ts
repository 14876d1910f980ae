import type { ServiceMount } from "../handler/mount.js";
import type { HeaderMap } from "../http/header-map.js";
import type { HttpServerRequest } from "../http/http-server.js";
import type { PeerTls } from "../http/peer-tls.js";
import { fromPlatformHeaders } from "./headers.js";

/** What a handler over Request and Response asks of its host, besides the request. */
export interface HostFacts {
  readonly fullDuplex: boolean;
  readonly address: ((request: Request, ...platform: readonly unknown[]) => string | undefined) | undefined;
  /** How long the host lets a call take, in milliseconds. */
  readonly timeLeft: ((...platform: readonly unknown[]) => number | undefined) | undefined;
}

/** A platform's request as a router sees it. */
export class FetchServerRequest implements HttpServerRequest {
  readonly native: Request;
  readonly facts: HostFacts;
  readonly platform: readonly unknown[];
  readonly method: string;
  readonly url: string;
  readonly path: string;
  readonly headers: HeaderMap;
  readonly fullDuplex: boolean;
  /** Hosts do not tell; nothing depends on it beside what `fullDuplex` and `trailers` say. */
  readonly httpVersion = undefined;
  /** A Response has none, whatever the host's HTTP could do. */
  readonly trailers: boolean = false;
  readonly tls: PeerTls | undefined = undefined;

  constructor(request: Request, facts: HostFacts, platform: readonly unknown[], mount: ServiceMount | undefined) {
    this.native = request;
    this.facts = facts;
    this.platform = platform;
    this.method = request.method;
    this.url = request.url;
    const path = pathOf(request.url);
    // Nobody tells what the host took off.
    this.path = mount === undefined ? path : mount.restore(path, {});
    this.headers = fromPlatformHeaders(request.headers);
    this.fullDuplex = facts.fullDuplex;
  }

  get timeoutMs(): number | undefined {
    return this.facts.timeLeft?.(...this.platform);
  }

  get address(): string {
    return this.facts.address?.(this.native, ...this.platform) ?? "";
  }
}

/** Path and query of a URL; by hand, for a `URL` costs more than the rest of the request. */
export function pathOf(url: string): string {
  const host = url.indexOf("//");
  const start = url.indexOf("/", host < 0 ? 0 : host + 2);
  if (start < 0) return "/";
  const end = url.indexOf("#", start);
  return end < 0 ? url.slice(start) : url.slice(start, end);
}

/**
 * The Request that a call came by, in a handler or its interceptors; `undefined` when it came by another adapter.
 *
 * @param context - the handler's context
 */
export function fetchRequest(context: { readonly request: unknown }): Request | undefined {
  const { request } = context;
  // Not by instanceof: hosts and tests have their own classes of that name.
  return typeof request === "object" && request !== null && "arrayBuffer" in request && "headers" in request
    ? (request as Request)
    : undefined;
}
