import { existsSync, readFileSync, writeFileSync } from "node:fs";

/** What one run did. */
export interface SoakRun {
  readonly calls: number;
  readonly seconds: number;
  readonly goaways: number;
  readonly resets: number;
  readonly ok: number;
  readonly canceled: number;
  readonly late: number;
  readonly failed: number;
  /** Calls that the server's resets ended. */
  readonly reset: number;
  readonly lost: number;
  readonly twice: number;
  /** Megabytes at its end, beyond those at its first look. */
  readonly heapGrown: number;
}

/** A run may grow by so many megabytes. */
const mostGrown = 16;

/** The sum of runs of one state of the runtime, kept in a file when there is one. Runs of another state do not count. */
export class Sum {
  readonly file: string | undefined;
  readonly runtime: string;
  readonly runs: SoakRun[] = [];

  /** @param runtime - names the state of the runtime's sources */
  constructor(file: string | undefined, runtime: string) {
    this.file = file;
    this.runtime = runtime;
    if (file === undefined || !existsSync(file)) return;
    const kept = JSON.parse(readFileSync(file, "utf8")) as { readonly runtime: string; readonly runs: SoakRun[] };
    if (kept.runtime === runtime) this.runs.push(...kept.runs);
  }

  get calls(): number {
    return this.of("calls");
  }

  of(name: keyof SoakRun): number {
    return this.runs.reduce((sum, run) => sum + run[name], 0);
  }

  add(run: SoakRun): void {
    this.runs.push(run);
    if (this.file === undefined) return;
    writeFileSync(this.file, `${JSON.stringify({ runtime: this.runtime, runs: this.runs }, undefined, 2)}\n`);
  }

  isGood(): boolean {
    return this.of("lost") === 0 && this.of("twice") === 0 && this.runs.every((run) => run.heapGrown <= mostGrown);
  }

  text(wanted: number): string {
    const names = ["ok", "canceled", "late", "failed", "reset", "lost", "twice"] as const;
    const counts = names.map((name) => `${this.of(name)} ${name}`).join(", ");
    const grown = Math.max(...this.runs.map((run) => run.heapGrown));
    const of = this.calls < wanted ? ` of ${wanted}` : "";
    const at = this.runtime === "" ? "" : ` of the runtime ${this.runtime}`;
    return `soak: ${this.calls}${of} calls in ${this.runs.length} runs${at}, ${this.of("seconds")} s, ${this.of("goaways")} GOAWAY, ${this.of("resets")} resets: ${counts}; no run's heap grew by more than ${grown} MB`;
  }
}
