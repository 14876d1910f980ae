import { type Figure, type Figures, sum } from "./measure.js";
import type { PeerName } from "./peers/index.js";
import { areaRows, type ProfiledPair } from "./profile-scenario.js";
import { idle, type Scenario, type Target } from "./scenarios.js";

const names: Readonly<Record<PeerName, string>> = {
  raw: "`node:http2`",
  "raw-http1": "`node:http`",
  "connect-ts": "**connect-ts**",
  "connect-ts-codecs": "**connect-ts**, generated codecs",
  "grpc-js": "@grpc/grpc-js",
  "nice-grpc": "nice-grpc",
  "connect-node": "@connectrpc/connect-node",
  trpc: "tRPC",
};

/** A target, and how far ours is. */
export interface Verdict {
  readonly scenario: string;
  readonly target: string;
  readonly reached: string;
  readonly met: boolean;
}

export function scenarioTable(scenario: Scenario, figures: Figures): string {
  const own = figures.get("connect-ts");
  const raw = figures.get("raw") ?? figures.get("raw-http1");
  const rows = [...figures].map(([peer, figure]) => [
    names[peer],
    amount(figure.client),
    amount(figure.server),
    amount(sum(figure)),
    raw === undefined ? "" : ratio(figure, raw),
    own === undefined ? "" : ratio(figure, own),
  ]);
  return [
    `### ${scenario.title}\n`,
    `CPU time per ${scenario.unit}, in µs (\`pnpm bench ${scenario.name}\`).\n`,
    table(["", "client", "server", "both", "÷ bare transport", "÷ connect-ts"], rows),
  ].join("\n");
}

export function idleTable(figures: Figures): string {
  const own = figures.get("connect-ts");
  const rows = [...figures].map(([peer, figure]) => [
    names[peer],
    amount(figure.client),
    amount(figure.server),
    own === undefined ? "" : (figure.server / own.server).toFixed(2),
  ]);
  return [
    `### ${idle.title}\n`,
    `Resident memory per open stream, in KB: ${idle.streams} streams over ${idle.connections} connections (\`pnpm bench ${idle.name}\`).\n`,
    table(["", "client", "server", "server ÷ connect-ts"], rows),
  ].join("\n");
}

/** Where the time goes, beside the bare transport: what stands in its columns is nobody's to save. */
export function profileTable(scenario: Scenario, raw: ProfiledPair, own: ProfiledPair): string {
  const rows = areaRows([...raw.sides, ...own.sides]).map(({ area, shares }) => [area, ...shares.map(amount)]);
  const titles = ["", `${names.raw}: client`, "server", `${names["connect-ts"]}: client`, "server"];
  return [
    `### Where the time goes: ${scenario.name}\n`,
    `Self time per ${scenario.unit}, in µs, from CPU profiles (\`pnpm --filter ./benchmarks run profile ${scenario.name}\`).\n`,
    table(titles, rows),
  ].join("\n");
}

export function verdicts(scenario: Scenario, figures: Figures): Verdict[] {
  return (scenario.targets ?? []).flatMap((target) => {
    const own = figures.get(target.of);
    return own === undefined ? [] : [verdict(scenario, target, own, figures)];
  });
}

function verdict(scenario: Scenario, target: Target, own: Figure, figures: Figures): Verdict {
  const best = Math.min(...target.against.map((peer) => sum(figures.get(peer) ?? own)));
  const factor = best / sum(own);
  // Beside the bare transport targets say what may be taken, beside other stacks how much faster it is to be.
  const reached = target.against.includes("raw") ? 1 / factor : factor;
  return {
    scenario: scenario.title,
    target: target.text,
    reached: `${reached.toFixed(2)} ×`,
    met: factor >= target.atLeast,
  };
}

export function idleVerdict(figures: Figures): Verdict[] {
  const own = figures.get("connect-ts");
  if (own === undefined) return [];
  const target = `at most ${idle.limitKb} KB on the server`;
  const met = own.server <= idle.limitKb;
  return [{ scenario: idle.title, target, reached: `${own.server.toFixed(1)} KB`, met }];
}

export function verdictTable(list: readonly Verdict[]): string {
  return table(
    ["", "target", "measured", ""],
    list.map(({ scenario, target, reached, met }) => [scenario, target, reached, met ? "met" : "**missed**"]),
  );
}

function ratio(figure: Figure, base: Figure): string {
  return (sum(figure) / sum(base)).toFixed(2);
}

export function amount(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rule = head.map((_, column) => (column === 0 ? "---" : "--:"));
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}
