// What the programs under test run on, and how they are started there.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { installPrograms, places, programOf } from "../../tests/places/programs.mjs";
import { fail } from "./lib.mjs";
import { nodeOf } from "./nodes.mjs";

/** The name of a run's runtime with its version, and the command for a program, which is "client" or "server". */
export function runtimeOf({ over, codecs, node, runtime }, packageDir) {
  const file = (name) => join(packageDir, ".cache", "bin", name);
  if (runtime === undefined) {
    const { path, version } = nodeOf(node);
    const suffix = codecs === undefined ? "" : "-codecs";
    return {
      label: `Node ${version}`,
      command: (name) => [path, "--enable-source-maps", file(`${name}${suffix}.mjs`), over],
    };
  }
  if (runtime === "chromium") {
    const { status, stdout } = spawnSync("chromium", ["--version"], { encoding: "utf8" });
    if (status !== 0) fail("These runs need Chromium, which is not on this machine: apt-get install chromium");
    const command = () => [process.execPath, file("client-chromium.mjs"), file("page.js")];
    return { label: stdout.trim(), command };
  }
  installPrograms();
  const label = `${runtime} ${places[runtime].package.replace(/^.*@/, "")}`;
  const program = programOf(runtime);
  if (runtime === "workerd") {
    return { label, command: () => [process.execPath, file("server-workerd.mjs"), program, file("worker.js")] };
  }
  return { label, command: (name) => [program, ...(places[runtime].args ?? []), file(`${name}.mjs`), over] };
}
