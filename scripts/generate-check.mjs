// Fails when the checked-in generated code is not what the plugins make of the schemas now.
import { mustRun, outputOf, report, run } from "./lib.mjs";

const generated = ["*_pb.ts", "*_connect.ts", "*_init.ts", "*_codec.ts", "packages/runtime/src/codegen/wkt*/index.ts"];

mustRun("pnpm", ["run", "generate"]);
// Files that are new and not added count too.
const changed = outputOf("git", ["status", "--porcelain", "--untracked-files=all", "--", ...generated]);
if (changed !== "") run("git", ["--no-pager", "diff", "--", ...generated]);
report(
  "generated code",
  changed
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => `${line} differs: run \`pnpm generate\` and commit it`),
);
