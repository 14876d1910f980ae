import { describe, expect, it } from "@jest/globals";
import { defaultServer, readOptions, runningPackageManager } from "./options.js";

describe("arguments", () => {
  it("name a folder and what is wanted", () => {
    expect(
      readOptions(["my-app", "--server", "bun", "--client=web", "--package-manager", "pnpm", "--no-install"]),
    ).toEqual({
      folder: "my-app",
      server: "bun",
      client: "web",
      packageManager: "pnpm",
      yes: false,
      install: false,
      help: false,
      version: false,
    });
  });

  it("leave open what they do not say", () => {
    expect(readOptions([])).toMatchObject({ folder: undefined, server: undefined, client: undefined, install: true });
  });

  it.each([
    [["--server", "nod"], '--server is "nod", and it has to be one of node, bun, deno, workerd'],
    [["--client="], '--client is "", and it has to be one of none, web'],
    [
      ["--package-manager", "toString"],
      '--package-manager is "toString", and it has to be one of npm, pnpm, yarn, bun, deno',
    ],
    [["a", "b"], "one folder is expected, and 2 are given: a, b"],
    [["--sever", "bun"], "--sever"],
    [["--server"], "--server"],
  ])("%j are refused with what is wrong", (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
  });
});

describe("the package manager that runs the program", () => {
  it.each([
    ["pnpm/10.1.0 npm/? node/v22.1.0 linux x64", "pnpm", "node"],
    ["bun/1.4.5 npm/? node/v24.3.0 linux x64", "bun", "bun"],
    ["deno/2.9.6 npm/? deno/2.9.6 linux x86_64", "deno", "deno"],
    ["constructor/1", "npm", "node"],
    [undefined, "npm", "node"],
  ])("%s: it is %s, and the default server %s", (userAgent, packageManager, server) => {
    expect(runningPackageManager(userAgent)).toBe(packageManager);
    expect(defaultServer(runningPackageManager(userAgent))).toBe(server);
  });
});
