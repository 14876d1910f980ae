// pnpm interop [case...]
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fail, mustRun } from "../../scripts/lib.mjs";
import { buildPrograms, packageDir, program } from "./build.mjs";
import { cases, http2Cases } from "./cases.mjs";
import { cachingProxy, columns, go, grpcio, http2Clients, http2Server, lackOf, titleOf } from "./peers.mjs";
import { endAll, inParallel, runClient, startServer } from "./processes.mjs";
import { table } from "./table.mjs";

// A minute is enough for all of it on two cores: these are for machines that are busy, and for cases that hang.
const caseTimeoutMs = 120_000;
const allTimeoutMs = 600_000;

const asked = process.argv.slice(2).filter((argument) => argument !== "--");
const unknown = asked.filter((name) => !cases.includes(name) && !http2Cases.includes(name));
if (unknown.length > 0) fail(`no such case: ${unknown.join(", ")}\nthere are ${[...cases, ...http2Cases].join(", ")}`);
const isAsked = (name) => asked.length === 0 || asked.includes(name);

const missing = new Map();
for (const peer of [go, grpcio]) {
  const what = peer.missing();
  if (what !== undefined) missing.set(peer, what);
}
await buildPrograms();
mustRun(process.execPath, [program("certificates"), join(packageDir, ".cache", "certificates")]);
if (!missing.has(go)) go.install();

const start = performance.now();
process.on("exit", endAll);
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));
setTimeout(() => fail(`the matrix did not end in ${allTimeoutMs} ms`), allTimeoutMs).unref();

/** Cells by title of the column and case. */
const results = new Map();
const failures = [];
const lacks = new Map();
const key = (title, testCase) => `${title} ${testCase}`;

function note(title, testCase, problem) {
  results.set(key(title, testCase), problem === undefined ? "ok" : "FAIL");
  if (problem !== undefined) failures.push(`${title}, ${testCase}: ${problem}`);
}

/** Whether a cell is to be run; what cannot be is noted with its reason. */
function canRun(column, title, testCase) {
  if (!isAsked(testCase)) return false;
  const absent = [column.client, column.server].some((peer) => missing.has(peer));
  const reason = lackOf(column, testCase);
  results.set(key(title, testCase), reason !== undefined ? "–" : absent ? "not run" : "");
  if (reason !== undefined) lacks.set(reason, [...(lacks.get(reason) ?? []), [title, testCase]]);
  return reason === undefined && !absent;
}

const servers = new Map();
/** The server of a column; columns share them. */
function serverOf({ server, tls = false }) {
  const name = `${server.name} ${tls}`;
  if (!servers.has(name)) servers.set(name, startServer(server.server({ tls })));
  return servers.get(name);
}

async function run(column, title, testCase) {
  let { port } = await serverOf(column);
  const proxy = testCase === "cacheable_unary" ? await startServer(cachingProxy(port)) : undefined;
  if (proxy !== undefined) port = proxy.port;
  note(title, testCase, await runClient(column.client.client({ ...column, port, testCase }), caseTimeoutMs));
  await proxy?.stop();
}

async function runHttp2(client, title, testCase) {
  const server = await startServer(http2Server(testCase));
  const command = (client.http2Client ?? client.client)({ port: server.port, testCase, protocol: "grpc" });
  const problem = await runClient(command, caseTimeoutMs);
  const { status, output } = await server.stop();
  note(title, testCase, problem ?? (status === 0 ? undefined : `the server says\n${output}`));
}

const heavy = "concurrent_large_unary";
const tasks = [];
for (const column of columns) {
  const title = titleOf(column);
  for (const testCase of cases) {
    if (canRun(column, title, testCase)) tasks.push([testCase, () => run(column, title, testCase)]);
  }
}
for (const client of http2Clients) {
  for (const testCase of http2Cases) {
    if (canRun({ client }, client.name, testCase))
      tasks.push([testCase, () => runHttp2(client, client.name, testCase)]);
  }
}
// The longest first, so that none is left for the end.
tasks.sort(([a], [b]) => Number(b === heavy) - Number(a === heavy));
await inParallel(
  tasks.map(([, task]) => task),
  Math.max(2, availableParallelism()),
);
for (const server of servers.values()) await (await server).stop();

const shown = (rows, titles) =>
  table(
    ["", ...titles],
    rows.filter(isAsked).map((testCase) => [testCase, ...titles.map((title) => results.get(key(title, testCase)))]),
  );
if (cases.some(isAsked)) console.log(`\n${shown(cases, columns.map(titleOf))}`);
if (http2Cases.some(isAsked)) {
  console.log(
    `\nNegative HTTP/2 cases, by client:\n\n${shown(
      http2Cases,
      http2Clients.map(({ name }) => name),
    )}`,
  );
}
if (lacks.size > 0) {
  const rows = Array.from(lacks, ([reason, cells]) => [
    reason,
    [...new Set(cells.map(([, testCase]) => testCase))].join(", "),
    columnsOf(cells),
  ]);
  console.log(`\nCases that a peer cannot do ("–"):\n\n${table(["reason", "cases", "columns"], rows)}`);
}
/** The columns of cells; the columns beside them when they are fewer. */
function columnsOf(cells) {
  const titles = [...new Set(cells.map(([title]) => title))];
  const others = columns.map(titleOf).filter((title) => !titles.includes(title));
  return others.length < titles.length ? `all but ${others.join("; ")}` : titles.join("; ");
}
for (const failure of failures) console.log(`\n${failure.slice(0, 4000)}`);
for (const [peer, what] of missing) console.log(`\nThe columns of ${peer.name} were not run. They need ${what}`);
const ok = [...results.values()].filter((result) => result === "ok").length;
const seconds = ((performance.now() - start) / 1000).toFixed(0);
console.log(`\n${ok} ok, ${failures.length} failed, Node ${process.version}, ${seconds} s`);
process.exit(failures.length > 0 || ok === 0 || (missing.size > 0 && process.env.CI === "true") ? 1 : 0);
