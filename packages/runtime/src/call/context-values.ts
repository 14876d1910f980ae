/** A typed key of {@link ContextValues}. */
export interface ContextKey<T> {
  readonly id: symbol;
  readonly defaultValue: T;
}

/** Makes a key. The description is for people. */
export function createContextKey<T>(defaultValue: T, options?: { readonly description?: string }): ContextKey<T> {
  return { id: Symbol(options?.description), defaultValue };
}

/** Typed values that travel with a call inside this process: from interceptors to handlers, from callers to interceptors. */
export interface ContextValues {
  /** The value of a key, or the key's default. */
  get<T>(key: ContextKey<T>): T;
  set<T>(key: ContextKey<T>, value: T): this;
  delete(key: ContextKey<unknown>): this;
}

/** Makes an empty set of values. */
export function createContextValues(): ContextValues {
  const values = new Map<symbol, unknown>();
  return {
    get<T>(key: ContextKey<T>): T {
      return values.has(key.id) ? (values.get(key.id) as T) : key.defaultValue;
    },
    set<T>(key: ContextKey<T>, value: T) {
      values.set(key.id, value);
      return this;
    },
    delete(key: ContextKey<unknown>) {
      values.delete(key.id);
      return this;
    },
  };
}
