// Asks of the HTTP/2 engine alone what each schedule asks exactly, many times: node exact.js --count N --start N
import { parseArgs } from "node:util";
import { Chance } from "./chance.js";
import { exactly } from "./exactly.js";

const { values } = parseArgs({
  options: { count: { type: "string", default: "1000" }, start: { type: "string", default: "0" } },
});
const start = Number(values.start);
const end = start + Number(values.count);
let wrong: readonly string[] = [];
let at = start;
for (; at < end && wrong.length === 0; at++) {
  try {
    wrong = exactly(new Chance(`${at} exactly`));
  } catch (error) {
    wrong = [String(error)];
  }
}
for (const text of wrong) process.stdout.write(`${text}\n`);
process.stdout.write(`${at - start} schedules\n`);
process.exitCode = wrong.length === 0 ? 0 : 1;
