import { pathOf } from "../http/request-target.js";

/** What comes before the path in a URL, or in the target of an HTTP/1.1 request in absolute form (RFC 9112 section 3.2.2). */
const beforePath = /^https?:\/\/[^/?#]*/i;
const prefixRule = /^(\/[^/?#]+)*$/;
/** How much of a path an error repeats. */
const shownLength = 200;

/** @returns the prefix without a slash at its end. @throws TypeError when it is no path */
export function checkPathPrefix(prefix = ""): string {
  if (typeof prefix === "string") {
    const path = prefix.endsWith("/") ? prefix.slice(0, -1) : prefix;
    if (prefixRule.test(path)) return path;
  }
  throw new TypeError(`pathPrefix must be a path such as "/api", not ${JSON.stringify(prefix)}`);
}

/** Scheme and authority of an absolute URL; empty for what begins with a path. */
export function originOf(url: string): string {
  return url.startsWith("/") ? "" : (beforePath.exec(url)?.[0] ?? "");
}

/** Path and query of a request's target. */
export function targetPath(target: string): string {
  return target.slice(originOf(target).length);
}

/** The path of a request's URL, for an error text. */
export function shownPath(url: string): string {
  return JSON.stringify(pathOf(targetPath(url)).slice(0, shownLength));
}

/** What a host that mounts handlers says of a URL that it took the mount path off. */
export interface Stripped {
  /** What it took off, as it stood in the URL; empty: nothing. Express says it. */
  readonly baseUrl?: unknown;
  /** The URL before that, and before middleware changed it. connect and middie say it. Nothing is routed by it. */
  readonly originalUrl?: unknown;
}

/** Where a host mounts one service, and what it leaves of a URL when it takes that path off: `/Method`. */
export class ServiceMount {
  /** `"/connectrpc.eliza.v1.ElizaService"`, with the `pathPrefix` before it. */
  readonly path: string;
  /** `"/Say"` */
  readonly methods: ReadonlySet<string>;

  constructor(path: string, procedures: Iterable<string>) {
    this.path = path;
    this.methods = new Set(Array.from(procedures, (procedure) => procedure.slice(procedure.lastIndexOf("/"))));
  }

  /** The whole path (with the query) of an RPC that a host left `/Method` of. All else stays as it is. */
  restore(url: string, host: Stripped): string {
    if (url.startsWith(`${this.path}/`)) return url;
    const { baseUrl } = host;
    if (typeof baseUrl === "string") return baseUrl.endsWith(this.path) ? this.path + url : url;
    // koa-mount takes off the slash too when the mount ends with one.
    const rest = url.startsWith("/") ? url : `/${url}`;
    return this.methods.has(pathOf(rest)) && !this.isOtherForm(url, host.originalUrl) ? this.path + rest : url;
  }

  /** Whether nothing was taken off, or a path that the host took for the mount's, and that is not it. */
  isOtherForm(url: string, originalUrl: unknown): boolean {
    if (typeof originalUrl !== "string") return false;
    if (originalUrl === url) return true;
    const path = pathOf(originalUrl);
    const parent = path.slice(0, path.lastIndexOf("/"));
    return !parent.endsWith(this.path) && canonical(parent).endsWith(canonical(this.path));
  }
}

/** A path as hosts compare it that do not care for case, encoded characters, parameters and repeated slashes. */
function canonical(path: string): string {
  return path
    .replace(/%([0-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/;[^/]*/g, "")
    .replace(/\/{2,}/g, "/")
    .toLowerCase();
}
