import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { json, proto } from "../../testing/protocol-fixtures.js";
import { findServedType, mediaType, perCodecs, servedTypes } from "./content-type.js";

const types = servedTypes([proto, json], "application/grpc+", "application/grpc");

describe("findServedType", () => {
  it.each([
    ["application/grpc", "application/grpc"],
    ["application/grpc+proto", "application/grpc+proto"],
    ["Application/GRPC+Proto", "application/grpc+proto"],
    ["application/grpc+json; charset=utf-8", "application/grpc+json"],
    ["application/grpc;charset=utf-8", "application/grpc"],
    ['application/grpc+json ; Charset="UTF-8"', "application/grpc+json"],
    ["application/grpc+json;charset=utf-8;", "application/grpc+json"],
  ])("takes %j for %j", (header, value) => {
    expect(findServedType(types, header)?.value).toBe(value);
  });

  it.each([
    undefined,
    "",
    "application/grpc+xml",
    "application/grpcweb",
    "application/grpc+proto, application/grpc+proto",
    "application/grpc+proto; charset=latin1",
    "application/grpc+json; charset=latin1",
    "application/grpc+json; boundary=x",
    `application/grpc+json${";".repeat(20)}`,
  ])("does not take %j", (header) => {
    expect(findServedType(types, header)).toBeUndefined();
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        const found = findServedType(types, header);
        expect(found === undefined || mediaType(header) === found.value).toBe(true);
      }),
    );
  });
});

describe("servedTypes", () => {
  it("has the bare type for proto only", () => {
    expect([...types.keys()]).toEqual(["application/grpc", "application/grpc+proto", "application/grpc+json"]);
    expect([...servedTypes([json], "application/grpc+", "application/grpc").keys()]).toEqual(["application/grpc+json"]);
  });
});

describe("perCodecs", () => {
  it("makes once for a list", () => {
    let made = 0;
    const get = perCodecs(() => ++made);
    const list = [proto];
    expect([get(list), get(list), get([proto])]).toEqual([1, 1, 2]);
  });
});
