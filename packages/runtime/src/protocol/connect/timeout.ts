// A file of its own: clients write what handlers read, and bundles have one of both.

/** `Connect-Timeout-Ms` has ten digits at most. */
const largest = 9_999_999_999;

/** The value of `Connect-Timeout-Ms`; `undefined` when the time is too long to say, which means no deadline. */
export function encodeConnectTimeout(timeoutMs: number): string | undefined {
  // Rounded up: the client's own timer is exact, and the server must not be the stricter one.
  const whole = Math.ceil(timeoutMs);
  if (whole <= 0) return "0";
  return whole <= largest ? String(whole) : undefined;
}

/** Reads a `Connect-Timeout-Ms`; `undefined` when it is none. */
export function parseConnectTimeout(value: string): number | undefined {
  if (value.length === 0 || value.length > 10) return undefined;
  let timeoutMs = 0;
  for (let i = 0; i < value.length; i++) {
    const digit = value.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    timeoutMs = timeoutMs * 10 + digit;
  }
  return timeoutMs;
}
