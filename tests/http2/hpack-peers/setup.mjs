// Gets what the fuzzing needs, into a folder outside of the tree: the two peers, and our HPACK as modules.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { buildSync } from "esbuild";
import { mustRun, root } from "../../../scripts/lib.mjs";

const hpackVersion = "4.2.0";
const here = fileURLToPath(new URL(".", import.meta.url));
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "connect-ts", "hpack-peers");

/** How each peer is started. */
export const peers = {
  go() {
    need("go version", "Go 1.24 or newer, from https://go.dev/dl or your system's packages");
    const command = join(cache, "go-peer");
    mustRun("go", ["build", "-o", command, "."], { cwd: here });
    return { command, args: [] };
  },
  python() {
    need("python3 -m pip --version", "Python 3.10 or newer with pip (Debian: apt-get install python3-pip)");
    const target = join(cache, `python-hpack-${hpackVersion}`);
    if (!existsSync(join(target, "hpack"))) {
      const packages = ["--quiet", "--disable-pip-version-check", "--target", target, `hpack==${hpackVersion}`];
      mustRun("python3", ["-m", "pip", "install", ...packages]);
    }
    return { command: "python3", args: [join(here, "peer.py")], env: { PYTHONPATH: target } };
  },
};

/** Our encoder and decoder. HPACK is no entry point of the package, so they are made from the sources. */
export async function ours() {
  mkdirSync(cache, { recursive: true });
  const outdir = join(cache, `sources-${process.pid}`);
  process.on("exit", () => rmSync(outdir, { recursive: true, force: true }));
  const source = `${root}packages/runtime/src/http2/`;
  buildSync({
    entryPoints: ["hpack/decoder.ts", "hpack/encoder.ts", "hpack/huffman.ts", "frame/byte-sink.ts"].map(
      (file) => source + file,
    ),
    outdir,
    outbase: source,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
  });
  const load = (file) => import(pathToFileURL(join(outdir, file)).href);
  const modules = await Promise.all(
    ["hpack/decoder.mjs", "hpack/encoder.mjs", "hpack/huffman.mjs", "frame/byte-sink.mjs"].map(load),
  );
  return Object.assign({}, ...modules);
}

function need(command, what) {
  if (spawnSync("sh", ["-c", command]).status === 0) return;
  console.error(`The fuzzing of HPACK needs ${what}: \`${command}\` does not work.`);
  process.exit(1);
}
