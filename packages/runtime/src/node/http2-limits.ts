// A file of its own: clients and servers have the option.
import { type Limits, limitsOf } from "../http2/limits.js";

/** Limits of HTTP/2 that have options of their own, or follow from others. */
const elsewhere: readonly string[] = ["maxHeaderBytes", "maxHeaderPairs", "maxHeldBytes"];

/**
 * What a peer may do over HTTP/2, in place of the defaults: rates as `{ burst: 1500, perSecond: 100 }`, so many at once and so many
 * more in each second, and sizes. The page on security says what each limit is against.
 */
export type Http2Limits = Partial<Omit<Limits, "maxHeaderBytes" | "maxHeaderPairs" | "maxHeldBytes">>;

/** @throws TypeError for a limit that does not exist, and for a value that is none */
export function checkHttp2Limits(given: Http2Limits | undefined): Http2Limits | undefined {
  const name = elsewhere.find((one) => given !== undefined && Object.hasOwn(given, one));
  if (name !== undefined) throw new TypeError(`http2Limits has no "${name}": there are other options for it`);
  limitsOf(given);
  return given;
}
