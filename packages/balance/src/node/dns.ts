import { Resolver } from "node:dns/promises";
import { isIP } from "node:net";
import type { Address, Addresses } from "../addresses.js";

/** What to ask DNS for. */
export interface DnsOptions {
  /**
   * `"a"`: the addresses of the name in the URL, each with the URL's port. `"srv"`: the SRV records of this name, with ports,
   * priorities and weights of theirs: `{ srv: "_grpc._tcp.shop.internal" }`. @default the addresses
   */
  readonly srv?: string | undefined;
  /** IPv4 or IPv6 alone. @default IPv4, and IPv6 where a name has no IPv4 address: so a server with both is not counted twice */
  readonly family?: 4 | 6 | undefined;
  /** Whom to ask. @default a new `dns.promises.Resolver`, with the servers of the system; it does not read the hosts file */
  readonly resolver?: DnsResolver | undefined;
}

/** What is used of Node's `dns.promises.Resolver`. */
export type DnsResolver = Pick<Resolver, "resolve4" | "resolve6" | "resolveSrv">;

/**
 * Asks DNS where the servers of a name are, for `addresses` of `balance()`.
 *
 * @param url - scheme, name, and port: `"https://shop.internal:8443"`. With SRV records the name and the port come from those.
 *   A URL that has an IP address in the place of a name is that one server.
 *
 * @throws TypeError when `url` is not an absolute URL of `http:` or `https:`, or an option is wrong
 */
export function dnsAddresses(url: string, options: DnsOptions = {}): Exclude<Addresses, readonly unknown[]> {
  const { srv, family, resolver = new Resolver() } = options;
  // "localhost:8080" is a URL too, of the scheme "localhost".
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new TypeError(`url must be a URL such as "http://shop.internal:8080", and ${JSON.stringify(url)} is none`);
  }
  const base = new URL(url);
  if (srv !== undefined && (typeof srv !== "string" || srv === "")) {
    throw new TypeError(`srv must be the name of SRV records, and ${JSON.stringify(srv)} is none`);
  }
  if (family !== undefined && family !== 4 && family !== 6) {
    throw new TypeError(`family must be 4 or 6, and ${String(family)} is neither`);
  }
  if (srv === undefined) {
    // What a deployment or a test has as an address is not for DNS to know.
    if (isIP(base.hostname.replace(/^\[|\]$/g, "")) !== 0) return () => [url];
    return async () => (await addressesOf(resolver, base.hostname, family)).map((ip): Address => ({ url, ip }));
  }
  return async () => {
    const records = await resolver.resolveSrv(srv);
    const lists = await Promise.all(
      records.map(async ({ name, port, priority, weight }) => {
        const ips = await addressesOf(resolver, name, family);
        const target = `${base.protocol}//${name}:${port}${base.pathname === "/" ? "" : base.pathname}`;
        // RFC 2782: a weight of 0 is for records that are hardly ever chosen beside others.
        return ips.map((ip): Address => ({ url: target, ip, priority, weight: Math.max(weight, 0.01) / ips.length }));
      }),
    );
    return lists.flat();
  };
}

async function addressesOf(resolver: DnsResolver, name: string, family: 4 | 6 | undefined): Promise<string[]> {
  if (family === 6) return await resolver.resolve6(name);
  if (family === 4) return await resolver.resolve4(name);
  try {
    return await resolver.resolve4(name);
  } catch (error) {
    // There is the name, or was no answer for it, and no IPv4 address.
    return await resolver.resolve6(name).catch(() => Promise.reject(error));
  }
}
