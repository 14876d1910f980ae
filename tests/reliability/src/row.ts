// One row for one library, in a process of its own: what is unhandled here is a fault of the client's side.
import type { PeerName } from "./harness/outcome.js";
import { type RowResult, RowRun } from "./harness/row.js";
import { rows } from "./rows/index.js";

const [id, peer, length] = process.argv.slice(2);
const row = rows.find((one) => one.id === id);
if (row === undefined) throw new Error(`no such row: ${id}`);
const run = new RowRun(peer as PeerName, length === "long");
process.on("uncaughtException", (error) => run.check(false, `the client's process: uncaught ${error.stack}`));
process.on("unhandledRejection", (reason) =>
  run.check(false, `the client's process: unhandled ${(reason as Error)?.stack ?? reason}`),
);
let figure = "";
try {
  figure = await row.run(run);
} catch (error) {
  run.check(false, `the row broke off: ${(error as Error).stack}`);
}
await run.end();
const { problems, problemCount } = run;
process.send?.({ figure, problems, problemCount } satisfies RowResult, () => process.exit());
