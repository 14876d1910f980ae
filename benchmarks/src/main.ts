// pnpm bench [scenario ...] [--peer name ...] [--generations n] [--rounds n]
//
// Without a scenario it measures all of them, and writes docs/benchmarks.md.
import { parseArgs } from "node:util";
import { writeDocument } from "./document.js";
import { type Figures, measure } from "./measure.js";
import { measureIdle } from "./measure-idle.js";
import { type PeerName, peers } from "./peers/index.js";
import { profileScenario } from "./profile-scenario.js";
import { idleTable, profileTable, scenarioTable } from "./report.js";
import { idle, scenarios } from "./scenarios.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    peer: { type: "string", multiple: true },
    generations: { type: "string", default: "3" },
    rounds: { type: "string", default: "3" },
  },
});

/** Whose CPU profiles go into the document. */
const profiled = ["unary", "server-streaming"];

const names = [...scenarios.map(({ name }) => name), idle.name];
const unknown = [
  ...positionals.filter((name) => !names.includes(name)),
  ...(values.peer ?? []).filter((name) => !(name in peers)),
];
if (unknown.length > 0) {
  console.error(
    `unknown: ${unknown.join(", ")}\nscenarios: ${names.join(", ")}\npeers: ${Object.keys(peers).join(", ")}`,
  );
  process.exit(1);
}
const chosenPeers = (values.peer ?? Object.keys(peers)) as PeerName[];
const chosen = (name: string): boolean => positionals.length === 0 || positionals.includes(name);
const complete = positionals.length === 0 && values.peer === undefined;

const tables: string[] = [];
function show(table: string): void {
  tables.push(table);
  console.log(`${table}\n`);
}

const results = new Map<string, Figures>();
for (const scenario of scenarios.filter(({ name }) => chosen(name))) {
  const options = {
    peers: chosenPeers,
    generations: Number(values.generations),
    rounds: Number(values.rounds),
    warmUpMs: 1200,
    roundMs: 300,
  };
  const figures = await measure(scenario, options);
  results.set(scenario.name, figures);
  show(scenarioTable(scenario, figures));
}
if (chosen(idle.name)) {
  const figures = await measureIdle(chosenPeers);
  results.set(idle.name, figures);
  show(idleTable(figures));
}
if (complete) {
  for (const scenario of scenarios.filter(({ name }) => profiled.includes(name))) {
    show(
      profileTable(
        scenario,
        await profileScenario(scenario, "raw", 2000),
        await profileScenario(scenario, "connect-ts", 2000),
      ),
    );
  }
}
if (complete) await writeDocument(results, tables);
