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
