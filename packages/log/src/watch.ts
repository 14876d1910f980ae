// A file of its own: lines of log and measures are made at the same moment.
import type { Call } from "@connect-ts/runtime";

/** Whether a call is left out: by its RPC, or by its service. */
export function isExcluded({ spec: { procedure } }: Call, excluded: ReadonlySet<string>): boolean {
  return excluded.has(procedure) || excluded.has(procedure.slice(1, procedure.lastIndexOf("/")));
}

/** Runs a call, and reports once when it is over. A report that throws fails no call. */
export async function watch(call: Call, next: () => Promise<void>, report: () => void): Promise<void> {
  let isReported = false;
  const end = (): void => {
    if (isReported) return;
    isReported = true;
    try {
      report();
    } catch {
      // A logger that fails is no failure of the call, and where else could it be told?
    }
  };
  // On a handler others may still change how the call ends; on a client one further in may hold on to a call that is over.
  void call.done.then(end);
  try {
    await next();
  } finally {
    if (call.side === "client" && call.status !== undefined) end();
  }
}
