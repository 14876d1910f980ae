import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Command } from "./commands.js";

const program = fileURLToPath(new URL("./worker.js", import.meta.url));

/** A worker, from its parent's side. One command at a time. */
export class WorkerProcess {
  readonly child: ChildProcess;

  constructor(execArgv: readonly string[] = []) {
    this.child = fork(program, { execArgv: ["--expose-gc", ...execArgv], serialization: "advanced" });
  }

  /** Gives a command and waits for its result. */
  do<T = unknown>(command: Command): Promise<T> {
    const { child } = this;
    return new Promise((resolve, reject) => {
      const exited = (code: number | null): void => reject(new Error(`the worker ended with ${code}`));
      child.once("exit", exited);
      child.once("message", (answer: { readonly value?: T; readonly error?: string }) => {
        child.off("exit", exited);
        if (answer.error === undefined) resolve(answer.value as T);
        else reject(new Error(answer.error));
      });
      child.send(command);
    });
  }

  /** Lets the process end by itself, and waits for it. */
  stop(): Promise<void> {
    if (this.child.exitCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      this.child.once("exit", () => resolve());
      this.child.disconnect();
    });
  }
}
