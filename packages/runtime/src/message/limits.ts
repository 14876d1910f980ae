/** How large a message may be. */
export interface Limits {
  /**
   * The largest message to read, in bytes, uncompressed: 0 to 2^32 - 1. A larger one ends the call with `resource_exhausted`.
   *
   * @default 4194304 (4 MiB)
   */
  readonly readMaxBytes: number;
  /**
   * The largest message to send, in bytes as they go out: 0 to 2^32 - 1. A larger one is not sent, and fails with `resource_exhausted`.
   *
   * @default 4294967295: what an envelope can hold
   */
  readonly sendMaxBytes: number;
}

/** The length in an envelope is an unsigned 32-bit number. */
const mostBytes = 0xffffffff;

export const defaultLimits: Limits = { readMaxBytes: 4 * 1024 * 1024, sendMaxBytes: mostBytes };

/** Fills in the defaults. @throws RangeError when a limit is no whole number from 0 to 2^32 - 1. */
export function resolveLimits(options: { readonly [Name in keyof Limits]?: number | undefined }): Limits {
  return {
    readMaxBytes: check("readMaxBytes", options.readMaxBytes ?? defaultLimits.readMaxBytes),
    sendMaxBytes: check("sendMaxBytes", options.sendMaxBytes ?? defaultLimits.sendMaxBytes),
  };
}

function check(name: keyof Limits, value: number): number {
  if (!Number.isInteger(value) || value < 0 || value > mostBytes) {
    throw new RangeError(`${name} must be a whole number from 0 to ${mostBytes}, and is ${value}`);
  }
  return value;
}
