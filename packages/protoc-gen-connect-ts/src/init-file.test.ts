import { describe, expect, it } from "@jest/globals";
import { generate, linesOf, requestFor, run } from "./testing/generate.js";

function initOf(body: string): string[] {
  return linesOf(generate(`syntax = "proto3"; package a.v1; ${body}`, "a_init.ts"));
}

describe("init types", () => {
  it("have the fields of the message, all optional", () => {
    const code = generate(
      'syntax = "proto3"; package a.v1; message M { string text = 1; int64 id = 2; bytes data = 3; }',
      "a_init.ts",
    );
    expect(code).toContain(`/**
 * Init shape of M.
 *
 * @generated from message a.v1.M
 */
export type MInit = M | {
  $typeName?: never;
  text?: string;
  id?: bigint;
  data?: Uint8Array;
};
`);
  });

  it("take plain objects where a field is called like what every object has", () => {
    const lines = initOf("message M { M hasOwnProperty = 1; oneof isPrototypeOf { string to_locale_string = 2; } }");
    expect(lines).toContain('hasOwnProperty?: MInit | undefined | globalThis.Object["hasOwnProperty"];');
    expect(lines).toContain('| { case: undefined; value?: undefined } | globalThis.Object["isPrototypeOf"];');
  });

  it("take undefined where the message has it: in messages and explicit presence", () => {
    const lines = initOf("message M { M self = 1; optional string text = 2; repeated M list = 3; }");
    expect(lines).toContain("self?: MInit | undefined;");
    expect(lines).toContain("text?: string | undefined;");
    expect(lines).toContain("list?: MInit[];");
  });

  it("keep 64 bit numbers as strings where the schema says so", () => {
    const lines = initOf(
      "message M { int64 id = 1 [jstype = JS_STRING]; repeated uint64 ids = 2 [jstype = JS_STRING]; }",
    );
    expect(lines).toContain("id?: string;");
    expect(lines).toContain("ids?: string[];");
  });

  it("have maps and oneofs", () => {
    const lines = initOf(`message M {
      map<string, int64> longs = 1;
      map<int32, bool> flags = 2;
      map<string, M> messages = 3;
      oneof choice { string text = 4; M message = 5; }
    }`);
    expect(lines).toContain("longs?: { [key: string]: bigint };");
    expect(lines).toContain("flags?: { [key: number]: boolean };");
    expect(lines).toContain("messages?: { [key: string | number]: MInit };");
    expect(lines).toContain("choice?:");
    expect(lines).toContain('| { case: "text"; value: string }');
    expect(lines).toContain('| { case: "message"; value: MInit }');
    expect(lines).toContain("| { case: undefined; value?: undefined };");
  });

  it("take well-known types from the runtime, wrappers as plain values and structs as JSON", () => {
    const code = generate(
      `syntax = "proto3";
      import "google/protobuf/timestamp.proto";
      import "google/protobuf/struct.proto";
      import "google/protobuf/wrappers.proto";
      message M {
        google.protobuf.Timestamp at = 1;
        google.protobuf.Struct struct = 2;
        google.protobuf.Int64Value long = 3;
        repeated google.protobuf.Int64Value longs = 4;
        oneof choice { google.protobuf.Int64Value chosen = 5; }
      }`,
      "a_init.ts",
    );
    const lines = linesOf(code);
    expect(lines).toContain('import type { Int64ValueInit, TimestampInit } from "@connect-ts/runtime/codegen/wkt";');
    expect(lines).toContain("at?: TimestampInit | undefined;");
    expect(lines).toContain("struct?: JsonObject | undefined;");
    expect(lines).toContain("long?: bigint | undefined;");
    expect(lines).toContain("longs?: Int64ValueInit[];");
    expect(lines).toContain('| { case: "chosen"; value: Int64ValueInit }');
  });

  it("are imported from where the other file's are", () => {
    const files = run(
      requestFor({
        "a/a.proto": 'syntax = "proto3"; package a; import "b/b.proto"; message A { b.B b = 1; }',
        "b/b.proto": 'syntax = "proto3"; package b; message B {}',
      }),
    );
    expect(files.get("a/a_init.ts")).toContain('import type { BInit } from "../b/b_init.js";');
  });

  it.each(["rewrite_imports=./b/**/*_pb.js:@acme/b", "map_imports=b/*.proto:@acme/b"])(
    "are those of protobuf-es for files that are mapped away: %s",
    (option) => {
      const request = requestFor(
        {
          "a/a.proto":
            'syntax = "proto3"; package a; import "b/b.proto"; message A { b.B b = 1; } service S { rpc Do(b.B) returns (A); }',
          "b/b.proto": 'syntax = "proto3"; package b; message B {}',
        },
        `target=ts,import_extension=js,${option}`,
      );
      request.fileToGenerate = ["a/a.proto"];
      const files = run(request);
      expect(linesOf(files.get("a/a_init.ts") ?? "")).toContain("b?: MessageInitShape<typeof BSchema> | undefined;");
      expect(files.get("a/a_init.ts")).toContain('import type { BSchema } from "@acme/b/b/b_pb.js";');
      expect(linesOf(files.get("a/a_connect.ts") ?? "")).toContain(
        "do(request: MessageInitShape<typeof BSchema>, options?: CallOptions): UnaryCall<A>;",
      );
    },
  );

  it("are those of protobuf-es for the options of other languages", () => {
    const code = generate(
      `syntax = "proto3"; import "google/protobuf/cpp_features.proto"; message M { pb.CppFeatures features = 1; }`,
      "a_init.ts",
    );
    expect(linesOf(code)).toContain("features?: MessageInitShape<typeof CppFeaturesSchema> | undefined;");
  });

  it("have no values: there is no JavaScript for them", () => {
    const request = requestFor({ "a.proto": 'syntax = "proto3"; message M {}' }, "target=js");
    expect(run(request).size).toBe(0);
  });

  it("leave an empty file where a build wants one for every source", () => {
    const request = requestFor({ "a.proto": 'syntax = "proto3"; message M {}' }, "target=js,keep_empty_files=true");
    expect([...run(request).keys()].sort()).toEqual(["a_connect.js", "a_init.js"]);
  });
});
