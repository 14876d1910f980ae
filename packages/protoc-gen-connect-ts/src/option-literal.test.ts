import { describe, expect, it } from "@jest/globals";
import { generate } from "./testing/generate.js";

function optionsOf(declarations: string, uses: string): string {
  const code = generate(`syntax = "proto2"; package a.v1;
    import "google/protobuf/descriptor.proto";
    message M {}
    ${declarations}
    service S { rpc Do(M) returns (M) { ${uses} } }`);
  return /^ {4}options: (.*),$/m.exec(code)?.[1] ?? "";
}

function optionOfType(type: string, value: string): string {
  return optionsOf(`extend google.protobuf.MethodOptions { optional ${type} it = 50001; }`, `option (it) = ${value};`);
}

describe("options of a method", () => {
  it.each([
    ["double", "0.1", "0.1"],
    ["double", "nan", "globalThis.NaN"],
    ["float", "-inf", "-globalThis.Infinity"],
    ["double", "-0.0", "-0"],
    ["int32", "-2147483648", "-2147483648"],
    ["uint32", "4294967295", "4294967295"],
    ["int64", "-9223372036854775808", "-9223372036854775808n"],
    ["uint64", "18446744073709551615", "18446744073709551615n"],
    ["bool", "true", "true"],
    ["bool", "false", "false"],
    ["string", '""', '""'],
    ["string", '"\\"\\\\\\n"', '"\\"\\\\\\n"'],
    ["bytes", '"\\001\\377"', "/* @__PURE__ */ new Uint8Array([1, 255])"],
  ])("of type %s with the value %s are printed as %s", (type, value, expected) => {
    expect(optionOfType(type, value)).toBe(`{ "a.v1.it": ${expected} }`);
  });

  it("have the name of an enum value beside its number", () => {
    const declarations =
      "enum E { E_A = 0; E_B = -1; } extend google.protobuf.MethodOptions { optional E it = 50001; }";
    expect(optionsOf(declarations, "option (it) = E_B;")).toBe('{ "a.v1.it": -1 /* E_B */ }');
  });

  it("are sorted by name", () => {
    const declarations = "extend google.protobuf.MethodOptions { optional bool b = 50001; optional bool a = 50002; }";
    expect(optionsOf(declarations, "option (b) = true; option (a) = true;")).toBe('{ "a.v1.a": true, "a.v1.b": true }');
  });

  it("can be lists and messages", () => {
    const declarations = `message O { oneof c { O o = 2; } map<string, int32> m = 3; }
      extend google.protobuf.MethodOptions { repeated int32 list = 50001; repeated O messages = 50002; }`;
    const uses = `option (list) = 1; option (list) = 2;
      option (messages) = {m: {key: "k", value: 1}}; option (messages) = {o: {}};`;
    expect(optionsOf(declarations, uses)).toBe(
      '{ "a.v1.list": [1, 2], "a.v1.messages": [{ m: { k: 1 } }, { c: { case: "o", value: {} } }] }',
    );
  });

  it("are left out with source retention, in messages too", () => {
    const declarations = `message O { optional string a = 1 [retention = RETENTION_SOURCE]; optional string b = 2; }
      extend google.protobuf.MethodOptions {
        optional string gone = 50001 [retention = RETENTION_SOURCE];
        optional O kept = 50002;
      }`;
    expect(optionsOf(declarations, 'option (gone) = "x"; option (kept) = {a: "x", b: "y"};')).toBe(
      '{ "a.v1.kept": { b: "y" } }',
    );
  });

  it("cannot set a prototype", () => {
    const declarations = `message O { map<string, string> m = 1; }
      extend google.protobuf.MethodOptions { optional O it = 50001; }`;
    expect(optionsOf(declarations, 'option (it) = {m: {key: "__proto__", value: "v"}};')).toBe(
      '{ "a.v1.it": { m: { ["__proto__"]: "v" } } }',
    );
  });

  it("have the exact type of their value", () => {
    const code = generate(`syntax = "proto2"; package a.v1;
      import "google/protobuf/descriptor.proto";
      message M { repeated string roles = 1; }
      extend google.protobuf.MethodOptions { optional M access = 50001; }
      service S { rpc Do(M) returns (M) { option (access) = {roles: ["a", "b"]}; } }`);
    expect(code).toContain('Spec<M, M, "unary", { readonly "a.v1.access": { readonly roles: readonly ["a", "b"] } }>');
  });

  it("take a line for each where one line is too long", () => {
    const long = "x".repeat(60);
    const declarations = "extend google.protobuf.MethodOptions { repeated string it = 50001; }";
    const code = generate(`syntax = "proto2"; import "google/protobuf/descriptor.proto"; message M {} ${declarations}
      service S { rpc Do(M) returns (M) { option (it) = "${long}"; option (it) = "${long}"; } }`);
    expect(code).toContain(`    options: {\n      it: [\n        "${long}",\n        "${long}",\n      ],\n    },\n`);
  });

  it("of the service are shared by its specs", () => {
    const code = generate(`syntax = "proto2"; package a.v1;
      import "google/protobuf/descriptor.proto";
      message M {}
      extend google.protobuf.ServiceOptions { optional string owner = 50001; }
      service S { option (owner) = "us"; rpc Do(M) returns (M); rpc Undo(M) returns (M); }`);
    expect(code).toContain('const sOptions: { readonly "a.v1.owner": "us" } = { "a.v1.owner": "us" };');
    expect(code).toContain('Spec<M, M, "unary", {}, typeof sOptions>');
    expect(code.match(/serviceOptions: sOptions,/g)).toHaveLength(2);
  });

  it("of the file are shared by its services, and no export", () => {
    const source = `syntax = "proto2"; package a.v1;
      import "google/protobuf/descriptor.proto";
      message M {}
      extend google.protobuf.FileOptions { optional string team = 50001; }
      option (team) = "us";
      service File { rpc Do(M) returns (M); }
      service S { rpc Do(M) returns (M); }`;
    const code = generate(source);
    expect(code).toContain('\nconst fileOptions: { readonly "a.v1.team": "us" } = { "a.v1.team": "us" };');
    expect(code).toContain('Spec<M, M, "unary", {}, {}, typeof fileOptions>');
    expect(code.match(/fileOptions: fileOptions,/g)).toHaveLength(2);
    const declarations = generate(source, "a_connect.d.ts", "target=dts");
    expect(declarations).toContain('\ndeclare const fileOptions: { readonly "a.v1.team": "us" };\n');
    expect(declarations).toMatch(/\nexport \{\};\n$/);
  });

  it("have extensions of their messages by full name, behind the fields", () => {
    const declarations = `message O { optional string z = 1; extensions 100 to 199; }
      extend O { optional O b = 100; repeated int32 a = 101; optional string gone = 102 [retention = RETENTION_SOURCE]; }
      extend google.protobuf.MethodOptions { optional O it = 50001; }`;
    const uses = `option (it) = {[a.v1.b]: {[a.v1.a]: [1, 2]}, z: "z", [a.v1.gone]: "x", [a.v1.a]: 3};`;
    expect(optionsOf(declarations, uses)).toBe(
      '{ "a.v1.it": { z: "z", "a.v1.a": [3], "a.v1.b": { "a.v1.a": [1, 2] } } }',
    );
  });
});
