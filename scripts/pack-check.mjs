// Packs the published packages and checks what is in the tarballs: publint for the manifests, "are the types wrong" for
// how each entry point resolves as ESM, as CommonJS, under bundlers and under the resolution of old TypeScript. Looks at what
// the runtime weighs, and that its doors have the same names bundled and as a tree.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { gunzipSync } from "node:zlib";
import { mustRun, outputOf, pack, publicPackages, report, root, run } from "./lib.mjs";

/** Files, and bytes of the tarball before it is compressed: docs/decisions/0041-published-bundles.md. */
const mostFiles = 750;
const mostBytes = 5_250_000;

mustRun(process.execPath, ["scripts/ensure-built.mjs"]);
const problems = [];
for (const { dir, manifest } of publicPackages()) {
  const tarball = pack(dir);
  console.log(`\n${manifest.name}`);
  if (!run("publint", ["run", tarball, "--strict"])) problems.push(`${dir}: publint`);
  if (manifest.exports !== undefined && !run("attw", [tarball])) problems.push(`${dir}: attw`);
  const listed = outputOf("tar", ["-tzf", tarball]).split("\n");
  if (manifest.name === "@connect-ts/runtime") {
    const bytes = gunzipSync(readFileSync(tarball)).length;
    console.log(`${listed.length} files, ${bytes} bytes`);
    if (listed.length > mostFiles) problems.push(`${dir}: ${listed.length} files, at most ${mostFiles}`);
    if (bytes > mostBytes) problems.push(`${dir}: ${bytes} bytes, at most ${mostBytes}`);
  }
  problems.push(...(await differentDoors(dir, manifest)));
  // A template has tests of its own, which a project made of it runs.
  const ours = listed.filter((file) => !file.startsWith("package/templates/"));
  for (const file of ours.filter((file) => /\.test\.|\.test-d\.|\/testing\//.test(file))) {
    problems.push(`${dir}: ${file} is published`);
  }
}
report("packages", problems);

/** The doors whose names are not the same as a tree, bundled, and bundled as CommonJS. */
async function differentDoors(dir, { exports }) {
  const require = createRequire(`${root}${dir}/package.json`);
  const namesOf = (door) =>
    Object.keys(door)
      .filter((name) => name !== "__esModule")
      .sort()
      .join();
  const problems = [];
  for (const [door, target] of Object.entries(exports ?? {})) {
    if (target.import?.node === undefined) continue;
    const [tree, bundled] = await Promise.all(
      [target.import.default, target.import.node].map((file) => import(`${root}${dir}/${file}`)),
    );
    const names = [tree, bundled, require(`./${target.require.default}`)].map(namesOf);
    if (new Set(names).size > 1)
      problems.push(`${dir}: ${door} has other names as a bundle than as a tree: ${names.join(" | ")}`);
  }
  return problems;
}
