import { type FaultPlan, faultKinds } from "./fault-plan.js";
import { streamsResponses } from "./log.js";
import { kinds } from "./plan.js";
import type { World } from "./world.js";

/** Counts what schedules met: which faults, in which phase of a connection, beside which calls. */
export class Table {
  readonly cells = new Map<string, number>();
  readonly outcomes = new Map<string, number>();

  add({ faults, logs, plan }: World): void {
    const { protocol, http } = plan.setup;
    for (const { fault, at, phase } of faults.incidents) {
      for (const { plan: call, startedAt, settledAt } of logs) {
        if (startedAt < 0 || startedAt > at || (settledAt ?? 0) < at) continue;
        count(this.cells, `${fault.kind} | ${phase} | ${call.kind} | ${protocol} ${http} | ${sideOf(fault)}`);
      }
    }
    for (const { outcome } of logs) count(this.outcomes, outcome ?? "none");
  }

  /** How often each fault met an open call of each kind. */
  text(): string {
    const columns = kinds.filter((kind) => kind !== "idempotent" || streamsResponses("server"));
    const width = Math.max(...faultKinds.map((name) => name.length));
    const row = (name: string, of: readonly (string | number)[]): string =>
      `${name.padEnd(width)} ${of.map((value) => String(value).padStart(10)).join("")}`;
    const rows = faultKinds.map((fault) =>
      row(fault, [...columns.map((kind) => this.sum(fault, kind)), this.phases(fault)]),
    );
    const outcomes = [...this.outcomes].sort((a, b) => b[1] - a[1]).map(([code, n]) => `${code} ${n}`);
    return [
      row("open calls met", [...columns, "phases"]),
      ...rows,
      `how calls ended: ${outcomes.join(", ")}`,
      this.cellText(),
    ].join("\n");
  }

  cellText(): string {
    const counts = [...this.cells.values()];
    const often = counts.filter((n) => n >= 1000).length;
    return `${counts.length} cells of fault, phase, kind, protocol and side were met, ${often} of them 1000 times or more`;
  }

  sum(fault: string, kind: string): number {
    let sum = 0;
    for (const [cell, n] of this.cells) if (cell.startsWith(`${fault} |`) && cell.includes(`| ${kind} |`)) sum += n;
    return sum;
  }

  phases(fault: string): number {
    return new Set(
      [...this.cells.keys()].filter((cell) => cell.startsWith(`${fault} |`)).map((cell) => cell.split(" | ")[1]),
    ).size;
  }
}

/** Each cell with its count, those that were met least first. */
export function listOf(counts: ReadonlyMap<string, number>): string {
  const cells = [...counts].sort((a, b) => a[1] - b[1]);
  return cells.map(([cell, n]) => `${String(n).padStart(8)} ${cell}`).join("\n");
}

/** The side that a fault happens to, where it can happen to either. */
function sideOf({ kind, which }: FaultPlan): string {
  if (kind === "stall") return which;
  // One direction alone: that of requests, or else the other.
  if (["cut after bytes", "corrupt", "frame"].includes(kind)) return which === "requests" ? which : "responses";
  return "one side";
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
