// What the tests take from "@jest/globals", for platforms on which jest does not run: run.mjs bundles them with it.
import { format as formatted } from "node:util";
import { expect } from "expect";
import { ModuleMocker } from "jest-mock";
import { format as pretty } from "pretty-format";

export { expect };
export const jest: ModuleMocker = new ModuleMocker(globalThis as never);

type Run = (...args: never[]) => unknown;

interface Test {
  readonly name: string;
  readonly run: Run;
  readonly timeoutMs: number;
}

interface Group {
  readonly name: string;
  readonly tests: (Test | Group)[];
  readonly beforeAll: Run[];
  readonly afterAll: Run[];
  readonly beforeEach: Run[];
  readonly afterEach: Run[];
}

const newGroup = (name: string): Group => ({
  name,
  tests: [],
  beforeAll: [],
  afterAll: [],
  beforeEach: [],
  afterEach: [],
});
const root = newGroup("");
let current = root;

export const beforeAll = (run: Run): unknown => current.beforeAll.push(run);
export const afterAll = (run: Run): unknown => current.afterAll.push(run);
export const beforeEach = (run: Run): unknown => current.beforeEach.push(run);
export const afterEach = (run: Run): unknown => current.afterEach.push(run);

function addGroup(name: string, declare: Run): void {
  const outer = current;
  const group = newGroup(name);
  outer.tests.push(group);
  current = group;
  (declare as () => void)();
  current = outer;
}

function addTest(name: string, run: Run, timeoutMs = 60_000): void {
  current.tests.push({ name, run, timeoutMs });
}

/** Declares a group or a test. `each` is as jest has it: a row that is an array gives the arguments; names have `%s` and the like, or `$key`. */
interface Declare {
  (name: string, run: Run, timeoutMs?: number): void;
  each(rows: readonly unknown[]): (name: string, run: Run, timeoutMs?: number) => void;
}

function withEach(add: (name: string, run: Run, timeoutMs?: number) => void): Declare {
  const each: Declare["each"] = (rows) => (name, run, timeoutMs) => {
    for (const [index, row] of rows.entries()) {
      const args = Array.isArray(row) ? row : [row];
      add(titled(name, args, index), () => run(...(args as never[])), timeoutMs);
    }
  };
  return Object.assign(add, { each });
}

function titled(name: string, args: readonly unknown[], index: number): string {
  let at = 0;
  const filled = name.replace(/%([#%psdifjo])/g, (all, kind: string) => {
    if (kind === "#") return String(index);
    if (kind === "%" || at >= args.length) return all;
    const value = args[at++];
    return kind === "p" ? pretty(value) : formatted(`%${kind}`, value);
  });
  const [first] = args;
  if (typeof first !== "object" || first === null) return filled;
  return filled.replace(/\$([\w.]+)/g, (all, path: string) => {
    const value = path.split(".").reduce<unknown>((from, key) => (from as Record<string, unknown>)?.[key], first);
    return value === undefined ? all : typeof value === "string" ? value : pretty(value, { maxDepth: 1, min: true });
  });
}

export const describe: Declare = withEach(addGroup);
export const it: Declare = withEach(addTest);
export const test: Declare = it;

interface Result {
  readonly name: string;
  readonly error?: string;
}

/** Runs what was declared; `only` says by name which. Each result goes to `report`. */
export async function runAll(only: RegExp, report: (result: Result) => void): Promise<void> {
  let rejected: unknown[] = [];
  process.on("unhandledRejection", (reason) => rejected.push(reason));
  process.on("uncaughtException", (error) => rejected.push(error));

  const inGroup = async (group: Group, path: string, outer: readonly Group[]): Promise<void> => {
    const groups = [...outer, group];
    const wanted = (entry: Test | Group, above: string): boolean =>
      "run" in entry
        ? only.test(`${above} ${entry.name}`.trim())
        : entry.tests.some((inner) => wanted(inner, `${above} ${entry.name}`));
    if (!group.tests.some((entry) => wanted(entry, path))) return;
    const failed = await errorOf(group.beforeAll, 60_000);
    for (const entry of group.tests) {
      const name = `${path} ${entry.name}`.trim();
      if (!("run" in entry)) {
        if (failed === undefined) await inGroup(entry, name, groups);
        else report({ name, error: failed });
      } else if (only.test(name)) {
        const before = groups.flatMap((each) => each.beforeEach);
        const after = [...groups].reverse().flatMap((each) => each.afterEach);
        const error = failed ?? (await errorOf(before, 60_000)) ?? (await errorOf([entry.run], entry.timeoutMs));
        const late = await errorOf(after, 60_000);
        const [stray] = rejected.map((reason) => `nobody listened: ${told(reason)}`);
        rejected = [];
        const first = error ?? late ?? stray;
        report(first === undefined ? { name } : { name, error: first });
      }
    }
    const late = await errorOf(group.afterAll, 60_000);
    if (late !== undefined) report({ name: `${path} afterAll`.trim(), error: late });
  };
  await inGroup(root, "", []);
  await new Promise((resolve) => setTimeout(resolve, 50));
  for (const reason of rejected) report({ name: "after the last test", error: told(reason) });
}

/** What the first of the functions that fails throws. */
async function errorOf(functions: readonly Run[], timeoutMs: number): Promise<string | undefined> {
  for (const run of functions) {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not done after ${timeoutMs} ms`)), timeoutMs);
    });
    try {
      await Promise.race([(run as () => unknown)(), late]);
    } catch (error) {
      return told(error);
    } finally {
      clearTimeout(timer);
    }
  }
  return undefined;
}

function told(error: unknown): string {
  return error instanceof Error ? `${error.message}\n${error.stack ?? ""}` : String(error);
}
