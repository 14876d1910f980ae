// A file of its own: a few bytes of protobuf, which need no schema in every bundle.
import type { ConnectError } from "@connect-ts/runtime";

/**
 * When to come again after an error with a detail `google.rpc.RetryInfo`, in milliseconds; `undefined` without one that can be read.
 *
 * Specification: https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto
 */
export function retryInfoOf({ details }: ConnectError): number | undefined {
  const detail = details.find(({ type }) => type === "google.rpc.RetryInfo");
  // Field 1 of it is a google.protobuf.Duration: seconds in field 1, nanoseconds in field 2.
  const delay = fieldOf(detail?.value ?? new Uint8Array(0), 1);
  if (!(delay instanceof Uint8Array)) return undefined;
  const [seconds, nanos] = [fieldOf(delay, 1) ?? 0, fieldOf(delay, 2) ?? 0];
  const isRead = typeof seconds === "number" && typeof nanos === "number";
  // What is negative takes all ten bytes of a varint: it is far beyond this.
  return isRead && seconds < 2 ** 40 && nanos < 1e9 ? seconds * 1000 + nanos / 1e6 : undefined;
}

/** The last value of a field that is a number or bytes; `undefined` when it is missing, or the message is broken. */
function fieldOf(bytes: Uint8Array, wanted: number): number | Uint8Array | undefined {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined) return Number.NaN;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    return Number.NaN;
  };
  let found: number | Uint8Array | undefined;
  while (at < bytes.length) {
    const tag = varint();
    let value: number | Uint8Array = varint();
    if (tag % 8 === 2) {
      at += value;
      if (!(at <= bytes.length)) return undefined;
      value = bytes.subarray(at - value, at);
    } else if (tag % 8 !== 0) return undefined;
    if (Number.isNaN(value)) return undefined;
    if (Math.floor(tag / 8) === wanted) found = value;
  }
  return found;
}
