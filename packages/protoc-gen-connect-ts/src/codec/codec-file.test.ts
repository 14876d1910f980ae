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
    expect(lines).toContain("stringField(w, 10, m.text);");
    expect(lines).toContain("writePacked(w, 18, m.numbers, writeSint32);");
    expect(lines).toContain("case 16:");
    expect(lines).toContain("case 18:");
    expect(lines).toContain("readValue(r, m.numbers, readSint32);");
    expect(lines).toContain("readPacked(r, m.numbers, readSint32);");
    expect(lines).toContain("if (m.flag !== undefined) writeBool(w, 24, m.flag);");
    expect(lines).toContain("m.in = readMessage(r, m.in, InCodec);");
    expect(lines).toContain("r.unknown(m);");
    expect(lines).toContain('readMessageEntry(r, m.others, "", 10, readString, OutCodec);');
  });

  it("have no JSON with codecs=binary", () => {
    expect(codecFile(greet)).toContain("= /* @__PURE__ */ jsonCodec(");
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
    expect(declarations).not.toContain("function");
  });

  it("keep values that a closed enum does not have", () => {
    const lines = linesOf(
      codecFile('syntax = "proto2"; enum E { A = 1; B = 2; C = 3; } message M { optional E e = 1; }'),
    );
    expect(lines).toContain("if (v >= 1 && v <= 3) m.e = v;");
    expect(lines).toContain("else keepUnknownEnum(m, 8, v);");
  });

  it("read each name of an enum value, and write the first one of a number", () => {
    const code = codecFile(`syntax = "proto3"; message M { E e = 1; }
      enum E { option allow_alias = true; E_UNSPECIFIED = 0; E_OLD = 1; E_NEW = 1; }`);
    expect(code).toContain('jsonEnum("E", "E_UNSPECIFIED E_OLD +E_NEW=1");');
  });

  it("have a table of their members, in the order of their numbers", () => {
    const code = codecFile(`syntax = "proto3"; message M {
      repeated M items = 3;
      optional bytes nick = 2;
      string first_name = 1;
      string class_2 = 4;
      string other = 5 [json_name = "an other"];
      oneof contact_of { string mail = 6; M friend = 7; }
    }`);
    expect(code).toContain('"firstName ?.nick .items class2:class_2 other::an%20other 0mail 0.friend|contactOf",');
    const types = "stringJson, bytesJson, listJson(MCodec), stringJson, stringJson, stringJson, MCodec";
    expect(code).toContain(`  () => list(${types}),\n  convertersOfTypes,\n);`);
  });

  it("take well-known types from the runtime, with JSON and without", () => {
    const source = `syntax = "proto3"; import "google/protobuf/empty.proto"; import "google/protobuf/timestamp.proto";
      message M { google.protobuf.Timestamp at = 1; }
      service S { rpc Do(M) returns (google.protobuf.Empty); }`;
    expect(codecFile(source)).toContain('import { TimestampJson } from "@connect-ts/runtime/codegen/wkt-codec";');
    expect(codecFile(source, "binary")).toContain(
      'import { TimestampCodec } from "@connect-ts/runtime/codegen/wkt-codec";',
    );
    const connect = generate(source, "a_connect.ts", options("true"));
    expect(connect).toContain("output: EmptyJson,");
    expect(generate(source, "a_connect.ts", options("binary"))).toContain("output: EmptyCodec,");
  });

  it("are printed in parts for messages with many fields, whose flow TypeScript could not follow", () => {
    const fields = Array.from({ length: 250 }, (_, i) => `optional string f${i} = ${i + 1};`).join(" ");
    const lines = linesOf(codecFile(`syntax = "proto3"; message M { ${fields} }`));
    const parts = lines.slice(lines.indexOf("inParts("), lines.indexOf("(r, m) => {"));
    expect(parts.filter((line) => !line.startsWith("if "))).toEqual([
      "inParts(",
      ...["(w, m) => {", 'checkType(m.$typeName, "M");', "},"],
      ...["(w, m) => {", "},"],
      ...["(w, m) => {", "return m.$unknown;", "},"],
      "),",
    ]);
    expect(parts).toHaveLength(250 + 10);
    expect(lines.filter((line) => /\$3\(/.test(line))).toEqual([]);
  });

  it("do not narrow the types of oneofs: the time for that grows with the cube of their cases", () => {
    const code = codecFile('syntax = "proto3"; message M { oneof choice { string text = 1; M self = 2; } }');
    const lines = linesOf(code);
    expect(lines).toContain('m.choice = choice("text", readString(r));');
    expect(lines).toContain('m.choice = readCase(r, m.choice, "self", MCodec);');
    expect(lines).toContain("(w, m) => {");
    expect(lines).toContain("(r, m) => {");
  });

  it("leave messages of other packages to protobuf-es", () => {
    const sources = {
      "a.proto": 'syntax = "proto3"; import "b.proto"; message M { B b = 1; } service S { rpc Do(B) returns (M); }',
      "b.proto": 'syntax = "proto3"; message B {}',
    };
    const request = requestFor(sources, `${options("true")},rewrite_imports=./b_pb.js:other`);
    request.fileToGenerate = ["a.proto"];
    const files = run(request);
    const both = "/* @__PURE__ */ schemaCodec(BSchema), /* @__PURE__ */ schemaJson(BSchema)";
    expect(files.get("a_codec.ts")).toContain(`const BCodec = /* @__PURE__ */ withJson(${both});`);
    expect(files.get("a_connect.ts")).toContain("(BSchema),");
  });

  it.each([
    { importExtension: "js", path: "./a_pb.js" },
    { importExtension: "none", path: "./a_pb" },
    { importExtension: "ts", path: "./a_pb.ts" },
  ])("have handlers import the descriptor when it is asked for: $path", ({ importExtension, path }) => {
    const source = 'syntax = "proto3"; package p.v1; message M {} service S { rpc Do(M) returns (M); }';
    const parameter = `target=ts,codecs=true,import_extension=${importExtension}`;
    const code = run(requestFor({ "p/v1/a.proto": source }, parameter)).get("p/v1/a_connect.ts");
    const reference = `{ typeName: "p.v1.S", load: () => import("${path}").then((file) => file.S) }`;
    expect(code).toContain(`return createServiceHandler(${reference}, sSpecs, service, options);`);
    expect(code).toContain(`import type { M } from "${path}";`);
    expect(code).not.toMatch(/^import \{[^}]*\} from ".\/a_pb/m);
  });

  it("have handlers with the descriptor where a rewrite leads elsewhere: it may be no module that can be imported later", () => {
    const source = 'syntax = "proto3"; message M {} service S { rpc Do(M) returns (M); }';
    const code = generate(source, "a_connect.ts", `${options("true")},rewrite_imports=./a_pb.js:other`);
    expect(code).toContain("return createServiceHandler(S, sSpecs, service, options);");
  });
});
