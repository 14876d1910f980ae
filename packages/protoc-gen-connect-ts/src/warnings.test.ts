import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { requestFor, run } from "./testing/generate.js";

describe("what can be generated, but not used as it stands, is told on stderr", () => {
  let told: string[];
  beforeEach(() => {
    told = [];
    jest.spyOn(process.stderr, "write").mockImplementation((text) => {
      // What buf writes goes there too.
      if (String(text) !== "") told.push(String(text));
      return true;
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const source = `syntax = "proto2";
package a.v1;
import "google/protobuf/descriptor.proto";
message M { optional string text = 1; }
extend google.protobuf.MethodOptions { optional M message = 50001; optional string name = 50002; }
extend google.protobuf.ServiceOptions { optional M shared = 50001; }
extend google.protobuf.FileOptions { optional M whole = 50001; }
option (whole) = {};
service S {
  option (shared) = {};
  rpc Do(M) returns (M) { option (message) = {}; option (name) = "do"; }
}`;

  it("an option whose bytes cannot be read, by file, element and name; the others stay", () => {
    const request = requestFor({ "a.proto": source });
    const file = request.protoFile.find(({ name }) => name === "a.proto");
    const [service] = file?.service ?? [];
    for (const options of [file?.options, service?.options, service?.method[0]?.options]) {
      if (options?.$unknown === undefined) continue;
      const data = new Uint8Array([2, 10, 9]);
      options.$unknown = options.$unknown.map((field) => (field.no === 50001 ? { ...field, data } : field));
    }
    const connect = run(request).get("a_connect.ts") ?? "";
    expect(connect).toContain('options: { "a.v1.name": "do" },');
    expect(connect).not.toMatch(/a\.v1\.(message|shared|whole)/);
    const shown = (place: string, option: string, of: string): string =>
      `protoc-gen-connect-ts: warning: ${place}: the value of option "${option}" of ${of} is not of its type, and is left out: premature EOF\n`;
    expect(told.sort()).toEqual([
      shown("a.proto", "a.v1.whole", "the file"),
      shown("a.proto:11:7", "a.v1.message", 'rpc "Do"'),
      shown("a.proto:9:9", "a.v1.shared", 'service "S"'),
    ]);
  });

  it.each(["%", "?", "#"])("a file name with %s, which no module can import", (character) => {
    const sources = { [`a${character}20.proto`]: 'syntax = "proto3"; message M {}' };
    run(requestFor(sources));
    expect(told).toEqual([
      `protoc-gen-connect-ts: warning: a${character}20.proto: ECMAScript modules cannot import files with "${character}" in their names: rename the file, or compile the generated code to CommonJS.\n`,
    ]);
    told = [];
    run(requestFor(sources, "target=js+dts,js_import_style=legacy_commonjs"));
    expect(told).toEqual([]);
  });

  it("nothing of other schemas", () => {
    run(requestFor({ "a b+ä.proto": source, "x%.proto": 'syntax = "proto3";' }));
    expect(told).toEqual([]);
  });
});
