import { create } from "@bufbuild/protobuf";
import { CodeGeneratorRequestSchema } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "@jest/globals";
import { protocGenConnectTs } from "./plugin.js";

function runWith(parameter: string): () => unknown {
  return () => protocGenConnectTs.run(create(CodeGeneratorRequestSchema, { parameter }));
}

describe("options", () => {
  it("accepts those that every plugin has", () => {
    const parameter = [
      "target=ts+js+dts",
      "import_extension=ts",
      "keep_empty_files=true",
      "ts_nocheck=false",
      "elide_plugin_version=true",
      "codecs=true",
      "json=true",
      "interceptors=false",
      "rewrite_imports=./a/*_pb.js:pkg",
      "rewrite_imports=./b/*_pb.js:pkg",
      "map_imports=c/**:pkg",
    ].join(",");
    expect(runWith(parameter)).not.toThrow();
    expect(runWith("")).not.toThrow();
  });

  it("takes those of protoc-gen-es that change nothing here, so that one opt serves both plugins", () => {
    const parameter =
      "target=ts,json_types=true,valid_types=legacy_required+protovalidate_required,erasable_syntax=true";
    expect(runWith(parameter)).not.toThrow();
  });

  it("refuses an unknown one, names the known ones and says where to look", () => {
    expect(runWith("speed=fast")).toThrow(
      'invalid option "speed=fast": Known options are target, import_extension, js_import_style, keep_empty_files, ' +
        "ts_nocheck, elide_plugin_version, rewrite_imports, map_imports, codecs, json, interceptors. Options stand in buf.gen.yaml " +
        'under "opt" of the plugin "protoc-gen-connect-ts" (protoc: --connect-ts_opt).',
    );
  });

  it.each([
    ["traget=ts", "target"],
    ["importextension=js", "import_extension"],
    ["import-extension=js", "import_extension"],
    ["Target=ts", "target"],
    ["codec=true", "codecs"],
  ])("guesses what %s was to be", (parameter, meant) => {
    expect(runWith(parameter)).toThrow(`did you mean "${meant}"? Known options are`);
  });

  it("guesses nothing from afar", () => {
    expect(runWith("plugins=x")).not.toThrow("did you mean");
  });

  it("refuses a value that an option does not have, and names those that it has", () => {
    expect(runWith("target=typescript")).toThrow(
      'invalid option "target=typescript". The values of "target" are ts, js and dts, joined by +. Options stand in buf.gen.yaml',
    );
    expect(runWith("import_extension=mjs")).toThrow('The values of "import_extension" are none, js and ts.');
    expect(runWith("codecs=fast")).toThrow(
      'invalid option "codecs=fast": The values of "codecs" are true, binary and false. Options stand in buf.gen.yaml',
    );
    expect(runWith("json=no")).toThrow('invalid option "json=no": The values of "json" are true and false.');
    expect(runWith("interceptors=some")).toThrow('The values of "interceptors" are true and false.');
    expect(runWith("map_imports=nothing")).toThrow("must be in the form of <pattern>:<target>. Options stand in");
  });

  it("refuses two values of one option", () => {
    expect(runWith("target=ts,target=js")).toThrow(
      'option "target" is given twice, as "ts" and as "js". Options stand in',
    );
    expect(runWith("target=ts,target=ts")).not.toThrow();
  });

  it("refuses options that contradict each other", () => {
    expect(runWith("target=js+dts,import_extension=ts")).toThrow(
      'options "import_extension=ts" and "target=js+dts" contradict each other: there will be no .ts files to import.',
    );
    expect(runWith("import_extension=ts")).toThrow('"target=js+dts" (the default) contradict each other');
    expect(runWith("target=ts,js_import_style=legacy_commonjs")).toThrow(
      'options "js_import_style=legacy_commonjs" and "target=ts" contradict each other: the style is for the target "js".',
    );
  });
});
