import { expect, it } from "@jest/globals";
import { requestFor, run, type Sources } from "./testing/generate.js";

const sources: Sources = {
  "a/v1/a.proto":
    'syntax = "proto3"; package a.v1; import "b/v1/b.proto"; message Promise { b.v1.Spec spec = 1; } service S { rpc Do(Promise) returns (b.v1.Spec); }',
  "a/v1/c.proto":
    'syntax = "proto3"; package a.v1; import "a/v1/a.proto"; message C { map<string, Promise> m = 1; } service T { rpc Do(C) returns (stream Promise); }',
  "b/v1/b.proto": 'syntax = "proto3"; package b.v1; message Spec {}',
  "d/v1/d.proto": 'syntax = "proto3"; package d.v1; message D {} service S { rpc Do(D) returns (D); }',
};

it("gives the same bytes for the same input", () => {
  expect(run(requestFor(sources))).toEqual(run(requestFor(sources)));
});

it("gives the same bytes for files in any order", () => {
  const request = requestFor(sources);
  const expected = run(request);
  request.fileToGenerate.reverse();
  // A file must come after those that it imports: d.proto is the one that can move.
  const order = ["d/v1/d.proto", "b/v1/b.proto", "a/v1/a.proto", "a/v1/c.proto"];
  expect(request.protoFile.map(({ name }) => name)).not.toEqual(order);
  request.protoFile.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  expect(run(request)).toEqual(expected);
});

it("gives the same bytes whether folders are generated at once or one by one", () => {
  const request = requestFor(sources);
  const expected = run(request);
  const byFolder = new Map<string, string>();
  for (const folder of ["a/v1/", "b/v1/", "d/v1/"]) {
    request.fileToGenerate = Object.keys(sources).filter((path) => path.startsWith(folder));
    for (const [name, content] of run(request)) {
      byFolder.set(name, content);
    }
  }
  expect(new Map([...byFolder].sort())).toEqual(new Map([...expected].sort()));
});
