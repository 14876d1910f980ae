import type { Call, Interceptor } from "./interceptor.js";

/**
 * Runs interceptors around `innermost`, the first of the list outermost.
 *
 * @param onRun - called when an interceptor calls `next()`; what it returns is called when that run settled
 */
export function runChain(
  interceptors: readonly Interceptor[],
  call: Call,
  innermost: () => Promise<void>,
  onRun: () => () => void,
): Promise<void> {
  const run = async (index: number): Promise<void> => {
    const interceptor = interceptors[index];
    if (interceptor === undefined) return innermost();
    await interceptor(call, async () => {
      const settled = onRun();
      try {
        await run(index + 1);
      } finally {
        settled();
      }
    });
  };
  return run(0);
}
