import { isBytes } from "./base64.js";

/**
 * Structural sharing: what is equal in the old data stays the same object, so that components which show it do not
 * render again. TanStack Query's own takes bytes, and messages with defaults on their prototype, for changed whenever
 * they came anew.
 */
export function share(old: unknown, now: unknown): unknown {
  if (Object.is(old, now) || typeof old !== "object" || typeof now !== "object" || old === null || now === null)
    return now;
  if (isBytes(now)) return isBytes(old) && sameBytes(old, now) ? old : now;
  if (Array.isArray(now)) return Array.isArray(old) ? shareItems(old, now) : now;
  const prototype: unknown = Object.getPrototypeOf(now);
  if (prototype !== Object.getPrototypeOf(old) || !isData(now, prototype)) return now;
  return shareMembers(old as Members, now as Members, prototype);
}

interface Members {
  readonly [name: string]: unknown;
}

/** Messages, and objects that have only data; a `Date` or a `Map` has more than its members. */
function isData(value: object, prototype: unknown): boolean {
  return prototype === null || Object.getPrototypeOf(prototype) === null || "$typeName" in value;
}

function sameBytes(old: Uint8Array, now: Uint8Array): boolean {
  return old.length === now.length && now.every((byte, index) => byte === old[index]);
}

function shareItems(old: readonly unknown[], now: readonly unknown[]): readonly unknown[] {
  const shared = now.map((item, index) => share(old[index], item));
  return old.length === now.length && shared.every((item, index) => Object.is(item, old[index])) ? old : shared;
}

function shareMembers(old: Members, now: Members, prototype: unknown): Members {
  const names = Object.keys(now);
  const shared = Object.create(prototype as object | null) as { [name: string]: unknown };
  let same = names.length === Object.keys(old).length;
  for (const name of names) {
    const had = Object.hasOwn(old, name);
    const value = had ? share(old[name], now[name]) : now[name];
    same &&= had && Object.is(value, old[name]);
    // Not by assignment: an entry of a map may be called `__proto__`.
    Object.defineProperty(shared, name, { value, writable: true, enumerable: true, configurable: true });
  }
  return same ? old : shared;
}
