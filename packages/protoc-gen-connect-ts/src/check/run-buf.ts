// A file of its own: to start a program is another thing than to compare files.
import { type SpawnSyncOptions, type SpawnSyncReturns, spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";

/**
 * Runs buf, which writes to the same stdout and stderr. Where no program of that name is found, it is the script of the
 * package @bufbuild/buf, from where it is installed: on Windows npm puts only a `buf.cmd` on the path, which starts
 * in a shell alone, and a shell changes the arguments.
 */
export function runBuf(args: readonly string[], cwd: string): SpawnSyncReturns<string | Buffer> {
  const { env } = process;
  const options: SpawnSyncOptions = { cwd, env, stdio: ["ignore", "inherit", "inherit"] };
  const result = spawnSync("buf", args, options);
  if ((result.error as NodeJS.ErrnoException | undefined)?.code !== "ENOENT") return result;
  const script = scriptOfBuf([...(env.PATH ?? "").split(delimiter), cwd]);
  return script === undefined ? result : spawnSync(process.execPath, [script, ...args], options);
}

/** The folders of the path beside it: a `buf.cmd` there stands in front of a package beside or below. */
function scriptOfBuf(folders: readonly string[]): string | undefined {
  for (const folder of folders) {
    try {
      return createRequire(join(folder, "package.json")).resolve("@bufbuild/buf/bin/buf");
    } catch {
      // It is not installed for this folder.
    }
  }
  return undefined;
}
