// Apart from what is disposed of, which is on both sides: the symbols of `using` and `await using`.

/** Platforms without the symbols, as Node before 20.4, get those that downlevelled `using` looks for. */
export const dispose: typeof Symbol.dispose = Symbol.dispose ?? (Symbol.for("Symbol.dispose") as typeof Symbol.dispose);
export const asyncDispose: typeof Symbol.asyncDispose =
  Symbol.asyncDispose ?? (Symbol.for("Symbol.asyncDispose") as typeof Symbol.asyncDispose);
