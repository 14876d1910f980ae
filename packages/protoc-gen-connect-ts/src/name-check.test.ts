import { describe, expect, it } from "@jest/globals";
import { generate, requestFor, run } from "./testing/generate.js";

describe("names that TypeScript cannot express", () => {
  it("are refused with their place when no module can export them", () => {
    const source = ['syntax = "proto3";', "message Request {}", "  service await {}"].join("\n");
    expect(() => generate(source)).toThrow(
      'a.proto:3:11: service "await" needs another name: protoc-gen-es would declare "await", which TypeScript does not allow.',
    );
  });

  it.each([
    ["service eval {}", 'a.proto:2:9: service "eval"'],
    ["service arguments {}", 'a.proto:2:9: service "arguments"'],
    ["message arguments {}", 'a.proto:2:9: message "arguments"'],
    ["message any {}", 'a.proto:2:9: message "any"'],
    ["message as {}", 'a.proto:2:9: message "as"'],
    ["message keyof {}", 'a.proto:2:9: message "keyof"'],
    ["enum never { X = 0; }", 'a.proto:2:6: enum "never"'],
    ["enum eval { X = 0; }", 'a.proto:2:6: enum "eval"'],
    [
      'import "google/protobuf/descriptor.proto"; extend google.protobuf.FileOptions { string await = 50001; }',
      'a.proto:2:88: extension "await"',
    ],
  ])("are refused: %s", (declaration, error) => {
    expect(() => generate(`syntax = "proto3";\n${declaration}`)).toThrow(error);
  });

  it.each(["message type {}", "message Outer { message any {} }", "service any {}", "enum as { X = 0; }"])(
    "are fine where they can be declared: %s",
    (declaration) => {
      expect(() => generate(`syntax = "proto3";\n${declaration}`)).not.toThrow();
    },
  );

  it("are refused when two RPCs would become one method, with both places", () => {
    const source = `syntax = "proto3";
package a.v1;
message Request {}
service Files {
  rpc GetURL(Request) returns (Request);
  rpc getURL(Request) returns (Request);
}`;
    expect(() => generate(source)).toThrow(
      'a.proto:6:7: rpc "getURL" and rpc "GetURL" (a.proto:5:7) of service "a.v1.Files" would both become the method "getURL" in TypeScript: rename one of them.',
    );
  });

  it.each([
    [
      "message M { optional string foo_bar = 1; optional string fooBar = 2; }",
      'a.proto:2:58: field "fooBar" and field "foo_bar" (a.proto:2:29) of message "M" would both become the property "fooBar"',
    ],
    [
      "message M { optional string it_ = 1; oneof it { string a = 2; } }",
      'a.proto:2:44: oneof "it" and field "it_" (a.proto:2:29) of message "M" would both become the property "it"',
    ],
    [
      "message M { oneof choice { string foo_bar = 1; string fooBar = 2; } }",
      'a.proto:2:55: field "fooBar" and field "foo_bar" (a.proto:2:35) of message "M" would both become the case "fooBar"',
    ],
    [
      "message Outer { message M { oneof a_b { string c = 1; } oneof aB { string d = 2; } } }",
      'a.proto:2:63: oneof "aB" and oneof "a_b" (a.proto:2:35) of message "Outer.M" would both become the property "aB"',
    ],
  ])("are refused when two members of a message would become one: %s", (declaration, error) => {
    // proto2 lets fields meet that proto3 refuses for their JSON.
    expect(() => generate(`syntax = "proto2";\n${declaration}`)).toThrow(`${error} in TypeScript: rename one of them.`);
  });

  it("are fine when a case is called like a property", () => {
    const source = 'syntax = "proto3";\nmessage M { string foo_bar = 1; oneof choice { string choice_ = 2; } }';
    expect(() => generate(source)).not.toThrow();
  });

  it("are reported all at once", () => {
    const source = 'syntax = "proto3";\nservice await {}\nservice eval {}';
    expect(() => generate(source)).toThrow(/^a\.proto:2:9: .*\na\.proto:3:9: .*$/);
  });

  it("are reported by file when the request has no places", () => {
    const request = requestFor({ "a.proto": 'syntax = "proto3";\nservice await {}' });
    for (const file of request.protoFile) {
      delete file.sourceCodeInfo;
    }
    expect(() => run(request)).toThrow('a.proto: service "await" needs another name');
  });

  it("do not matter in files that are only imported", () => {
    const request = requestFor({
      "a.proto": 'syntax = "proto3"; import "b.proto"; message A { B b = 1; }',
      "b.proto": 'syntax = "proto3"; message B {} service await {}',
    });
    request.fileToGenerate = ["a.proto"];
    expect(() => run(request)).not.toThrow();
  });
});
