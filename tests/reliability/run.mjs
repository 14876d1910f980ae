// Bundles the rows with the runtime's sources, and runs them: node run.mjs [row...] [--long] [--peer <library>]... [--write]
// The bundle has one file for each process: the main one, one for a row, one for a server.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { root, run } from "../../scripts/lib.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const cache = join(here, ".cache");
mkdirSync(cache, { recursive: true });
await build({
  entryPoints: ["main", "row", "server"].map((name) => join(here, `src/${name}.ts`)),
  outdir: cache,
  bundle: true,
  splitting: true,
  platform: "node",
  format: "esm",
  target: "es2022",
  sourcemap: "inline",
  logLevel: "warning",
  external: ["@grpc/grpc-js", "@connectrpc/*", "@bufbuild/protobuf"],
  plugins: [{ name: "sources", setup: toSources }],
});
if (!run(process.execPath, ["--enable-source-maps", join(cache, "main.js"), ...process.argv.slice(2)])) {
  process.exitCode = 1;
}

/** As jest.config.js has it: names of packages mean their sources. */
function toSources({ onResolve }) {
  onResolve({ filter: /^@connect-ts\/(?:runtime|admission|retry)(?:\/|$)/ }, ({ path }) => {
    const [, name, door = ""] = /^@connect-ts\/([^/]+)(.*)$/.exec(path);
    return { path: `${root}packages/${name}/src${door === "/transport" ? "/transport.ts" : `${door}/index.ts`}` };
  });
}
