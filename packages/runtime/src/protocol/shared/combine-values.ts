/** The value of a header that may come in several fields, as RFC 9110 section 5.2 combines them. */
export function combineValues(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before}, ${value}`;
}
