/** A value has eight digits at most. */
const largest = 99_999_999;

/** The units, finest first, and how many of each a millisecond has. */
const units: readonly (readonly [string, number])[] = [
  ["n", 1e6],
  ["u", 1e3],
  ["m", 1],
  ["S", 1 / 1e3],
  ["M", 1 / 60e3],
  ["H", 1 / 3600e3],
];

/**
 * The value of `grpc-timeout`, in the finest unit that it fits in; `undefined` when the time is too
 * long to say, which means no deadline.
 *
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#requests
 */
export function encodeGrpcTimeout(timeoutMs: number): string | undefined {
  if (timeoutMs <= 0) return "0n";
  for (const [unit, perMs] of units) {
    // Rounded up: the client's own timer is exact, and the server must not be the stricter one.
    const value = Math.ceil(timeoutMs * perMs);
    if (value <= largest) return value + unit;
  }
  return undefined;
}

/** Reads a `grpc-timeout` as milliseconds; `undefined` when it is none. */
export function parseGrpcTimeout(value: string): number | undefined {
  const digits = value.length - 1;
  if (digits < 1 || digits > 8) return undefined;
  let amount = 0;
  for (let i = 0; i < digits; i++) {
    const digit = value.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    amount = amount * 10 + digit;
  }
  switch (value[digits]) {
    case "n":
      return amount / 1e6;
    case "u":
      return amount / 1e3;
    case "m":
      return amount;
    case "S":
      return amount * 1e3;
    case "M":
      return amount * 60e3;
    case "H":
      return amount * 3600e3;
    default:
      return undefined;
  }
}
