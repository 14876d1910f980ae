// A file of its own: bundles without maps leave it out.

/** What the key of a map with integer keys was: object keys are strings. */
export function intKey(key: string): number {
  return Number.parseInt(key, 10);
}

/** What the key of a map with boolean keys was. */
export function boolKey(key: string): boolean {
  return key !== "false" && key !== "";
}
