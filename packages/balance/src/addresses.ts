import type { Awaitable } from "@connect-ts/runtime";

/** Where one server is. */
export interface Address {
  /** As `baseUrl` of a transport has it: `"http://10.0.0.1:8080"`. */
  readonly url: string;
  /** The IP address to connect to in place of the name in `url`, which stays the name for TLS and the authority. */
  readonly ip?: string | undefined;
  /** Its share of the calls beside that of the others, above 0 and up to 1000000. @default 1 */
  readonly weight?: number | undefined;
  /** A whole number from 0: servers of a higher one get calls only when none of a lower one can. @default 0 */
  readonly priority?: number | undefined;
}

/** Addresses, or URLs alone. */
export type AddressList = readonly (string | Address)[];

/**
 * Where the servers are: a list; or a function that gives one, which is asked again from time to time and after failures; or
 * a function that gives an async iterable of lists, each in place of the one before. The signal aborts when the transport closes.
 */
export type Addresses = AddressList | ((signal: AbortSignal) => Awaitable<AddressList> | AsyncIterable<AddressList>);

/** An address with all its values. */
export interface Target extends Address {
  /** Tells it from all others. */
  readonly key: string;
  readonly weight: number;
  readonly priority: number;
}

/** @throws TypeError or RangeError for a bad address */
export function targetsOf(list: AddressList): Map<string, Target> {
  if (!Array.isArray(list)) throw new TypeError(`addresses must be a list, and ${typeof list} is none`);
  const targets = new Map<string, Target>();
  for (const one of list as AddressList) {
    const address: Address = typeof one === "string" ? { url: one } : one;
    const { url, ip, weight = 1, priority = 0 } = address;
    if (typeof url !== "string" || url === "") {
      throw new TypeError(`an address must be a URL or { url }, and ${JSON.stringify(one)} is neither`);
    }
    if (!(typeof weight === "number" && weight > 0 && weight <= 1_000_000)) {
      throw new RangeError(`weight of ${url} must be a number above 0 to 1000000, and ${String(weight)} is not`);
    }
    if (!(Number.isInteger(priority) && priority >= 0)) {
      throw new RangeError(`priority of ${url} must be a whole number from 0, and ${String(priority)} is not`);
    }
    const key = ip === undefined ? url : `${url} at ${ip}`;
    if (!targets.has(key)) targets.set(key, { ...address, key, weight, priority });
  }
  return targets;
}
