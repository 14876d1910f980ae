// Makes random mutants of the runtime's core, and shows which of them the simulation finds:
// node mutants.mjs [--count N] [--seconds N, for each] [--schedules N, for each, in place of seconds] [--start N] [--only file]
// Fails when a line that survivors.mjs argues about is gone.
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { root } from "../../scripts/lib.mjs";
import { bundle, roomFiles } from "./bundle.mjs";
import { survivors as argued } from "./survivors.mjs";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "200" },
    seconds: { type: "string", default: "3" },
    schedules: { type: "string" },
    start: { type: "string", default: "1" },
    only: { type: "string", default: "" },
  },
});
const src = "packages/runtime/src/";
// What no schedule of the simulation reaches: pages of other origins, routes, metadata of other stacks.
const elsewhere =
  /\/(cors|cors-response|route\/|caller-frames|member-name|get-option|spec-of|option-rules|refuse|error-writer)/;
const files = roomFiles().filter((file) => !elsewhere.test(file) && file.includes(values.only));

/** Each finds places in a line, and says what is there in a mutant. */
const operators = [
  [/===/g, () => "!=="],
  [/!==/g, () => "==="],
  [/ < /g, () => " <= "],
  [/ > /g, () => " >= "],
  [/ <= /g, () => " < "],
  [/ >= /g, () => " > "],
  [/ && /g, () => " || "],
  [/ \|\| /g, () => " && "],
  [/ \+ /g, () => " - "],
  [/ - /g, () => " + "],
  [/ \+= /g, () => " -= "],
  [/ -= /g, () => " += "],
  [/\btrue\b/g, () => "false"],
  [/\bfalse\b/g, () => "true"],
  [/(?<=[ (])\d+(?=[;,)])/g, (number) => String(Number(number) + 1)],
  [/\bif \((.*)\)(?= return| throw| \{|$)/g, (text) => text.replace(/\((.*)\)$/, "(!($1))")],
  [/^ {4,}(?!return|const|let|throw|for|if|else|case|break|continue|super)[\w.?]+(?:\(.*\)| [+-]?= .*);$/g, () => ""],
];

let seed = Number(values.start);
function chance() {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
  return seed / 2_147_483_648;
}

/** The places of a file where a mutant may differ. */
function placesOf(file) {
  const lines = readFileSync(`${root}${file}`, "utf8").split("\n");
  return lines.flatMap((line, at) => {
    if (/^\s*(\*|\/[*/]|import|export (type|interface)|readonly|})/.test(line)) return [];
    return operators.flatMap(([pattern, replace]) =>
      [...line.matchAll(pattern)].map((match) => {
        const changed = line.slice(0, match.index) + replace(match[0]) + line.slice(match.index + match[0].length);
        return { file, at, line: line.trim(), changed, lines };
      }),
    );
  });
}

/** Runs schedules with a bundle. It has so many milliseconds. */
function runWith(bundled, start, timeout) {
  const most = values.schedules === undefined ? ["--seconds", values.seconds] : ["--count", values.schedules];
  const args = [...most, "--start", String(start), "--failures", "1", "--quiet"];
  return spawnSync(process.execPath, [bundled, ...args], { encoding: "utf8", timeout }).status;
}

// A mutant that spins never ends: it has ten times what the program itself takes, and so much more on a busy machine.
const begun = performance.now();
if (runWith(await bundle("main"), 0) !== 0) throw new Error("the simulation fails without a mutant");
const mostMs = Math.round(30_000 + 10 * (performance.now() - begun));

const places = files.flatMap(placesOf);
const survivors = [];
/** Those that live on lines of which survivors.mjs says why. */
const expected = [];
const known = new Set(argued.flatMap(({ lines }) => lines));
const lineOf = ({ file, line }) => `${file.slice(src.length)}: ${line}`;
const there = new Set(places.map(lineOf));
for (const line of known)
  if (values.only === "" && !there.has(line)) throw new Error(`survivors.mjs has a line that is gone: ${line}`);
let found = 0;
let tried = 0;
while (tried < Number(values.count)) {
  const [place] = places.splice(Math.floor(chance() * places.length), 1);
  if (place === undefined) break;
  const text = place.lines.with(place.at, place.changed).join("\n");
  let bundled;
  try {
    bundled = await bundle("main", { mutant: { file: `${root}${place.file}`, text } });
  } catch {
    // It is no program.
    continue;
  }
  tried++;
  // Another part of the seeds for each, so that luck is not the same for all.
  const lives = runWith(bundled, tried * 10_000, mostMs) === 0;
  const name = `${place.file.slice(src.length)}:${place.at + 1}: ${place.line}  =>  ${place.changed.trim() || "(nothing)"}`;
  if (!lives) found++;
  else (known.has(lineOf(place)) ? expected : survivors).push(name);
  console.log(`${lives ? "lives" : "found"} ${name}`);
  rmSync(dirname(bundled), { recursive: true, force: true });
}
console.log(`\nsurvivors of which survivors.mjs says why:\n  ${expected.join("\n  ")}`);
console.log(`other survivors:\n  ${survivors.join("\n  ")}`);
const share = (of) => `${found} of ${of} (${((100 * found) / Math.max(1, of)).toFixed(0)} %)`;
console.log(
  `found ${share(tried)}, without those with a reason ${share(tried - expected.length)}: ${values.schedules === undefined ? `${values.seconds} s` : `${values.schedules} schedules`} each`,
);
