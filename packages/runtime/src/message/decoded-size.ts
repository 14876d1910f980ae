import { ConnectError } from "../error/connect-error.js";

// What messages weigh in memory, by estimates in bytes, so that few bytes cannot become gigabytes. One table for all codecs.

/** An object: a message beside its members; in JSON an object or a list. */
export const objectWeight = 80;
/** A view of bytes: a `bytes` field, and the data of an unknown one. */
export const viewWeight = 160;
/** An item of a list or an entry of a map, beside what it holds. */
export const entryWeight = 16;
/** A string, beside its bytes. */
export const stringWeight = 24;
/** A number in a packed list, for each byte that it has there. */
export const numberWeight = 8;

/**
 * Whether `bytes` bytes of a message could weigh more than the limit. The densest have two bytes for an object: an empty
 * message in a list, an unknown field. Most messages are too small for that.
 *
 * @param members - the most that members of an object weigh
 */
export function mayWeigh(bytes: number, limit: number, members: number): boolean {
  return (bytes * (entryWeight + objectWeight + members)) / 2 > limit;
}

/**
 * What messages of `readMaxBytes` may weigh where nobody says: messages of 16 bytes each, and packed numbers, pass. It is 64
 * KiB at least: the one object that a small message is may weigh more than 16 times its bytes.
 */
export function defaultDecodedMaxBytes(readMaxBytes: number): number {
  return Math.max(64 * 1024, 16 * readMaxBytes);
}

export function tooHeavy(limit: number): ConnectError {
  return new ConnectError(
    "resource_exhausted",
    `the message takes more than ${limit} bytes when it is decoded: raise decodedMaxBytes to accept it`,
  );
}
