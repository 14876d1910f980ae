import type { Row, RowRun } from "../harness/row.js";
import { random } from "./r01-mutations.js";
import { corpusOf, keep, keptOf } from "./r20-corpus.js";
import { Fault } from "./r20-input.js";
import { type Target, targets } from "./r20-targets.js";

/** No input is longer than that, nor takes so many milliseconds. */
const longest = 3000;
const slowMs = 2000;
/** So long each reader is looked at, in a short run, in a long one, and in all long ones, in seconds. */
const shortSeconds = 6;
const longSeconds = 300;
const wantedSeconds = 1800;
/** So many inputs of each target are kept as ground for others. */
const mostKept = 5000;
/** What no reader says of its input, but a language of a program's mistakes. */
const mistakes = /Cannot (?:read|set)|is not (?:a function|iterable|defined)|Maximum call stack|Invalid array length/;

export const r20: Row = {
  id: "R20",
  promise: `random input for ${targets.length} readers of a peer's bytes, both whole sides among them: an error that a call may end with, or what it reads the same each time, and in time`,
  peers: ["ours"],
  seconds: [180, 3600],
  async run(run) {
    let inputs = 0;
    let kinds = 0;
    for (const target of targets) {
      const { name } = target;
      const left = wantedSeconds - keptOf(name).seconds;
      const seconds = run.long ? Math.min(longSeconds, left) : shortSeconds;
      if (seconds <= 0) continue;
      const before = run.problemCount;
      const done = await fuzz(run, target, seconds);
      inputs += done.inputs;
      kinds += done.kinds;
      const faults = run.problemCount - before;
      if (run.long) keep(name, { seconds, inputs: done.inputs, faults }, done.corpus);
    }
    if (!run.long)
      return `${targets.length} readers, ${shortSeconds} s each: ${inputs} inputs, which ended in ${kinds} ways, ${run.problemCount} faults`;
    const kept = targets.map(({ name }) => keptOf(name));
    const sum = (of: "inputs" | "faults"): number => kept.reduce((all, one) => all + one[of], 0);
    const minutes = Math.floor(Math.min(...kept.map(({ seconds }) => seconds)) / 60);
    return `${targets.length} readers, ${minutes} min each in all, of ${wantedSeconds / 60}: ${sum("inputs")} inputs, ${sum("faults")} faults`;
  },
};

/** Inputs that end in a way in which none has ended before are changed further, and so are those of former runs. */
async function fuzz(
  run: RowRun,
  { name, seeds, read }: Target,
  seconds: number,
): Promise<{ inputs: number; kinds: number; corpus: readonly Uint8Array[] }> {
  const next = random((Date.now() & 0xffff_fff) + 1);
  const corpus: Uint8Array[] = [
    ...seeds.map((seed) => Uint8Array.from(Buffer.from(seed as Uint8Array))),
    ...corpusOf(name),
  ];
  const given = corpus.length;
  const kinds = new Set<string>();
  const end = performance.now() + seconds * 1000;
  let inputs = 0;
  while (performance.now() < end && run.problemCount < 20) {
    const isGiven = inputs < given;
    const input = isGiven ? (corpus[inputs] as Uint8Array) : changed(corpus, next);
    inputs++;
    const start = performance.now();
    let kind: string;
    try {
      kind = String(await read(input));
    } catch (thrown) {
      const error = thrown as Error;
      if (error instanceof Fault || mistakes.test(error.message))
        run.check(false, `${name}: ${error.stack}\n${Buffer.from(input).toString("base64")}`);
      kind = `${error.name}: ${error.message.replaceAll(/\d+|"[^"]*"/g, "#").slice(0, 60)}`;
    }
    const ms = performance.now() - start;
    run.check(ms < slowMs, `${name}: it took ${Math.round(ms)} ms\n${Buffer.from(input).toString("base64")}`);
    if (kinds.has(kind)) continue;
    kinds.add(kind);
    if (!isGiven && corpus.length < mostKept) corpus.push(input);
  }
  return { inputs, kinds: kinds.size, corpus: corpus.slice(seeds.length) };
}

function changed(corpus: readonly Uint8Array[], next: (below: number) => number): Uint8Array {
  let bytes = [...(corpus[next(corpus.length)] as Uint8Array)];
  for (let n = 1 + next(5); n > 0; n--) {
    const at = next(bytes.length + 1);
    switch (next(7)) {
      case 0:
        bytes[Math.min(at, Math.max(0, bytes.length - 1))] = next(256);
        break;
      case 1:
        bytes.splice(at, 0, ...Array.from({ length: 1 + next(4) }, () => next(256)));
        break;
      case 2:
        bytes.splice(at, 1 + next(4));
        break;
      case 3: {
        const other = corpus[next(corpus.length)] as Uint8Array;
        const from = next(other.length + 1);
        bytes.splice(at, 0, ...other.subarray(from, from + next(60)));
        break;
      }
      case 4:
        bytes.splice(at, 0, ...bytes.slice(at, at + next(40)));
        break;
      case 5:
        bytes = bytes.slice(0, at);
        break;
      default:
        if (at < bytes.length) bytes[at] = (bytes[at] as number) ^ (1 << next(8));
    }
  }
  return Uint8Array.from(bytes.slice(0, longest));
}
