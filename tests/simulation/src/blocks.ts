// Tells which blocks of the runtime's rooms ran, by V8's own counts: functions, branches, loops, cases, and what stands right of &&, || and ??.
import { readFileSync } from "node:fs";
import inspector from "node:inspector";
import { SourceMap } from "node:module";
import { fileURLToPath } from "node:url";
import { parseAst } from "rolldown/parseAst";

const rooms = ["http2", "call", "client", "handler"] as const;

export interface Blocks {
  /** How many blocks each room has, and how many ran. */
  readonly counts: ReadonlyMap<string, { readonly all: number; readonly ran: number }>;
  /** Each block by its name, and whether all that have this name ran, or none, or some. */
  readonly named: ReadonlyMap<string, { readonly all: number; readonly ran: number }>;
}

/** Counts from now on; the function that it returns tells what ran since. */
export function countBlocks(): () => Blocks {
  // Another run may write the bundle anew.
  const text = readFileSync(fileURLToPath(import.meta.url), "utf8");
  const session = new inspector.Session();
  session.connect();
  session.post("Profiler.enable");
  session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  return () => {
    let ranges: readonly inspector.Profiler.CoverageRange[] = [];
    session.post("Profiler.takePreciseCoverage", (_error, { result }) => {
      const own = result.find(({ url }) => url === import.meta.url);
      ranges = own?.functions.flatMap((each) => each.ranges) ?? [];
    });
    return blocksOf(text, ranges);
  };
}

/** What is needed of a node of a program. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly consequent?: unknown;
  readonly alternate?: unknown;
  readonly right?: unknown;
  readonly body?: unknown;
  readonly id?: unknown;
  readonly key?: unknown;
  readonly init?: unknown;
  readonly value?: unknown;
}

interface Count {
  all: number;
  ran: number;
}

function blocksOf(text: string, ranges: readonly inspector.Profiler.CoverageRange[]): Blocks {
  const places = placesOf(text);
  const idle = idleParts(text.length, ranges);
  const counts = new Map<string, Count>(rooms.map((room) => [room, { all: 0, ran: 0 }]));
  const named = new Map<string, Count>();
  const look = ({ start }: Node, within: string): void => {
    const { path, line, column } = places(start);
    const room = counts.get(path.split("/")[0] ?? "");
    if (room === undefined) return;
    const source = linesOf(path)[line] ?? "";
    const name = `${path} ${within}: ${`${source.slice(0, column)}\u25b6${source.slice(column)}`.trim()}`;
    const own = named.get(name) ?? { all: 0, ran: 0 };
    named.set(name, own);
    for (const count of [room, own]) {
      count.all++;
      if (idle[start] === 0) count.ran++;
    }
  };
  const visit = (value: unknown, within: string): void => {
    if (typeof value !== "object" || value === null) return;
    const inside = nameOf(value as Node) ?? within;
    for (const inner of Object.values(value)) visit(inner, inside);
    if (!("type" in value)) return;
    for (const block of partsOf(value as Node)) if (isNode(block)) look(block, inside);
  };
  visit(parseAst(text), "");
  return { counts, named };
}

/** The name of a function, as its source has it. */
function nameOf({ type, id, key, init, value }: Node): string | undefined {
  const isFunction = (node: unknown): boolean => isNode(node) && /Function/.test(node.type);
  const named =
    type === "FunctionDeclaration" || (type === "VariableDeclarator" && isFunction(init))
      ? id
      : /^(MethodDefinition|PropertyDefinition|Property)$/.test(type) && isFunction(value)
        ? key
        : undefined;
  // esbuild numbers what has the same name in two files.
  return (named as { readonly name?: string } | undefined)?.name?.replace(/\d+$/, "");
}

const sources = new Map<string, readonly string[]>();

function linesOf(path: string): readonly string[] {
  let lines = sources.get(path);
  if (lines === undefined) {
    const file = new URL(`../../../packages/runtime/src/${path}`, import.meta.url);
    lines = readFileSync(file, "utf8").split("\n");
    sources.set(path, lines);
  }
  return lines;
}

/** Tells which source a place of the bundle is of. */
function placesOf(
  text: string,
): (at: number) => { readonly path: string; readonly line: number; readonly column: number } {
  const mark = "//# sourceMappingURL=data:application/json;base64,";
  const inline = text.slice(text.lastIndexOf(mark) + mark.length);
  const map = new SourceMap(JSON.parse(Buffer.from(inline, "base64").toString()));
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (at) => {
    let line = 0;
    for (let step = 1 << 20; step > 0; step >>= 1)
      if ((starts[line + step] ?? Number.POSITIVE_INFINITY) <= at) line += step;
    const entry = map.findEntry(line, at - (starts[line] as number));
    if (!("originalSource" in entry)) return { path: "", line: 0, column: 0 };
    const { originalSource, originalLine, originalColumn } = entry;
    return {
      path: originalSource.split("packages/runtime/src/")[1] ?? "",
      line: originalLine,
      column: originalColumn,
    };
  };
}

/** 1 for each place of the bundle that did not run. The inner ranges of a function come after the outer ones. */
function idleParts(length: number, ranges: readonly inspector.Profiler.CoverageRange[]): Uint8Array {
  const idle = new Uint8Array(length);
  const sorted = [...ranges].sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
  for (const { startOffset, endOffset, count } of sorted) idle.fill(count === 0 ? 1 : 0, startOffset, endOffset);
  return idle;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "start" in value;
}

function partsOf(node: Node): readonly unknown[] {
  switch (node.type) {
    case "IfStatement":
    case "ConditionalExpression":
      return [node.consequent, node.alternate];
    case "LogicalExpression":
      return [node.right];
    case "SwitchCase":
      return (node.consequent as unknown[]).slice(0, 1);
    default:
      // Functions, loops and catch.
      return /Function|^(For|While|DoWhile)|^CatchClause$/.test(node.type) ? [node.body] : [];
  }
}
