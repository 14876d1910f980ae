// What the programs take of browsers and workerd, which have nothing of Node.
import type { Compression } from "@connect-ts/runtime";
import { deflate, gzip } from "@connect-ts/runtime/fetch";

export const algorithms: readonly Compression[] = [gzip(), deflate()];

export function wait(ms: number, _value?: unknown, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
  const { signal } = options;
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop);
  });
}
