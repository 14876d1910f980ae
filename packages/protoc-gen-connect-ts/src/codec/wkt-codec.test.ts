import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { create, type DescFile } from "@bufbuild/protobuf";
import {
  CodeGeneratorRequestSchema,
  file_google_protobuf_any,
  file_google_protobuf_api,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_field_mask,
  file_google_protobuf_source_context,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_type,
  file_google_protobuf_wrappers,
} from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "@jest/globals";
import { run } from "../testing/generate.js";

const folder = new URL("../../../runtime/src/wkt-codec/", import.meta.url);

// What a file imports stands before it.
const files: readonly DescFile[] = [
  file_google_protobuf_any,
  file_google_protobuf_source_context,
  file_google_protobuf_type,
  file_google_protobuf_api,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_field_mask,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
];

/** The codecs of well-known types, as they stand in the runtime. */
function wktCodecs(): Map<string, string> {
  const generated = run(
    create(CodeGeneratorRequestSchema, {
      parameter: "target=ts,import_extension=js,codecs=true,elide_plugin_version=true",
      protoFile: files.map(({ proto }) => proto),
      fileToGenerate: files.map(({ proto }) => proto.name),
    }),
  );
  const codecs = new Map<string, string>();
  for (const [path, content] of generated) {
    if (!path.endsWith("_codec.ts")) continue;
    const code = content
      .replaceAll('"@connect-ts/runtime/codec"', '"../codec/index.js"')
      .replaceAll(/"\.\/\w+_pb\.js"/g, '"@bufbuild/protobuf/wkt"');
    codecs.set(path.slice(path.lastIndexOf("/") + 1), code);
  }
  const index = [...codecs].sort().map(([name, code]) => {
    const names = Array.from(code.matchAll(/^export const (\w+)/gm), ([, exported]) => exported);
    return `export { ${names.sort().join(", ")} } from "./${name.replace(/ts$/, "js")}";`;
  });
  return codecs.set("index.ts", `${index.join("\n")}\n`);
}

describe("the codecs of well-known types in the runtime", () => {
  it("are what the plugin prints", () => {
    const codecs = wktCodecs();
    // biome-ignore lint/complexity/useLiteralKeys: an index signature
    if (process.env["UPDATE_WKT_CODECS"] !== undefined) {
      for (const [name, code] of codecs) writeFileSync(new URL(name, folder), code);
    }
    expect(readdirSync(folder).sort()).toEqual([...codecs.keys()].sort());
    for (const [name, code] of codecs) {
      const normal = (text: string): string => text.replaceAll(/[\s,]+/g, "");
      expect(normal(readFileSync(new URL(name, folder), "utf8"))).toBe(normal(code));
    }
  });
});
