// Runs rows, each for each library in a process of its own, and prints a table.
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { PeerName } from "./harness/outcome.js";
import type { Row, RowResult } from "./harness/row.js";
import { rows } from "./rows/index.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { long: { type: "boolean" }, write: { type: "boolean" }, peer: { type: "string", multiple: true } },
});
const ids = positionals.map((id) => id.toUpperCase());
const unknown = ids.filter((id) => !rows.some((row) => row.id === id));
if (unknown.length > 0) throw new Error(`no such row: ${unknown}; there are ${rows.map(({ id }) => id)}`);
const allPeers: readonly PeerName[] = ["ours", "grpc-js", "connect-node"];
const peers: readonly string[] = values.write ? allPeers : (values.peer ?? ["ours"]);
const length = values.long ? "long" : "short";

interface Ran {
  readonly row: Row;
  readonly peer: string;
  readonly result: RowResult;
  readonly seconds: number;
}

const ran: Ran[] = [];
const isWanted = ({ id, measures }: Row): boolean =>
  ids.length > 0 ? ids.includes(id) : values.long === true || measures !== true;
for (const row of rows.filter(isWanted)) {
  for (const peer of row.peers.filter((name) => peers.includes(name))) {
    const start = performance.now();
    const result = await runRow(row, peer);
    const seconds = (performance.now() - start) / 1000;
    ran.push({ row, peer, result, seconds });
    console.log(`${verdict(result)} ${row.id} ${peer}, ${seconds.toFixed(1)} s: ${result.figure}`);
    for (const problem of result.problems) console.log(problem.replaceAll(/^/gm, "    "));
    const untold = result.problemCount - result.problems.length;
    if (untold > 0) console.log(`    and ${untold} more`);
  }
}
printTable();
if (values.write) writeTable();
const failed = ran.filter(({ peer, result }) => peer === "ours" && result.problemCount > 0);
if (failed.length > 0 || ran.length === 0) process.exitCode = 1;

/** A row that hangs is ended, with all that it has started. */
function runRow(row: Row, peer: PeerName): Promise<RowResult> {
  const limit = row.seconds[values.long ? 1 : 0];
  return new Promise((resolve) => {
    const program = fileURLToPath(new URL("row.js", import.meta.url));
    const child = spawn(process.execPath, ["--expose-gc", program, row.id, peer, length], {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      detached: true,
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        output = `${output}${text}`.slice(-2000);
      });
    }
    let result: RowResult | undefined;
    child.on("message", (told: RowResult) => {
      result = told;
    });
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      end();
    }, limit * 1000);
    const end = (): void => {
      try {
        process.kill(-(child.pid as number), "SIGKILL");
      } catch {
        // It has ended by itself.
      }
    };
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      end();
      const why = late ? `not done after ${limit} s` : `the row's process ended by ${signal ?? code}: ${output}`;
      resolve(result ?? { figure: "none", problems: [why], problemCount: 1 });
    });
  });
}

function verdict({ problemCount }: RowResult): string {
  return problemCount === 0 ? "pass" : "FAIL";
}

function printTable(): void {
  console.log();
  for (const { row, peer, result, seconds } of ran) {
    console.log(
      [
        verdict(result),
        row.id.padEnd(4),
        peer.padEnd(13),
        `${seconds.toFixed(1)} s`.padStart(7),
        "",
        result.figure,
      ].join(" "),
    );
  }
}

/** Puts what ran into the table of docs/reliability.md, between its two marks; other rows stay. */
function writeTable(): void {
  const file = fileURLToPath(new URL("../../../docs/reliability.md", import.meta.url));
  const [begin, end] = ["<!-- table -->\n", "<!-- end of the table -->"];
  const text = readFileSync(file, "utf8");
  const [from, to] = [text.indexOf(begin) + begin.length, text.indexOf(end)];
  const lines = new Map<string, string>();
  for (const line of text.slice(from, to).split("\n")) {
    const id = /^\| (R\d+) /.exec(line)?.[1];
    if (id !== undefined) lines.set(id, line);
  }
  const cell = (row: Row, peer: PeerName): string => {
    const found = ran.find((one) => one.row === row && one.peer === peer);
    if (found === undefined) return "";
    return `${found.result.problemCount === 0 ? "" : "**fails**: "}${found.result.figure}`.replaceAll("|", "\\|");
  };
  const when = `${new Date().toISOString().slice(0, 10)}, ${length}, Node ${process.versions.node}`;
  for (const row of rows.filter((one) => ran.some((each) => each.row === one))) {
    const cells = row.peers.length === 1 ? [cell(row, "ours"), "", ""] : allPeers.map((peer) => cell(row, peer));
    lines.set(row.id, `| ${[row.id, row.promise, ...cells, when].join(" | ")} |`);
  }
  const { devDependencies } = JSON.parse(
    readFileSync(fileURLToPath(new URL("../package.json", import.meta.url)), "utf8"),
  ) as { readonly devDependencies: Readonly<Record<string, string>> };
  const table = [
    `| row | promise | connect-ts | grpc-js ${devDependencies["@grpc/grpc-js"]} | connect-node ${devDependencies["@connectrpc/connect-node"]} | when |`,
    "| --- | --- | --- | --- | --- | --- |",
    ...rows.flatMap(({ id }) => lines.get(id) ?? []),
  ];
  writeFileSync(file, `${text.slice(0, from)}${table.join("\n")}\n${text.slice(to)}`);
}
