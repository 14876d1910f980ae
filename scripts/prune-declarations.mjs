import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

/** What a declaration file names: `from "./a.js"`, `import("./a.js")`, `import "./a.js"`. */
const named = /(?:\bfrom|\bimport)\s*\(?\s*"(\.[^"]*)\.js"/g;

/** Every string in a value of JSON. */
function strings(value) {
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(strings) : [value];
}

/**
 * Removes the declarations that none of a package's doors leads to: half of them belong to modules that no user names.
 *
 * @param dist - the folder that becomes `dist`
 */
export function pruneDeclarations(manifest, dist) {
  const { exports, types, typesVersions } = manifest;
  // A door may name its JavaScript alone: TypeScript looks beside it.
  const doors = strings([exports, types, typesVersions]).map((path) =>
    join(dist, `${path}`.replace(/\.js$/, ".d.ts").slice("./dist/".length)),
  );
  const needed = new Set(doors.filter((path) => path.endsWith(".d.ts") && existsSync(path)));
  for (const file of needed) {
    for (const [, path] of readFileSync(file, "utf8").matchAll(named)) needed.add(join(dirname(file), `${path}.d.ts`));
  }
  for (const folder of ["esm", "cjs"].map((name) => join(dist, name)).filter(existsSync)) {
    for (const name of readdirSync(folder, { recursive: true })) {
      const file = join(folder, name);
      if (/\.d\.ts(?:\.map)?$/.test(name) && !needed.has(file.replace(/\.map$/, ""))) rmSync(file);
    }
  }
}
