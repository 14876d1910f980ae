// Asks in the terminal for what the arguments left open.
import { createInterface } from "node:readline/promises";

export interface Asker {
  /** Asks until the answer is one that `check` takes: it returns what is wrong. An empty answer means the default. */
  ask(question: string, fallback: string, check: (answer: string) => string | undefined): Promise<string>;
  close(): void;
}

/** A question with a list of answers. */
export async function choose<T extends string>(
  asker: Asker,
  title: string,
  known: readonly T[],
  fallback: T,
): Promise<T> {
  const find = (answer: string) => known.find((name) => name === answer);
  const check = (answer: string) =>
    find(answer) === undefined ? `"${answer}" is not one of ${known.join(", ")}` : undefined;
  return find(await asker.ask(`${title}: ${known.join(", ")}`, fallback, check)) ?? fallback;
}

export function openAsker(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Asker {
  const lines = createInterface({ input, output });
  // A question is left unanswered for ever when its input ends, or by Ctrl+C.
  const ended = new Promise<never>((_, reject) => {
    lines.once("close", () => reject(new Error("the questions were not answered, so nothing is made")));
  });
  ended.catch(() => {});
  return {
    async ask(question, fallback, check) {
      for (;;) {
        const line = await Promise.race([lines.question(`${question} (${fallback}) `), ended]);
        const answer = line.trim() || fallback;
        const problem = check(answer);
        if (problem === undefined) return answer;
        output.write(`${problem}\n`);
      }
    },
    close: () => lines.close(),
  };
}
