import { createRequire } from "node:module";
import { afterEach, describe, expect, it } from "@jest/globals";

const { getBuiltinModule } = process;
const names = [
  "node:dns",
  "node:fs/promises",
  "node:http",
  "node:https",
  "node:tls",
  "node:util",
  "node:zlib",
] as const;

describe.each([
  ["of this Node", getBuiltinModule],
  ["of a Node before 20.16, which has no process.getBuiltinModule", undefined],
] as const)("modules %s", (_, has) => {
  afterEach(() => {
    process.getBuiltinModule = getBuiltinModule;
  });

  it.each(names)("%s is the one that programs import", async (name) => {
    process.getBuiltinModule = has as typeof getBuiltinModule;
    // What it has loaded it keeps, so each test has one of its own.
    const { builtin } = (await import(`./builtin.js?${has}${name}`)) as typeof import("./builtin.js");
    const imported = (await import(name)) as { readonly default: object };
    const require = createRequire(import.meta.url);
    expect(builtin(name)).toBe(require(name));
    expect(Object.keys(builtin(name)).sort()).toEqual(Object.keys(imported.default).sort());
    expect(builtin(name)).toBe(builtin(name));
  });
});

it.each(["node:http", "node:https"] as const)("%s is required, where what traces calls can change it", async (name) => {
  process.getBuiltinModule = () => {
    throw new Error("nobody sees this");
  };
  try {
    const { builtin } = (await import(`./builtin.js?traced${name}`)) as typeof import("./builtin.js");
    expect(builtin(name)).toBe(createRequire(import.meta.url)(name));
  } finally {
    process.getBuiltinModule = getBuiltinModule;
  }
});
