// What readers of random input share, and the readers of both sides need, too: a file of its own, as those two import each other else.
/** What was read is wrong, whatever the input. */
export class Fault extends Error {}

/** Two ways of reading must say the same. */
export function same(what: string, one: unknown, other: unknown): void {
  if (String(one) !== String(other))
    throw new Fault(`${what}: ${String(one).slice(0, 200)} and ${String(other).slice(0, 200)}`);
}

/** The bytes in pieces, whose sizes they tell themselves. */
export function piecesOf(bytes: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + ((bytes[at] as number) % 9);
    pieces.push(bytes.subarray(at, end));
    at = end;
  }
  return pieces;
}
