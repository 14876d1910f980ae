import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

const options = {
  /** The top of the repository, where a reader would type the commands. */
  cwd: fileURLToPath(new URL("../../../", import.meta.url)),
  /** curl would take a proxy that is set in the environment for this machine too. */
  env: { ...process.env, no_proxy: "localhost", NO_PROXY: "localhost" },
};

/** What a command printed and ended with. */
export interface Result {
  readonly output: string;
  readonly code: number | null;
}

/** Shows a command, runs it, and shows what it prints. */
export async function run(command: string, args: readonly string[]): Promise<Result> {
  show(command, args);
  const child = spawn(programOf(command), args, { ...options, stdio: ["ignore", "pipe", "pipe"], timeout: 30_000 });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const [code] = (await once(child, "close")) as [number | null];
  console.log(output.trimEnd());
  return { output, code };
}

/** Shows a command and starts it. */
export function start(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): ChildProcessByStdio<null, Readable, null> {
  show(command, args);
  const whole = { ...options, env: { ...options.env, ...env } };
  return spawn(programOf(command), args, { ...whole, stdio: ["ignore", "pipe", "inherit"] });
}

export function isInstalled(command: string): Promise<boolean> {
  const child = spawn(command, ["--version"], { stdio: "ignore" });
  return new Promise((resolve) => {
    child.once("error", () => resolve(false)).once("exit", (code) => resolve(code === 0));
  });
}

export function title(text: string): void {
  console.log(`\n== ${text}`);
}

function programOf(command: string): string {
  return command === "node" ? process.execPath : command;
}

/** Prints a command as one would type it. */
function show(command: string, args: readonly string[]): void {
  const words = [command, ...args].map((word) =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`,
  );
  console.log(`$ ${words.join(" ")}`);
}
