// Fuzzes a connection of the HTTP/2 engine, guided by the blocks of its code that run: pnpm fuzz:http2 [seconds] [--save]
// Programs (program.mjs) that reach new blocks, or do something in a state of a stream in which nothing did it, are kept and changed further. The first ones are
// those of corpus.txt, one in a line; --save writes back the few that reach all that was reached. A program that shows a fault is
// made shorter and printed, and the command fails; `pnpm fuzz:http2 <program>` runs it alone.

import { readFileSync, writeFileSync } from "node:fs";
import inspector from "node:inspector";
import { runProgram } from "./program.mjs";

const corpusFile = new URL("corpus.txt", import.meta.url);
const [given = "15", ...flags] = process.argv.slice(2);
const encode = (program) => Buffer.from(program).toString("base64url");
const decode = (text) => new Uint8Array(Buffer.from(text, "base64url"));
/** Programs that run before it is looked at what ran: looking costs more than they do. */
const batch = 64;
const longest = 600;

if (!/^\d+$/.test(given)) {
  runProgram(decode(given));
  console.log("no fault");
  process.exit();
}

const session = new inspector.Session();
session.connect();
session.post("Profiler.enable");
session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });

/** The blocks that ran since the last time. */
function blocks() {
  const found = [];
  session.post("Profiler.takePreciseCoverage", (_error, { result }) => {
    for (const { url, functions } of result) {
      // What the entry of HTTP/2 loads, in one bundle or in many modules.
      if (!url.includes("/runtime/dist/")) continue;
      for (const { ranges } of functions) {
        for (const { startOffset, endOffset, count } of ranges) {
          if (count > 0) found.push(`${url.slice(-40)} ${startOffset} ${endOffset}`);
        }
      }
    }
  });
  return found;
}

const { random, floor } = Math;
const below = (n) => floor(random() * n);

/** A program a little different from one that is known. */
function changed(corpus) {
  let program = [...corpus[below(corpus.length)]];
  for (let n = 1 + below(6); n > 0; n--) {
    const at = below(program.length + 1);
    switch (below(7)) {
      case 0:
        program[at] = below(256);
        break;
      case 1:
        program.splice(at, 0, ...Array.from({ length: 1 + below(8) }, () => below(256)));
        break;
      case 2:
        program.splice(at, 1 + below(8));
        break;
      case 3: {
        const other = corpus[below(corpus.length)];
        const from = below(other.length);
        program.splice(at, 0, ...other.slice(from, from + below(40)));
        break;
      }
      case 4:
        program.splice(at, 0, ...program.slice(at, at + below(30)));
        break;
      case 5:
        // A whole step: a frame of any kind.
        program.splice(at, 0, below(5), below(18), below(256), below(8), below(4), below(256), below(256));
        break;
      default:
        program[at] = ((program[at] ?? 0) + (below(2) === 0 ? 1 : 255)) & 255;
    }
  }
  program = program.map((byte) => byte ?? 0);
  return Uint8Array.from(program.slice(0, longest));
}

/** What a program did in which states; what it shows, when it shows a fault. */
function outcomeOf(program) {
  const start = performance.now();
  try {
    const steps = runProgram(program);
    const ms = performance.now() - start;
    return ms > 2000 ? { fault: new Error(`it took ${Math.round(ms)} ms`) } : { steps };
  } catch (fault) {
    return { fault };
  }
}

/** The program without what the fault does not need. */
function shortened(program, { message }) {
  let short = program;
  for (let size = 64; size >= 1; size >>= 1) {
    for (let at = 0; at < short.length; ) {
      const less = Uint8Array.from([...short.subarray(0, at), ...short.subarray(at + size)]);
      if (outcomeOf(less).fault?.message === message) short = less;
      else at += size;
    }
  }
  return short;
}

function fail(program, error) {
  const short = shortened(program, error);
  console.error(`${error.stack}\n\npnpm fuzz:http2 ${encode(short)}`);
  process.exit(1);
}

const corpus = readFileSync(corpusFile, "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map(decode);
const reached = { blocks: new Set(), steps: new Set() };

/** Keeps what is new. */
function add(set, found) {
  const before = set.size;
  for (const one of found) set.add(one);
  return set.size > before;
}

/** Runs programs; those whose steps are new are kept. */
function run(programs) {
  for (const program of programs) {
    const { steps, fault } = outcomeOf(program);
    if (fault !== undefined) fail(program, fault);
    if (add(reached.steps, steps)) corpus.push(program);
  }
}

/** Finds those that reach new blocks, by halves. */
function keep(programs) {
  run(programs);
  const found = blocks().filter((block) => !reached.blocks.has(block));
  if (found.length === 0) return;
  if (programs.length === 1) {
    add(reached.blocks, found);
    corpus.push(programs[0]);
    return;
  }
  const half = programs.length >> 1;
  keep(programs.slice(0, half));
  keep(programs.slice(half));
}

blocks();
for (const { steps, fault } of corpus.map(outcomeOf)) {
  if (fault !== undefined) throw fault;
  add(reached.steps, steps);
}
add(reached.blocks, blocks());
const known = reached.blocks.size;
if (known === 0)
  throw new Error("no block of the engine ran: it is not where it was looked for, so nothing guides the programs");
const end = performance.now() + Number(given) * 1000;
let runs = corpus.length;
while (performance.now() < end) {
  runs += batch;
  keep(Array.from({ length: batch }, () => changed(corpus)));
}
console.log(
  `fuzz:http2: ${runs} programs, ${corpus.length} of them kept, ${reached.blocks.size} blocks (${known} at first), ${reached.steps.size} steps in states, no fault`,
);
if (flags.includes("--save")) save();

/** The shortest programs first: each that reaches what those before it do not. */
function save() {
  const all = new Set();
  const kept = [...corpus]
    .sort((a, b) => a.length - b.length)
    .filter((program) => {
      runProgram(program);
      return add(all, blocks());
    });
  writeFileSync(corpusFile, `${kept.map(encode).join("\n")}\n`);
  console.log(`${kept.length} programs saved, ${all.size} blocks`);
}
