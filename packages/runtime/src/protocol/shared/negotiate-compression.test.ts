import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { HeaderMap } from "../../http/header-map.js";
import { br, gzip } from "../../testing/protocol-fixtures.js";
import {
  chooseCompression,
  compressionTable,
  findCompression,
  isCompressed,
  unknownRequestCompression,
  unknownResponseCompression,
} from "./negotiate-compression.js";

describe("chooseCompression", () => {
  it.each([
    // request, accept-encoding, response
    [undefined, undefined, undefined],
    [undefined, "", undefined],
    [undefined, "identity", undefined],
    [undefined, "gzip", "gzip"],
    [undefined, "br,gzip", "br"],
    [undefined, "zstd, gzip , br", "gzip"],
    [undefined, "GZIP", "gzip"],
    [undefined, "gzip;q=0, br;q=0.5", "br"],
    [undefined, "gzip; Q=0.000", undefined],
    [undefined, "gzip;q=1", "gzip"],
    [gzip, undefined, "gzip"],
    [gzip, "br,gzip", "gzip"],
    [gzip, "br", "br"],
    [gzip, "identity", undefined],
    [gzip, "", undefined],
    [gzip, "gzip;q=0", undefined],
  ])("for a request in %o and accepted %j", (request, accept, expected) => {
    const table = compressionTable([gzip, br]);
    expect(chooseCompression(table, request, accept)?.name).toBe(expected);
    expect(chooseCompression(table, request, accept)?.name).toBe(expected);
  });

  it("does not mix up the choices of different clients", () => {
    const table = compressionTable([gzip, br]);
    const chosen = ["gzip", "br", "br", "x", "gzip"].map((accept) => chooseCompression(table, undefined, accept)?.name);
    expect(chosen).toEqual(["gzip", "br", "br", undefined, "gzip"]);
    expect(chooseCompression(table, br, "gzip,br")).toBe(br);
    expect(chooseCompression(table, undefined, "gzip,br")).toBe(gzip);
  });

  it("compresses nothing when this side has no compression", () => {
    expect(chooseCompression(compressionTable([]), undefined, "gzip")).toBeUndefined();
  });

  it("never throws", () => {
    const table = compressionTable([gzip, br]);
    fc.assert(
      fc.property(fc.string(), (accept) => {
        expect([undefined, gzip, br]).toContain(chooseCompression(table, undefined, accept));
      }),
    );
  });
});

describe("the tables", () => {
  it("name the compressions in their order", () => {
    expect(compressionTable([br, gzip]).names).toBe("br,gzip");
    expect(compressionTable([]).names).toBe("");
  });

  it("find names in any case, and no others", () => {
    const table = compressionTable([gzip]);
    expect(findCompression(table, "GZip")).toBe(gzip);
    expect(findCompression(table, "br")).toBeUndefined();
    expect(findCompression(table, "__proto__")).toBeUndefined();
  });

  it("take identity for no compression", () => {
    expect([undefined, "", "identity", "gzip"].map(isCompressed)).toEqual([false, false, false, true]);
  });
});

describe("unknown compressions", () => {
  it("are unimplemented to a handler, which names what it supports", () => {
    const error = unknownRequestCompression(compressionTable([gzip, br]), 'a"b');
    expect(error.message).toBe('[unimplemented] unknown compression "a\\"b": supported are identity,gzip,br');
  });

  it("are internal to a client, which names what it accepts", () => {
    const error = unknownResponseCompression(compressionTable([]), "x".repeat(100), new HeaderMap({ a: "1" }));
    expect(error.message).toBe(
      `[internal] the response has the unknown compression "${"x".repeat(64)}"...: this client accepts identity`,
    );
    expect(error.metadata.get("a")).toBe("1");
  });
});
