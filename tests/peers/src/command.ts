import { spawn } from "node:child_process";

/** How long a command may run. */
const limitMs = 15_000;

/** A command that runs. */
export interface Command {
  write(data: string | Uint8Array): void;
  endInput(): void;
  /** Settles when the command has ended, with all that it printed. */
  readonly ended: Promise<CommandResult>;
}

export interface CommandResult {
  readonly status: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/**
 * Runs a command until it ends or `signal` aborts, which kills it.
 *
 * @throws Error (`ended` rejects with it) when there is no such command, or it takes too long
 */
export function runCommand(
  file: string,
  args: readonly string[],
  options: {
    readonly signal?: AbortSignal | undefined;
    readonly onOutput?: (all: Buffer) => void;
    /** It may not notice that all has come: so long after its last output it is ended. */
    readonly quietMs?: number;
  },
): Command {
  const child = spawn(file, args, { stdio: "pipe" });
  let stdout = Buffer.alloc(0);
  let stderr = "";
  child.stdin.on("error", () => {});
  let quiet: NodeJS.Timeout | undefined;
  child.stdout.on("data", (chunk: Buffer) => {
    stdout = Buffer.concat([stdout, chunk]);
    options.onOutput?.(stdout);
    clearTimeout(quiet);
    if (options.quietMs !== undefined) quiet = setTimeout(kill, options.quietMs);
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const kill = () => child.kill("SIGKILL");
  options.signal?.addEventListener("abort", kill);
  const ended = new Promise<CommandResult>((resolve, reject) => {
    const timer = setTimeout(() => {
      kill();
      reject(new Error(`${file} ${args.join(" ")} takes longer than ${limitMs} ms. ${stderr}`));
    }, limitMs);
    const settle = (act: () => void) => {
      clearTimeout(timer);
      clearTimeout(quiet);
      options.signal?.removeEventListener("abort", kill);
      act();
    };
    child.on("error", (error) => settle(() => reject(new Error(`${file} does not start: ${error.message}`))));
    child.on("close", (status) => settle(() => resolve({ status, stdout, stderr })));
  });
  return { write: (data) => child.stdin.write(data), endInput: () => child.stdin.end(), ended };
}
