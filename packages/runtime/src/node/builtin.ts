// A file of its own: all that loads modules of Node when they are first used. A program that has no TLS and compresses nothing
// is spared theirs, which take as long to load as all of ours.
import type fs from "node:fs/promises";
import type https from "node:https";
import { createRequire } from "node:module";
import type tls from "node:tls";
import type zlib from "node:zlib";

interface Modules {
  "node:fs/promises": typeof fs;
  "node:https": typeof https;
  "node:tls": typeof tls;
  "node:zlib": typeof zlib;
}

const loaded: Partial<Modules> = {};

/** A module of Node, at once: an `import()` of it would have to be awaited. */
export function builtin<Name extends keyof Modules>(name: Name): Modules[Name] {
  loaded[name] ??= load(name) as Partial<Modules>[Name];
  return loaded[name] as Modules[Name];
}

function load(name: string): unknown {
  // Node has it since 20.16, and asks nothing of the file system. Any path is right for `require`: these modules have none.
  return process.getBuiltinModule?.(name) ?? createRequire(process.execPath)(name);
}
