import type { DescMessage, Message } from "@bufbuild/protobuf";

/** Where two values differ; `undefined` when they are the same. NaN is NaN, and -0 is not 0. */
export function difference(mine: unknown, theirs: unknown, path = "message"): string | undefined {
  // Nearly all are the same, and paths of what is the same take longer than all else.
  if (same(mine, theirs)) return undefined;
  if (!isObject(mine) || !isObject(theirs)) return `${path}: ${show(mine)} instead of ${show(theirs)}`;
  if (mine instanceof Uint8Array || theirs instanceof Uint8Array || Array.isArray(mine) || Array.isArray(theirs)) {
    if (mine.constructor !== theirs.constructor) return `${path}: another kind of array`;
    const [a, b] = [mine, theirs] as unknown as [List, List];
    if (a.length !== b.length) return `${path}: ${a.length} items instead of ${b.length}`;
    for (let i = 0; i < a.length; i++) {
      const found = difference(a[i], b[i], `${path}[${i}]`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  // A member that is undefined is one that is not there.
  for (const name of new Set([...keysOf(mine), ...keysOf(theirs)])) {
    const found = difference(mine[name], theirs[name], `${path}.${name}`);
    if (found !== undefined) return found;
    if (Object.hasOwn(mine, name) !== Object.hasOwn(theirs, name)) return `${path}.${name}: own of one only`;
  }
  return undefined;
}

/** Whether {@link difference} finds nothing. */
function same(mine: unknown, theirs: unknown): boolean {
  if (Object.is(mine, theirs)) return true;
  if (!isObject(mine) || !isObject(theirs)) return false;
  if (mine instanceof Uint8Array || theirs instanceof Uint8Array || Array.isArray(mine) || Array.isArray(theirs)) {
    const [a, b] = [mine, theirs] as unknown as [List, List];
    if (mine.constructor !== theirs.constructor || a.length !== b.length) return false;
    if (mine instanceof Uint8Array && theirs instanceof Uint8Array) return Buffer.compare(mine, theirs) === 0;
    for (let i = 0; i < a.length; i++) if (!same(a[i], b[i])) return false;
    return true;
  }
  const names = keysOf(mine);
  if (names.length !== keysOf(theirs).length) return false;
  return names.every((name) => Object.hasOwn(theirs, name) && same(mine[name], theirs[name]));
}

/** As {@link difference}, and unset fields read the same too: as `undefined`, or as the defaults that prototypes have. */
export function messageDifference(desc: DescMessage, mine: Message, theirs: Message): string | undefined {
  const [a, b] = [mine, theirs] as unknown as [Values, Values];
  for (const { localName } of desc.fields) {
    const found = difference(a[localName], b[localName], localName);
    if (found !== undefined) return found;
  }
  return difference(mine, theirs);
}

type List = readonly unknown[];

interface Values {
  readonly [name: string]: unknown;
}

function isObject(value: unknown): value is Values {
  return typeof value === "object" && value !== null;
}

function keysOf(value: Values): string[] {
  return Object.keys(value).filter((name) => value[name] !== undefined);
}

function show(value: unknown): string {
  if (Object.is(value, -0)) return "-0";
  return typeof value === "bigint" ? `${value}n` : isObject(value) ? "an object" : JSON.stringify(value);
}

/** What a function does: its result, or that it throws. */
export type Outcome<T> = { readonly value: T } | { readonly error: Error };

export function outcome<T>(act: () => T): Outcome<T> {
  try {
    return { value: act() };
  } catch (error) {
    return { error: error as Error };
  }
}

/** Expects that two functions give the same, or both throw; the first may be stricter where `mayFail` says so. */
export function expectSame<T>(
  mine: () => T,
  theirs: () => T,
  differ: (mine: T, theirs: T) => string | undefined = difference,
  mayFail: (error: Error) => boolean = () => false,
): void {
  const a = outcome(mine);
  const b = outcome(theirs);
  if ("error" in a) {
    if (!("error" in b) && !mayFail(a.error)) throw new Error(`only the generated codec fails: ${a.error.stack}`);
    // An error of use to people, and no accident of the code.
    if (a.error.message === "") throw new Error("an error without a message", { cause: a.error });
    if (/not a function|not iterable|Cannot read/.test(a.error.message)) throw a.error;
    return;
  }
  if ("error" in b) throw new Error(`only protobuf-es fails: ${b.error.message}`);
  const found = differ(a.value, b.value);
  if (found !== undefined) throw new Error(found);
}
