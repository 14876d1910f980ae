// The sum of many runs of the simulation, in a file that is kept: how many schedules ran, of which state, and what they met.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type FaultKind, faultKinds } from "./fault-plan.js";
import { kinds } from "./plan.js";

/** Runs of one commit on one day. */
interface Runs {
  readonly date: string;
  readonly commit: string;
  readonly count: number;
  readonly failed: number;
}

interface Kept {
  /** The seed that comes next. */
  readonly next: number;
  readonly runs: readonly Runs[];
  /** Of each fault and phase, the counts of all columns; none: 0. */
  readonly cells: Readonly<Record<string, string>>;
}

/** What a run did up to now. */
interface Ran {
  readonly next: number;
  readonly count: number;
  readonly failed: number;
  readonly cells: ReadonlyMap<string, number>;
}

const wires = ["connect 2", "grpc 2", "grpc-web 2", "connect 1.1", "grpc-web 1.1", "connect fetch", "grpc-web fetch"];
const sides = ["one side", "requests", "responses", "both"];
const columns = sides.flatMap((side) => kinds.flatMap((kind) => wires.map((wire) => `${kind} | ${wire} | ${side}`)));
const often = 1000;
/** Between the name of a ledger and the number of a process. */
const partOf = ".part";

export class Ledger {
  readonly file: string;
  readonly commit: string;
  next = 0;
  runs: readonly Runs[] = [];
  cells: ReadonlyMap<string, number> = new Map();
  /** As it was before this run. */
  readonly before: { readonly runs: readonly Runs[]; readonly cells: ReadonlyMap<string, number> };

  constructor(file: string, commit: string) {
    this.file = file;
    this.commit = commit;
    if (existsSync(file)) this.read(JSON.parse(readFileSync(file, "utf8")) as Kept);
    this.before = { runs: this.runs, cells: this.cells };
  }

  read({ next, runs, cells }: Kept): void {
    const read = new Map<string, number>();
    for (const [row, counts] of Object.entries(cells))
      for (const [i, n] of counts.split(",").entries()) if (n !== "") read.set(nameOf(row, i), Number(n));
    Object.assign(this, { next, runs, cells: read });
  }

  /** What one of several processes did, in a file beside this one. */
  part(number: number): Ledger {
    return new Ledger(`${this.file}${partOf}${number}`, this.commit);
  }

  /** Takes in what processes left that ran beside each other. */
  gather(): void {
    const folder = dirname(this.file);
    const names = readdirSync(folder).filter((name) => name.startsWith(`${basename(this.file)}${partOf}`));
    const files = names.map((name) => join(folder, name));
    if (files.length === 0) return;
    const parts = [this, ...files.map((file) => new Ledger(file, ""))];
    const next = Math.max(...parts.map((part) => part.next));
    const runs: Runs[] = [];
    for (const run of parts.flatMap((part) => part.runs)) {
      const at = runs.findIndex(({ date, commit }) => date === run.date && commit === run.commit);
      const same = runs[at];
      if (same === undefined) runs.push(run);
      else runs[at] = { ...run, count: same.count + run.count, failed: same.failed + run.failed };
    }
    const cells = new Map<string, number>();
    for (const part of parts) for (const [cell, n] of part.cells) cells.set(cell, (cells.get(cell) ?? 0) + n);
    Object.assign(this, { next, runs, cells });
    this.write();
    for (const file of files) rmSync(file);
  }

  write(): void {
    const kept: Kept = { next: this.next, runs: this.runs, cells: this.rows() };
    writeFileSync(this.file, `${JSON.stringify(kept, undefined, 2)}\n`);
  }

  /** Writes what there was before and what this run did up to now. */
  keep({ next, count, failed, cells }: Ran): void {
    const { runs } = this.before;
    const date = new Date().toISOString().slice(0, 10);
    const same = (each: Runs): boolean => each.date === date && each.commit === this.commit;
    const earlier = runs.find(same) ?? { count: 0, failed: 0 };
    const now = { date, commit: this.commit, count: earlier.count + count, failed: earlier.failed + failed };
    this.next = next;
    this.runs = [...runs.filter((each) => !same(each)), now];
    const sum = new Map(this.before.cells);
    for (const [cell, n] of cells) sum.set(cell, (sum.get(cell) ?? 0) + n);
    this.cells = sum;
    this.write();
  }

  rows(): Record<string, string> {
    const names = [...new Set([...this.cells.keys()].map((cell) => cell.split(" | ").slice(0, 2).join(" | ")))];
    const place = (row: string): number => faultKinds.indexOf(row.split(" | ")[0] as FaultKind);
    names.sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
    return Object.fromEntries(
      names.map((row) => [
        row,
        columns
          .map((_, i) => this.cells.get(nameOf(row, i)) ?? "")
          .join(",")
          .replace(/,+$/, ""),
      ]),
    );
  }

  text(): string {
    const sum = (of: "count" | "failed"): number => this.runs.reduce((all, runs) => all + runs[of], 0);
    const counts = [...this.cells.values()];
    const commits = new Set(this.runs.map(({ commit }) => commit)).size;
    return `in all ${sum("count")} schedules at ${commits} commits since ${this.runs[0]?.date}: ${sum("failed")} failed; ${counts.filter((n) => n >= often).length} of ${counts.length} cells were met ${often} times or more, ${counts.filter((n) => n >= often / 10).length} of them ${often / 10} times`;
  }
}

/** The cell of a row, a fault and a phase, and the number of a column. */
function nameOf(row: string, column: number): string {
  return `${row} | ${columns[column]}`;
}
