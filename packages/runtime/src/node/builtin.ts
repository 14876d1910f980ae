// A file of its own: all that loads modules of Node when they are first used. A program that has no TLS and compresses nothing
// is spared theirs, which take as long to load as all of ours; one of gRPC alone is spared those of HTTP/1.1.
import type dns from "node:dns";
import type fs from "node:fs/promises";
import type http from "node:http";
import type https from "node:https";
import { createRequire } from "node:module";
import type tls from "node:tls";
import type util from "node:util";
import type zlib from "node:zlib";

interface Modules {
  "node:dns": typeof dns;
  "node:fs/promises": typeof fs;
  "node:http": typeof http;
  "node:https": typeof https;
  "node:tls": typeof tls;
  "node:util": typeof util;
  "node:zlib": typeof zlib;
}

const loaded: Partial<Modules> = {};
/** What traces calls, as OpenTelemetry does, changes these when they are required, and does not see `getBuiltinModule`. */
const traced = /^node:https?$/;

/** A module of Node, at once: an `import()` of it would have to be awaited. */
export function builtin<Name extends keyof Modules>(name: Name): Modules[Name] {
  loaded[name] ??= load(name) as Partial<Modules>[Name];
  return loaded[name] as Modules[Name];
}

function load(name: string): unknown {
  // Node has it since 20.16, and asks nothing of the file system. workerd has no path to require by.
  const own = traced.test(name) && process.execPath ? undefined : process.getBuiltinModule;
  // Any path is right for `require`: these modules have none.
  return own?.(name) ?? createRequire(process.execPath)(name);
}
