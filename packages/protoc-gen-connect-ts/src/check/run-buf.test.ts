import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, parse } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { runBuf } from "./run-buf.js";

describe("buf, where no program of that name is on the path, as on Windows", () => {
  const { PATH } = process.env;
  let project: string;
  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), "run-buf-"));
    mkdirSync(join(project, "elsewhere"));
    process.env.PATH = join(project, "elsewhere");
  });
  afterEach(() => {
    process.env.PATH = PATH;
    rmSync(project, { recursive: true });
  });

  function install(modules: string): void {
    const bin = join(project, modules, "@bufbuild/buf/bin");
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, "buf"), 'require("fs").writeFileSync("args", JSON.stringify(process.argv.slice(2)));');
  }

  it.each([
    ["beside the shims that package scripts have on the path", "node_modules", "node_modules/.bin"],
    ["below the folder of programs that are installed for all", "global/node_modules", "global"],
    ["in the project", "node_modules", "elsewhere"],
  ])("is found %s, and gets its arguments as they are", (_, modules, path) => {
    install(modules);
    process.env.PATH = join(project, path);
    const args = ["generate", "--template", '{"version": "v2", "100%": "a b"}'];
    expect(runBuf(args, project).status).toBe(0);
    expect(JSON.parse(readFileSync(join(project, "args"), "utf8"))).toEqual(args);
  });

  it("is not found where it is not installed", () => {
    const { root } = parse(project);
    process.env.PATH = root;
    expect(runBuf(["generate"], root).error?.message).toContain("ENOENT");
  });
});
