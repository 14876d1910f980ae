// Packs the published packages and checks what is in the tarballs: publint for the manifests, "are the types wrong" for
// how each entry point resolves as ESM, as CommonJS, under bundlers and under the resolution of old TypeScript.
import { mustRun, outputOf, pack, publicPackages, report, run } from "./lib.mjs";

mustRun("pnpm", ["run", "build"]);
const problems = [];
for (const { dir, manifest } of publicPackages()) {
  const tarball = pack(dir);
  console.log(`\n${manifest.name}`);
  if (!run("publint", ["run", tarball, "--strict"])) problems.push(`${dir}: publint`);
  if (manifest.exports !== undefined && !run("attw", [tarball])) problems.push(`${dir}: attw`);
  const listed = outputOf("tar", ["-tzf", tarball]).split("\n");
  for (const file of listed.filter((file) => /\.test\.|\.test-d\.|\/testing\//.test(file))) {
    problems.push(`${dir}: ${file} is published`);
  }
}
report("packages", problems);
