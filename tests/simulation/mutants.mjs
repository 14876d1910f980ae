// Makes random mutants of the runtime's core, and shows which of them the simulation finds:
// node mutants.mjs [--count N] [--start N] [--first N] [--seconds N] [--workers N] [--state file] [--only file]
// What changes http2/ is asked 600 times what is asked exactly (src/exactly.ts). Then each gets a short look of `first` schedules; those that live get more, until they are found or had `seconds`.
// With a state file it goes on where it was interrupted, and a later run with more seconds goes on with those that live.
// Fails when a line that survivors.mjs argues about is gone.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { root } from "../../scripts/lib.mjs";
import { bundle, roomFiles } from "./bundle.mjs";
import { survivors as argued } from "./survivors.mjs";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "200" },
    start: { type: "string", default: "1" },
    first: { type: "string", default: "300" },
    seconds: { type: "string", default: "600" },
    workers: { type: "string", default: "1" },
    state: { type: "string" },
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

/** The places of a file where a mutant may differ. */
function placesOf(file) {
  const lines = readFileSync(`${root}${file}`, "utf8").split("\n");
  const counts = new Map();
  return lines.flatMap((line, at) => {
    if (/^\s*(\*|\/[*/]|import|export (type|interface)|readonly|})/.test(line)) return [];
    return operators.flatMap(([pattern, replace]) =>
      [...line.matchAll(pattern)].map((match) => {
        const changed = line.slice(0, match.index) + replace(match[0]) + line.slice(match.index + match[0].length);
        const what = `${file.slice(src.length)}: ${line.trim()}  =>  ${changed.trim() || "(nothing)"}`;
        // A line that a file has several times is told apart by its number among those.
        const same = counts.get(what) ?? 0;
        counts.set(what, same + 1);
        const key = same === 0 ? what : `${what} (${same + 1})`;
        return { file, at, line: line.trim(), changed, lines, key };
      }),
    );
  });
}

/**
 * Where a mutant stands among all: each has its own place, whatever others there are, so that an edit of the runtime leaves
 * the draw of the others as it is.
 */
function lotOf({ key }) {
  return createHash("sha256").update(`${values.start} ${key}`).digest("hex");
}

/** Runs schedules with a bundle, and says how it went. It is stopped after so many milliseconds. */
function runWith(bundled, most, start, timeout) {
  const args = [bundled, ...most, "--start", String(start)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"], timeout, killSignal: "SIGKILL" });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part) => {
    text += part;
  });
  return new Promise((resolve) => {
    child.on("close", (status) => {
      const schedules = Number(/^(\d+) schedules/m.exec(text)?.[1] ?? 0);
      resolve({ lives: status === 0, schedules, how: status === null ? "it does not end" : firstLine(text) });
    });
  });
}

/** One failure is enough. */
const brief = ["--failures", "1", "--quiet"];

/** What was wrong, in short. */
function firstLine(text) {
  return text.split("\n", 1)[0].slice(0, 160);
}

// ---------------------------------------------------------------- what is known

/** By mutant: whether it was found, and how much was looked at: exactly, schedules, and seconds of those after the first. */
const results = new Map(
  values.state !== undefined && existsSync(values.state)
    ? Object.entries(JSON.parse(readFileSync(values.state, "utf8")))
    : [],
);

function keep(key, result) {
  results.set(key, result);
  if (values.state === undefined) return;
  writeFileSync(`${values.state}.new`, `${JSON.stringify(Object.fromEntries(results), undefined, 1)}\n`);
  renameSync(`${values.state}.new`, values.state);
}

// ---------------------------------------------------------------- the draw

const places = files.flatMap(placesOf);
const known = new Set(argued.flatMap(({ lines }) => lines));
const lineOf = ({ file, line }) => `${file.slice(src.length)}: ${line}`;
const there = new Set(places.map(lineOf));
for (const line of known)
  if (values.only === "" && !there.has(line)) throw new Error(`survivors.mjs has a line that is gone: ${line}`);

const drawn = places
  .map((place) => ({ ...place, lot: lotOf(place) }))
  .sort((a, b) => (a.lot < b.lot ? -1 : 1))
  .slice(0, Number(values.count))
  .map((place, index) => ({ ...place, index }));

// ---------------------------------------------------------------- looking

// A mutant that spins never ends: it has ten times what the program itself takes, and so much more on a busy machine.
const begun = performance.now();
const sound = await runWith(await bundle("main"), ["--count", values.first, ...brief], 0, 3_600_000);
if (!sound.lives) throw new Error(`the simulation fails without a mutant: ${sound.how}`);
const mostMs = Math.round(30_000 + 10 * (performance.now() - begun));

/** Looks at a mutant once more, unless it had as much before. */
async function look(place, worker, stage) {
  const before = results.get(place.key) ?? { schedules: 0, seconds: 0 };
  if (before.found || before.noProgram) return;
  const left = Number(values.seconds) - before.seconds;
  const [entry, most, ms] = {
    exactly: ["exact", ["--count", "600"], mostMs],
    first: ["main", ["--count", values.first, ...brief], mostMs],
    longer: ["main", ["--seconds", String(left), ...brief], mostMs + 1000 * left],
  }[stage];
  if (stage === "exactly" && (before.exactly || !place.file.startsWith(`${src}http2/`))) return;
  if (stage === "first" && before.schedules > 0) return;
  // Where survivors.mjs says why a mutant may live, more of the same tells nothing.
  if (stage === "longer" && (left <= 0 || known.has(lineOf(place)))) return;
  let bundled;
  try {
    const text = place.lines.with(place.at, place.changed).join("\n");
    bundled = await bundle(entry, { mutant: { file: `${root}${place.file}`, text, worker } });
  } catch {
    keep(place.key, { noProgram: true });
    return;
  }
  // Another part of the seeds for each, so that luck is not the same for all.
  const ran = await runWith(bundled, most, place.index * 1_000_000 + before.schedules, ms);
  rmSync(dirname(bundled), { recursive: true, force: true });
  const after = { ...before, found: !ran.lives, ...(ran.lives ? undefined : { how: ran.how }) };
  if (stage === "exactly") after.exactly = true;
  else after.schedules += ran.schedules;
  if (stage === "longer") after.seconds = Number(values.seconds);
  keep(place.key, after);
  const name = `${place.file.slice(src.length)}:${place.at + 1}: ${place.line}  =>  ${place.changed.trim() || "(nothing)"}`;
  console.log(
    `${place.index + 1} of ${drawn.length} ${ran.lives ? "lives" : "found"} (${stage}, ${after.schedules}) ${name}`,
  );
}

/** All of them, some at once. */
async function lookAtAll(stage) {
  const rest = [...drawn];
  const work = async (_, worker) => {
    for (let place = rest.shift(); place !== undefined; place = rest.shift()) await look(place, worker, stage);
  };
  await Promise.all(Array.from({ length: Number(values.workers) }, work));
}

await lookAtAll("exactly");
await lookAtAll("first");
await lookAtAll("longer");

// ---------------------------------------------------------------- what came of it

const tried = drawn.filter(({ key }) => results.get(key).noProgram !== true);
const live = tried.filter(({ key }) => !results.get(key).found);
const expected = live.filter((place) => known.has(lineOf(place)));
const nameOf = ({ key }) => `${key} (${results.get(key).schedules} schedules)`;
console.log(`\nsurvivors of which survivors.mjs says why:\n  ${expected.map(nameOf).join("\n  ")}`);
const others = live.filter((place) => !expected.includes(place));
console.log(`other survivors:\n  ${others.map(nameOf).join("\n  ")}`);
const found = tried.length - live.length;
const share = (of) => `${found} of ${of} (${((100 * found) / Math.max(1, of)).toFixed(0)} %)`;
console.log(
  `found ${share(tried.length)}, without those with a reason ${share(tried.length - expected.length)}: ${values.first} schedules each, then up to ${values.seconds} s`,
);
