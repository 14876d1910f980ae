// A file of its own: tests that open something use it.
import { afterEach } from "@jest/globals";

export type Cleanup = () => Promise<unknown> | unknown;

/** What a test opened, closed after it in reverse order. Call it at the top of a test file. */
export function useCleanup(): (cleanup: Cleanup) => void {
  const cleanups: Cleanup[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });
  return (cleanup) => {
    cleanups.push(cleanup);
  };
}
