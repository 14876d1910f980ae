// What a package's dist was built from. Many commands build first, and most find that there is nothing to do.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";

const scripts = dirname(fileURLToPath(import.meta.url));
const shared = [
  ...readdirSync(scripts)
    .filter((name) => /^(?:build|bundle(?!-size)|protobuf-when-used|prune-declarations)/.test(name))
    .map((name) => join(scripts, name)),
  join(scripts, "../tsconfig.base.json"),
  join(scripts, "../pnpm-lock.yaml"),
];

/** Where a package keeps the stamp of its dist: outside of what is published. */
export const stampFile = "node_modules/.dist-stamp";

/** A digest of all that the package in the working directory is built from: its own files, and the stamps of the packages that it uses. */
export function buildStamp() {
  const hash = createHash("sha256");
  const add = (name, content) => hash.update(`${name}\0${content.length}\0`).update(content);
  for (const file of shared) add(file.slice(scripts.length), readFileSync(file));
  const own = readdirSync(".", { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter((file) => isSource(file))
    .sort();
  for (const file of own) add(file, readFileSync(file));
  const {
    dependencies = {},
    peerDependencies = {},
    devDependencies = {},
  } = JSON.parse(readFileSync("package.json", "utf8"));
  const used = Object.entries({ ...dependencies, ...peerDependencies, ...devDependencies });
  for (const [name, version] of used) {
    const stamp = join("node_modules", name, stampFile);
    if (version.startsWith("workspace:")) add(name, existsSync(stamp) ? readFileSync(stamp) : Buffer.from(""));
  }
  return hash.digest("hex");
}

function isSource(file) {
  const [first] = file.split(sep);
  if (first === "node_modules" || first === "etc" || first.startsWith("dist") || first.startsWith(".")) return false;
  return !/\.test(-d)?\.ts$|\.md$/.test(file);
}
