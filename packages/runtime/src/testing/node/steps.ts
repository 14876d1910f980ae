import inspector from "node:inspector";

/**
 * Counts what this package's code does, instead of timing it: each run of a block of it, by V8's precise coverage, and what
 * built-ins go over. Import it before what is to be counted: functions that ran before have no counters.
 */
const session = new inspector.Session();
session.connect();
session.post("Profiler.enable");
session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });

const ours = /\/packages\/runtime\/(?:src|dist)\/(?!testing\/)(?!.*\.test\.)/;
let charged = 0;
/** What finds out costs is not charged. */
let charging = false;

/** How many steps a run takes. */
export function stepsOf(run: () => void): number {
  blocks();
  charged = 0;
  const restore = chargeBuiltIns();
  charging = true;
  try {
    run();
  } finally {
    charging = false;
    restore();
  }
  return blocks() + charged;
}

/** Ends the counting: it slows all code down. */
export function stopCounting(): void {
  session.post("Profiler.stopPreciseCoverage");
  session.disconnect();
}

/** The blocks that ran since the last time. */
function blocks(): number {
  let count = 0;
  session.post("Profiler.takePreciseCoverage", (_error, { result }) => {
    for (const { url, functions } of result) {
      if (!ours.test(url)) continue;
      for (const { ranges } of functions) for (const range of ranges) count += range.count;
    }
  });
  return count;
}

type Cost = (self: { readonly length: number }, result: unknown, args: readonly unknown[]) => number;

const whole: Cost = ({ length }) => length;
const upToResult: Cost = ({ length }, result, [, from]) =>
  (result === -1 ? length : Number(result)) - (typeof from === "number" ? from : 0);
const filled: Cost = ({ length }, _result, [, from, to]) => Number(to ?? length) - Number(from ?? 0);
const ofResult: Cost = (_self, result) => (result as { readonly length: number }).length;

const costs: readonly (readonly [object, { readonly [name: string]: Cost }])[] = [
  [
    String.prototype,
    {
      indexOf: upToResult,
      lastIndexOf: whole,
      includes: whole,
      slice: ofResult,
      substring: ofResult,
      split: whole,
      trim: whole,
      toLowerCase: whole,
      replace: whole,
      replaceAll: whole,
    },
  ],
  [
    Array.prototype,
    {
      indexOf: upToResult,
      includes: whole,
      slice: ofResult,
      splice: whole,
      shift: whole,
      unshift: whole,
      concat: ofResult,
      filter: whole,
      map: whole,
      flatMap: whole,
      find: whole,
      some: whole,
      every: whole,
      join: whole,
      sort: whole,
    },
  ],
  [
    Object.getPrototypeOf(Uint8Array.prototype) as object,
    { indexOf: upToResult, slice: ofResult, fill: filled, join: whole },
  ],
];

/** Replaces built-ins by ones that are charged for what they go over. Returns what puts them back. */
function chargeBuiltIns(): () => void {
  const undo: (() => void)[] = [];
  const replace = (
    target: object,
    name: string | symbol,
    cost: (self: never, args: never[], result: unknown) => number,
  ): void => {
    const descriptor = Object.getOwnPropertyDescriptor(target, name) as PropertyDescriptor;
    const original = descriptor.value as (...args: unknown[]) => unknown;
    Object.defineProperty(target, name, {
      ...descriptor,
      value(this: unknown, ...args: unknown[]) {
        const result = original.apply(this, args);
        if (charging) {
          charging = false;
          charged += 1 + cost(this as never, args as never[], result);
          charging = true;
        }
        return result;
      },
    });
    undo.push(() => Object.defineProperty(target, name, descriptor));
  };
  for (const [target, byName] of costs) {
    for (const name of Object.keys(byName))
      replace(target, name, (self, args, result) => (byName[name] as Cost)(self, result, args));
  }
  replace(
    Object.getPrototypeOf(Uint8Array.prototype) as object,
    "set",
    (_self, [source]: { length: number }[]) => source?.length ?? 0,
  );
  for (const name of ["test", "exec", Symbol.replace, Symbol.split]) {
    replace(
      RegExp.prototype,
      name,
      ({ source }: RegExp, [text]: string[]) => String(text).length ** (isLinear(source) ? 1 : 2),
    );
  }
  replace(JSON, "parse", (_self, [text]: string[]) => String(text).length);
  replace(JSON, "stringify", (_self, _args, result) => String(result).length);
  replace(TextDecoder.prototype, "decode", (_self, _args, result) => String(result).length);
  replace(TextEncoder.prototype, "encode", (_self, [text]: string[]) => String(text ?? "").length);
  return () => {
    for (const step of undo) step();
  };
}

/**
 * Whether the time of a regular expression is linear for what a look at it can tell: it is tied to the start, or it ends with
 * the only thing that it repeats, so that no place of the text is gone over from many others.
 */
function isLinear(source: string): boolean {
  const parts = source.replace(/\[(?:\\.|[^\]\\])*\]/g, "x").replace(/\\./g, "x");
  const repeats = parts.match(/[*+]|\{\d*,?\d*\}/g) ?? [];
  return repeats.length === 0 || (repeats.length === 1 && (parts.startsWith("^") || /x[*+]$/.test(parts)));
}
