import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { main, type Surroundings } from "./main.js";

const root = fileURLToPath(new URL("../", import.meta.url));
let home: string;
let app: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "create-connect-ts-"));
  app = join(home, "My App");
});
afterEach(() => rmSync(home, { recursive: true }));

interface Ran {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
  /** Commands, and where they ran. */
  readonly commands: string[][];
}

/** Runs the program; with answers it has a terminal. Answers come when questions are asked, `undefined` is the end of the input. */
async function create(
  args: string[],
  answers?: (string | undefined)[],
  given: Partial<Surroundings> = {},
): Promise<Ran> {
  const isTTY = answers !== undefined;
  const input = Object.assign(new PassThrough(), { isTTY });
  const output = Object.assign(new PassThrough(), { isTTY });
  const errors = new PassThrough();
  const commands: string[][] = [];
  let written = "";
  output.setEncoding("utf8").on("data", (text: string) => {
    written += text;
    if (!text.includes(") ")) return;
    const answer = answers?.shift();
    if (answer === undefined) input.end();
    else input.write(`${answer}\n`);
  });
  const run = async (command: string, folder: string) => {
    commands.push([command, folder]);
    return 0;
  };
  const code = await main(args, { root, input, output, errors, userAgent: undefined, run, ...given });
  errors.end();
  return {
    code,
    output: written + (output.read() ?? ""),
    errors: await errors
      .setEncoding("utf8")
      .toArray()
      .then((all) => all.join("")),
    commands,
  };
}

const read = (name: string) => readFileSync(join(app, name), "utf8");
const manifest = () => JSON.parse(read("package.json")) as Record<string, Record<string, string>>;

describe("a project", () => {
  it.each([
    ["node", "src/server.ts", "tsx watch src/server.ts"],
    ["bun", "src/server.ts", "bun --watch src/server.ts"],
    ["deno", "src/server.ts", "deno run --watch --allow-net --allow-env src/server.ts"],
    ["workerd", "src/worker.ts", "node dev.mjs"],
  ])("on %s has its server, the service, a test and generated code", async (server, program, dev) => {
    expect(await create([app, "--server", server, "--no-install"])).toMatchObject({ code: 0, errors: "" });
    const files = [
      program,
      "src/greet.ts",
      "src/greet.test.ts",
      "src/gen/greet/v1/greet_connect.ts",
      "buf.gen.yaml",
      "tsconfig.json",
    ];
    for (const file of [...files, ".gitignore", "proto/greet/v1/greet.proto"])
      expect(existsSync(join(app, file))).toBe(true);
    expect(manifest()).toMatchObject({
      name: "my-app",
      private: true,
      type: "module",
      scripts: { dev, generate: "buf generate" },
    });
    expect(existsSync(join(app, "web"))).toBe(false);
    expect(read("README.md")).not.toMatch(/[{}]\w+[}]/);
  });

  it("has a page when a client is wanted, and checks its types too", async () => {
    await create([app, "--client", "web", "--no-install"]);
    expect(readdirSync(join(app, "web"))).toEqual(["index.html", "main.ts", "tsconfig.json", "vite.config.ts"]);
    expect(manifest().scripts).toMatchObject({ "build:web": "vite build web", typecheck: "tsc && tsc -p web" });
    expect(read("tsconfig.json")).not.toContain("rootDirs");
  });

  it("depends on packages of this package's version", async () => {
    await create([app, "--no-install"]);
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    expect(manifest().dependencies).toMatchObject({ "@connect-ts/runtime": `^${version}` });
    expect(manifest().devDependencies).toMatchObject({ "protoc-gen-connect-ts": `^${version}` });
    expect(read("package.json")).not.toMatch(/workspace:|catalog:/);
  });

  it("names the commands of its package manager, and installs with it", async () => {
    const { output, commands } = await create([app, "--yes"], undefined, {
      userAgent: "pnpm/10.1.0 npm/? node/v22.1.0",
    });
    expect(commands).toEqual([["pnpm install", app]]);
    expect(read("README.md")).toContain("pnpm run dev");
    expect(output).toContain("pnpm run dev");
  });

  it("is whole when its packages cannot be installed, and the error says what to do", async () => {
    const { code, errors } = await create([app, "--yes"], undefined, { run: async () => 7 });
    expect(code).toBe(1);
    expect(errors).toContain(`"npm install" ended with 7. All files are there: run it again in ${app}`);
    expect(existsSync(join(app, "package.json"))).toBe(true);
  });
});

describe("a folder", () => {
  it("that is not empty is refused, and stays as it is", async () => {
    mkdirSync(app);
    for (const name of ["a", "b", "c", "d"]) writeFileSync(join(app, name), "");
    const { code, errors } = await create([app, "--yes"]);
    expect(code).toBe(1);
    expect(errors).toContain(
      `${app} is not empty: it has a, b, c and 1 more. Give the name of a folder that is new or empty`,
    );
    expect(readdirSync(app)).toEqual(["a", "b", "c", "d"]);
  });

  it("that is a file is refused", async () => {
    writeFileSync(app, "");
    expect(await create([app, "--yes"])).toMatchObject({
      code: 1,
      errors: expect.stringContaining("cannot be read as a folder"),
    });
  });

  it("may have a repository without files", async () => {
    mkdirSync(join(app, ".git"), { recursive: true });
    expect(await create([app, "--no-install"])).toMatchObject({ code: 0 });
  });

  it("has to be given where there is no terminal", async () => {
    expect(await create([])).toMatchObject({
      code: 1,
      errors: expect.stringContaining("no folder is given, and there is no terminal to ask in"),
    });
  });
});

describe("questions", () => {
  it("are asked for what the arguments leave open, and again after an answer that is none", async () => {
    const { code, output } = await create([app, "--no-install"], ["dno", "deno", "web"]);
    expect(code).toBe(0);
    expect(output).toContain('"dno" is not one of node, bun, deno, workerd');
    expect(manifest().scripts).toMatchObject({ start: expect.stringContaining("deno run"), "dev:web": "vite web" });
  });

  it("have defaults", async () => {
    expect(await create(["--no-install"], [app, "", ""])).toMatchObject({ code: 0 });
    expect(manifest().scripts).toMatchObject({ start: "node dist/server.js" });
    expect(existsSync(join(app, "web"))).toBe(false);
  });

  it("are not asked with --yes", async () => {
    expect(await create([app, "--yes", "--no-install"], [])).toMatchObject({ code: 0 });
  });

  it("that are left make nothing", async () => {
    const { code, errors } = await create([app, "--no-install"], [undefined]);
    expect(code).toBe(1);
    expect(errors).toContain("the questions were not answered, so nothing is made");
    expect(existsSync(app)).toBe(false);
  });
});

it("--help and --version make nothing", async () => {
  expect((await create(["--help", "--server", "bun"])).output).toContain("Usage: npm create connect-ts@latest");
  expect((await create(["-v"])).output).toMatch(/^\d+\.\d+\.\d+/);
});

it("what is wrong with the arguments is told, and how to learn more", async () => {
  const { code, errors } = await create(["--server", "nod"]);
  expect(code).toBe(1);
  expect(errors).toBe(
    'create-connect-ts: --server is "nod", and it has to be one of node, bun, deno, workerd\nThe option --help shows what can be given.\n',
  );
});
