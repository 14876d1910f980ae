import { describe, expect, it } from "@jest/globals";
import { generate, linesOf, requestFor, run } from "../testing/generate.js";

const options = (codecs: string, target = "ts"): string => `target=${target},import_extension=js,codecs=${codecs}`;
const codecFile = (source: string, codecs = "true"): string => generate(source, "a_codec.ts", options(codecs));

const greet = `syntax = "proto3"; package a.v1;
  message In { string text = 1; repeated sint32 numbers = 2; optional bool flag = 3; }
  message Out { In in = 1; map<string, Out> others = 2; }
  service Greet { rpc Say(In) returns (Out); }`;

describe("the codecs of a file", () => {
  it("are what its specs refer to, and then these have no descriptors", () => {
    const files = run(requestFor({ "a.proto": greet }, options("true")));
    const connect = linesOf(files.get("a_connect.ts") ?? "");
    expect(connect).toContain('import { InCodec, OutCodec } from "./a_codec.js";');
    expect(connect).toContain("input: InCodec,");
    expect(connect).toContain("output: OutCodec,");
    expect(connect.join("\n")).not.toContain("Schema");
  });

  it("write and read by the whole tag", () => {
    const lines = linesOf(codecFile(greet));
    expect(lines).toContain("writeString(w, 10, m.text);");
    expect(lines).toContain("for (const v of m.numbers) writeSint32(w, 0, v);");
    expect(lines).toContain("case 16: {");
    expect(lines).toContain("case 18: {");
    expect(lines).toContain("if (m.flag !== undefined) {");
  });

  it("have no JSON with codecs=binary", () => {
    expect(codecFile(greet)).toContain("export const InJson: JsonForm<In>");
    expect(codecFile(greet, "binary")).not.toMatch(/json/i);
    expect(codecFile(greet, "binary")).toContain("export const InCodec: GeneratedCodec<In>");
  });

  it("are not there without the option, nor for a file without messages", () => {
    expect(codecFile(greet, "false")).toBe("");
    expect(codecFile('syntax = "proto3"; enum E { E_UNSPECIFIED = 0; }')).toBe("");
  });

  it("are as declarations what they are in TypeScript", () => {
    const declarations = generate(greet, "a_codec.d.ts", options("true", "dts"));
    expect(declarations).toContain("export declare const InCodec: GeneratedCodec<In>;");
    expect(declarations).toContain("export declare const InJson: JsonForm<In>;");
    expect(declarations).not.toContain("function");
  });

  it("keep values that a closed enum does not have", () => {
    const lines = linesOf(
      codecFile('syntax = "proto2"; enum E { A = 1; B = 2; C = 3; } message M { optional E e = 1; }'),
    );
    expect(lines).toContain("if (v >= 1 && v <= 3) m.e = v as E;");
    expect(lines).toContain("else keepUnknownEnum(m, tag, v);");
  });

  it("read each name of an enum value, and write the first one of a number", () => {
    const code = codecFile(`syntax = "proto3"; message M { E e = 1; }
      enum E { option allow_alias = true; E_UNSPECIFIED = 0; E_OLD = 1; E_NEW = 1; }`);
    expect(code).toContain('[1, "E_OLD"],');
    expect(code).toContain('["E_NEW", 1],');
  });

  it("read a field in JSON by both of its names, once", () => {
    const code = codecFile('syntax = "proto3"; message M { string first_name = 1; string nick = 2; }');
    expect(code).toContain(`      case "firstName":
      case "first_name": {
        if (key === "first_name") once(o, "firstName");
        if (v !== null) m.firstName = stringFromJson(v);`);
    expect(code).toContain('      case "nick": {\n        if (v !== null)');
  });

  it("take well-known types from the runtime, their JSON apart", () => {
    const source = `syntax = "proto3"; import "google/protobuf/empty.proto"; import "google/protobuf/timestamp.proto";
      message M { google.protobuf.Timestamp at = 1; }
      service S { rpc Do(M) returns (google.protobuf.Empty); }`;
    expect(codecFile(source)).toContain(
      'import { TimestampCodec, TimestampJson } from "@connect-ts/runtime/wkt-codec";',
    );
    expect(codecFile(source, "binary")).toContain('import { TimestampCodec } from "@connect-ts/runtime/wkt-codec";');
    const connect = generate(source, "a_connect.ts", options("true"));
    expect(connect).toContain("output: /* @__PURE__ */ withJson(EmptyCodec, EmptyJson),");
    expect(generate(source, "a_connect.ts", options("binary"))).toContain("output: EmptyCodec,");
  });

  it("leave messages of other packages to protobuf-es", () => {
    const sources = {
      "a.proto": 'syntax = "proto3"; import "b.proto"; message M { B b = 1; } service S { rpc Do(B) returns (M); }',
      "b.proto": 'syntax = "proto3"; message B {}',
    };
    const request = requestFor(sources, `${options("true")},rewrite_imports=./b_pb.js:other`);
    request.fileToGenerate = ["a.proto"];
    const files = run(request);
    expect(files.get("a_codec.ts")).toContain("const BCodec = /* @__PURE__ */ schemaCodec(BSchema);");
    expect(files.get("a_codec.ts")).toContain("const BJson = /* @__PURE__ */ schemaJson(BSchema);");
    expect(files.get("a_connect.ts")).toContain("(BSchema),");
  });
});
