// What the fuzzing of R20 keeps: inputs that each ended in a way of its own, and how long each reader was looked at in all.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";

/** Of one reader. */
export interface Kept {
  readonly seconds: number;
  readonly inputs: number;
  readonly faults: number;
  /** Of the last run. */
  readonly date: string;
  readonly commit: string;
  /** The shortest inputs that ended in different ways, as base64, with spaces between them. */
  readonly corpus: string;
}

const file = new URL("../corpus.json", import.meta.url);
/** So many inputs are kept of a reader, and none that is longer. */
const mostKept = 100;
const longestKept = 600;

const all = new Map<string, Kept>(
  existsSync(file) ? Object.entries(JSON.parse(readFileSync(file, "utf8")) as Record<string, Kept>) : [],
);

/** The inputs that were kept of a reader. */
export function corpusOf(name: string): Uint8Array[] {
  const texts = keptOf(name).corpus.split(" ");
  return texts.filter((text) => text !== "").map((text) => Uint8Array.from(Buffer.from(text, "base64")));
}

export function keptOf(name: string): Kept {
  return all.get(name) ?? { seconds: 0, inputs: 0, faults: 0, date: "", commit: "", corpus: "" };
}

/** Adds a run to what is kept. */
export function keep(
  name: string,
  run: { readonly seconds: number; readonly inputs: number; readonly faults: number },
  corpus: readonly Uint8Array[],
): void {
  const before = keptOf(name);
  const short = corpus.filter(({ byteLength }) => byteLength <= longestKept);
  short.sort((a, b) => a.byteLength - b.byteLength);
  all.set(name, {
    seconds: Math.round(before.seconds + run.seconds),
    inputs: before.inputs + run.inputs,
    faults: before.faults + run.faults,
    date: new Date().toISOString().slice(0, 10),
    commit: execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim(),
    corpus: short
      .slice(0, mostKept)
      .map((bytes) => Buffer.from(bytes).toString("base64"))
      .join(" "),
  });
  writeFileSync(file, `${JSON.stringify(Object.fromEntries(all), undefined, 2)}\n`);
}
