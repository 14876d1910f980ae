import type { HttpServerRequest } from "@connect-ts/runtime/transport";

/** Keeps other pages out: one of another origin must neither read the schema nor run calls, by DNS rebinding neither. */
export interface Guard {
  /** Whoever runs calls must know it. Pages of other origins cannot read it. */
  readonly token: string;
  /**
   * Why a request is not served.
   *
   * @param byPage - only the page itself and programs may ask for it. The page may be opened from anywhere
   */
  refusal(request: HttpServerRequest, byPage: boolean): string | undefined;
  /** Why a request may not run calls. */
  withoutToken(request: HttpServerRequest): string | undefined;
}

/**
 * @param hosts - names of hosts that the page may be opened at, beside loopback
 * @throws TypeError when one of them is none
 */
export function guardOf(hosts: readonly string[]): Guard {
  const allowed = new Set(hosts.map(hostName));
  const token = crypto.randomUUID();
  return {
    token,
    refusal(request, byPage) {
      const at = parsed(request.url);
      if (at === undefined || !(isLoopback(at.hostname) || allowed.has(at.hostname))) {
        const shown = JSON.stringify(at?.hostname ?? "");
        return `the explorer is not open at the host ${shown}: give it the option hosts: [${shown}]`;
      }
      if (!byPage) return undefined;
      const { headers } = request;
      const site = headers.get("sec-fetch-site");
      const origin = headers.get("origin");
      // A proxy may have taken TLS off, so the scheme says nothing.
      const isForeign = origin !== null && parsed(origin)?.host !== at.host;
      // "none": a person has typed the address.
      if (isForeign || (site !== null && site !== "same-origin" && (site !== "none" || request.method !== "GET"))) {
        return "the explorer answers its own page alone, and no page of another origin";
      }
      return undefined;
    },
    withoutToken({ headers }) {
      if (headers.get("explorer-token") === token) return undefined;
      return "the header explorer-token is missing or old: load the page again";
    },
  };
}

/** As browsers write it. */
function hostName(name: string): string {
  const hostname = typeof name === "string" ? parsed(`http://${name}`)?.hostname : undefined;
  if (hostname === undefined || hostname !== name.toLowerCase()) {
    throw new TypeError(`hosts must be names of hosts, such as "dev.example.com", without ports, not ${String(name)}`);
  }
  return hostname;
}

function isLoopback(hostname: string): boolean {
  // What begins with 127 and a dot is an address here: the parser of URLs lets no other name end in a number.
  return /^(?:(?:.+\.)?localhost\.?|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}

function parsed(url: string): URL | undefined {
  try {
    return new URL(url);
  } catch {
    return undefined;
  }
}
