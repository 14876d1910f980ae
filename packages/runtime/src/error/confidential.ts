/** By `Symbol.for`, so that every copy of this package knows it. */
const brand: symbol = Symbol.for("connect-ts.confidential");

/**
 * Marks an error whose text is about this side's surroundings, such as the address of a server that
 * could not be reached: a handler that lets it escape must not tell its own client.
 */
export function confidential<E extends Error>(error: E): E {
  Object.defineProperty(error, brand, { value: true });
  return error;
}

/** Whether an error is marked as {@link confidential}. */
export function isConfidential(error: object): boolean {
  return (error as { readonly [key: symbol]: unknown })[brand] === true;
}
