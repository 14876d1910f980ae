// Type-checks every project of the workspace: packages with their tests and type tests, tests, examples. Builds first,
// since what imports a package by name checks against its declarations, as users do.
import { dirname } from "node:path";
import { listFiles, mustRun, report, run } from "./lib.mjs";

mustRun("pnpm", ["run", "build"]);
const projects = listFiles("*tsconfig.json").filter((file) => !file.includes("/packed-project/"));
const problems = projects
  .filter((project) => !run("tsc", ["-p", project, "--noEmit"]))
  .map((project) => `${project} fails`);

const covered = new Set(projects.map(dirname));
for (const file of listFiles("*.ts")) {
  const folders = file.split("/").map((_, index, parts) => parts.slice(0, index).join("/"));
  if (!folders.some((folder) => covered.has(folder)) && !file.includes("/packed-project/")) {
    problems.push(`${file} belongs to no tsconfig.json`);
  }
}
report("typecheck", problems);
