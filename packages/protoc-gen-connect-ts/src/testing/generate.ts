import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { create, fromBinary } from "@bufbuild/protobuf";
import { type CodeGeneratorRequest, CodeGeneratorRequestSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { protocGenConnectTs } from "../plugin.js";

/** Protobuf sources by path. */
export interface Sources {
  readonly [path: string]: string;
}

/** How buf is run: its program itself where that is found, since the script in front of it costs as much again. */
const buf: readonly [string, ...string[]] = (() => {
  const script = createRequire(import.meta.url).resolve("@bufbuild/buf/bin/buf");
  const arch = process.platform === "linux" && process.arch === "arm64" ? "aarch64" : process.arch;
  try {
    return [createRequire(script).resolve(`@bufbuild/buf-${process.platform}-${arch}/bin/buf`)];
  } catch {
    return [process.execPath, script];
  }
})();

/** Compiles sources to the request that `buf generate` and `protoc` make for a plugin. */
export function requestFor(sources: Sources, parameter = "target=ts,import_extension=js"): CodeGeneratorRequest {
  const folder = mkdtempSync(join(tmpdir(), "connect-ts-"));
  try {
    for (const [path, source] of Object.entries(sources)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), source);
    }
    const [program, ...before] = buf;
    const set = execFileSync(program, [...before, "build", folder, "--as-file-descriptor-set", "-o", "-"], {
      maxBuffer: 64 * 1024 * 1024,
    });
    return create(CodeGeneratorRequestSchema, {
      parameter,
      fileToGenerate: Object.keys(sources),
      protoFile: fromBinary(FileDescriptorSetSchema, set).file,
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs the plugin. Gives the generated files by path. */
export function run(request: CodeGeneratorRequest): Map<string, string> {
  return new Map(protocGenConnectTs.run(request).file.map(({ name, content }) => [name, content]));
}

/** Generates code for one source, `a.proto`, without package; gives the file that ends with `suffix`. */
export function generate(source: string, suffix = "a_connect.ts", parameter?: string): string {
  return run(requestFor({ "a.proto": source }, parameter)).get(suffix) ?? "";
}

/** The lines of generated code, without indentation. */
export function linesOf(code: string): string[] {
  return code.split("\n").map((line) => line.trim());
}
