import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { root } from "../../scripts/lib.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));

/**
 * Bundles an entry of the simulation with the runtime's sources. Returns the file.
 *
 * @param mutant - a source file of the runtime, and what it is to be in place of what it is
 */
export async function bundle(entry, mutant) {
  const cache = join(here, mutant === undefined ? ".cache" : `.cache/mutant-${process.pid}`);
  mkdirSync(cache, { recursive: true });
  await build({
    entryPoints: [join(here, `src/${entry}.ts`)],
    outdir: cache,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "es2022",
    sourcemap: mutant === undefined ? "inline" : false,
    logLevel: mutant === undefined ? "warning" : "silent",
    external: ["@bufbuild/protobuf", "rolldown/*"],
    plugins: [{ name: "sources", setup: (steps) => toSources(steps, mutant) }],
  });
  return join(cache, `${entry}.js`);
}

/** As jest.config.js has it: names of packages mean their sources. */
function toSources({ onResolve, onLoad }, mutant) {
  onResolve({ filter: /^@connect-ts\/runtime/ }, ({ path }) => {
    const door = path.slice("@connect-ts/runtime".length);
    return { path: `${root}packages/runtime/src${door}${door === "/transport" ? ".ts" : "/index.ts"}` };
  });
  if (mutant === undefined) return;
  onLoad({ filter: /packages\/runtime\/src\/.*\.ts$/ }, ({ path }) =>
    path === mutant.file ? { contents: mutant.text, loader: "ts" } : undefined,
  );
}
