// A file of its own: both sides and all HTTP versions count alike.

/** What a field counts, at `index` of a list of names and values in turn: name, value and 32 (RFC 9113 section 6.5.2). */
export function fieldBytes(list: readonly string[], index: number): number {
  return (list[index] as string).length + (list[index + 1] as string).length + 32;
}

/** What the fields of a list count together. */
export function headerBytes(list: readonly string[]): number {
  let bytes = 0;
  for (let i = 0; i < list.length; i += 2) bytes += fieldBytes(list, i);
  return bytes;
}
