import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { listFiles, root } from "../../scripts/lib.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));

/** The rooms of the runtime that schedules are to run through. */
const rooms = ["http2", "call", "client", "handler"];
const src = "packages/runtime/src/";

/** The source files of those rooms, from the root of the repository on. */
export function roomFiles() {
  return listFiles(`${src}*.ts`).filter(
    (file) => rooms.some((room) => file.startsWith(`${src}${room}/`)) && !file.endsWith(".test.ts"),
  );
}

/**
 * Bundles an entry of the simulation with the runtime's sources. Returns the file.
 *
 * @param mutant - a source file of the runtime, what it is to be in place of what it is, and the number of who works on it
 * @param whole - with all files of the rooms, and with what nothing of the entry uses: to count their blocks
 */
export async function bundle(entry, { mutant, whole = false } = {}) {
  const cache = join(here, mutant === undefined ? ".cache" : `.cache/mutant-${process.pid}-${mutant.worker}`);
  mkdirSync(cache, { recursive: true });
  const outfile = join(cache, `${entry}${whole ? "-whole" : ""}.js`);
  const inner = join(here, `src/${entry}.ts`);
  const imports = [inner, ...roomFiles().map((file) => root + file)].map((file) => `import ${JSON.stringify(file)};`);
  await build({
    ...(whole
      ? {
          stdin: { contents: imports.join("\n"), resolveDir: here },
          treeShaking: false,
          ignoreAnnotations: true,
        }
      : { entryPoints: [inner] }),
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "es2022",
    sourcemap: mutant === undefined ? "inline" : false,
    logLevel: mutant === undefined ? "warning" : "silent",
    external: ["@bufbuild/protobuf", "rolldown/*"],
    plugins: [{ name: "sources", setup: (steps) => toSources(steps, mutant) }],
  });
  return outfile;
}

/** As jest.config.js has it: names of packages mean their sources. */
function toSources({ onResolve, onLoad }, mutant) {
  onResolve({ filter: /^@connect-ts\/runtime/ }, ({ path }) => {
    const door = path.slice("@connect-ts/runtime".length);
    return { path: `${root}${src.slice(0, -1)}${door}${door === "/transport" ? ".ts" : "/index.ts"}` };
  });
  if (mutant === undefined) return;
  onLoad({ filter: /packages\/runtime\/src\/.*\.ts$/ }, ({ path }) =>
    path === mutant.file ? { contents: mutant.text, loader: "ts" } : undefined,
  );
}
