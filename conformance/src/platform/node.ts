// What the programs take of Node, Bun and Deno: web.ts has the same for the others.
import type { Compression } from "@connect-ts/runtime";
import { brotli, deflate, gzip, hasZstd, zstd } from "@connect-ts/runtime/node";

export { setTimeout as wait } from "node:timers/promises";

/** All that this platform has, but for snappy. */
export const algorithms: readonly Compression[] = [gzip(), brotli(), ...(hasZstd ? [zstd()] : []), deflate()];
