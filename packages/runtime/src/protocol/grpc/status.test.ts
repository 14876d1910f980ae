import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { ConnectError } from "../../error/connect-error.js";
import { encodeBase64Unpadded } from "../../http/base64.js";
import { HeaderMap } from "../../http/header-map.js";
import { pairs } from "../../testing/protocol-fixtures.js";
import { endFromHeaders, endFromTrailers } from "./status.js";
import { writeStatusProto } from "./status-proto.js";
import { appendStatus } from "./status-writer.js";

const detail = { type: "a.B", value: Uint8Array.of(1) };
const proto = encodeBase64Unpadded(writeStatusProto(9, "of the proto", [detail]));
const zero = encodeBase64Unpadded(writeStatusProto(0, "", [detail]));

function read(trailers: { [name: string]: string }): ConnectError | undefined {
  return endFromTrailers(new HeaderMap(trailers), undefined).error;
}

describe("endFromTrailers", () => {
  it.each([
    [{ "grpc-status": "0" }, undefined],
    [{ "grpc-status": "00" }, undefined],
    [{ "grpc-status": "0", "grpc-message": "ignored", "grpc-status-details-bin": proto }, undefined],
    [{ "grpc-status": "5" }, "[not_found]"],
    [{ "grpc-status": "05" }, "[not_found]"],
    [{ "grpc-status": "16", "grpc-message": "caf%C3%A9%20" }, "[unauthenticated] café "],
    [{ "grpc-status": "1", "grpc-message": "100% %zz %" }, "[canceled] 100% %zz %"],
    [{ "grpc-status": "17", "grpc-message": "m" }, "[unknown] m"],
    [{ "grpc-status": "4294967297" }, "[unknown]"],
    [{ "grpc-status": "-1" }, '[unknown] the response\'s grpc-status "-1" is not a number'],
    [{ "grpc-status": "0x1" }, '[unknown] the response\'s grpc-status "0x1" is not a number'],
    [{ "grpc-status": "" }, '[unknown] the response\'s grpc-status "" is not a number'],
    [{ "grpc-message": "m" }, "[unknown] the response's trailers have no grpc-status"],
    [
      { "grpc-status": "5", "grpc-message": "m", "grpc-status-details-bin": proto },
      "[failed_precondition] of the proto",
    ],
    [{ "grpc-status": "5", "grpc-message": "m", "grpc-status-details-bin": `${proto}=` }, "[not_found] m"],
    [
      { "grpc-status": "5", "grpc-message": "m", "grpc-status-details-bin": `${proto},${zero}` },
      "[failed_precondition] of the proto",
    ],
    [{ "grpc-status": "5", "grpc-message": "m", "grpc-status-details-bin": zero }, "[not_found] m"],
    [{ "grpc-status": "5", "grpc-message": "m", "grpc-status-details-bin": "!" }, "[not_found] m"],
    [{ "grpc-status": "5", "grpc-message": "m", "grpc-status-details-bin": "/w" }, "[not_found] m"],
  ] as [{ [name: string]: string }, string | undefined][])("reads %j as %s", (trailers, message) => {
    expect(read(trailers)?.message).toBe(message);
  });

  it("has the details", () => {
    const trailers = { "grpc-status": "5" };
    expect(read({ ...trailers, "grpc-status-details-bin": proto })?.details).toEqual([detail]);
    expect(read({ ...trailers, "grpc-status-details-bin": zero })?.details).toEqual([detail]);
    expect(read({ ...trailers, "grpc-status-details-bin": "!" })?.details).toEqual([]);
  });

  it("takes the first of repeated statuses", () => {
    const trailers = new HeaderMap([
      ["grpc-status", "9"],
      ["grpc-status", "0"],
    ]);
    expect(endFromTrailers(trailers, undefined).error?.code).toBe("failed_precondition");
  });

  it("gives the trailers without the status, and an error headers and trailers", () => {
    const trailers = new HeaderMap({
      "grpc-status": "5",
      t: "1",
      "grpc-message": "m",
      "grpc-status-details-bin": zero,
    });
    const end = endFromTrailers(trailers, new HeaderMap({ h: "0" }));
    expect(pairs(end.trailers)).toEqual([["t", "1"]]);
    expect(pairs(end.error?.metadata)).toEqual([
      ["h", "0"],
      ["t", "1"],
    ]);
    expect(end.error?.isRemote).toBe(true);
  });

  it("never throws", () => {
    const name = fc.constantFrom("grpc-status", "grpc-message", "grpc-status-details-bin", "x");
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.string())), (list) => {
        const trailers = new HeaderMap();
        for (const [key, value] of list) trailers.list.push(key, value);
        expect(endFromTrailers(trailers, undefined).trailers).toBeInstanceOf(HeaderMap);
      }),
    );
  });
});

describe("endFromHeaders", () => {
  it("takes a head for trailers, without what is HTTP's own", () => {
    const headers = new HeaderMap({
      "content-type": "application/grpc",
      "grpc-encoding": "gzip",
      "grpc-status": "9",
      "grpc-message": "m",
      a: "1",
    });
    const end = endFromHeaders(headers);
    expect(end.error?.message).toBe("[failed_precondition] m");
    expect(pairs(end.trailers)).toEqual([["a", "1"]]);
    expect(pairs(end.error?.metadata)).toEqual([["a", "1"]]);
  });
});

describe("appendStatus", () => {
  function write(error: ConnectError | undefined, trailers?: { [name: string]: string }): [string, string][] {
    const written = new HeaderMap();
    appendStatus(written.list, error, new HeaderMap(trailers));
    return pairs(written);
  }

  it("has a status even for a success", () => {
    expect(write(undefined)).toEqual([["grpc-status", "0"]]);
    expect(write(undefined, { t: "1", "grpc-status": "5", "grpc-message": "x" })).toEqual([
      ["grpc-status", "0"],
      ["t", "1"],
    ]);
  });

  it("has the message encoded, and trailers and metadata without what is reserved", () => {
    const error = new ConnectError("resource_exhausted", "100% ☺\r\n", {
      metadata: { e: "1", "grpc-status": "0", "content-type": "x", "grpc-retry-pushback-ms": "5" },
    });
    expect(write(error, { t: "2" })).toEqual([
      ["grpc-status", "8"],
      ["grpc-message", "100%25 %E2%98%BA%0D%0A"],
      ["t", "2"],
      ["e", "1"],
      ["grpc-retry-pushback-ms", "5"],
    ]);
  });

  it("has no message where there is none, and details only when there are some", () => {
    expect(write(new ConnectError("canceled"))).toEqual([["grpc-status", "1"]]);
    const details = [{ type: "a.B", value: Uint8Array.of(1) }];
    expect(write(new ConnectError("canceled", "m", { details }))).toEqual([
      ["grpc-status", "1"],
      ["grpc-message", "m"],
      ["grpc-status-details-bin", "CAESAW0aHAoXdHlwZS5nb29nbGVhcGlzLmNvbS9hLkISAQE"],
    ]);
  });

  it("writes what endFromTrailers reads", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.array(fc.uint8Array()), (message, values) => {
        const details = values.map((value) => ({ type: "a.B", value }));
        const trailers = new HeaderMap();
        appendStatus(trailers.list, new ConnectError("data_loss", message, { details }), new HeaderMap());
        const { error } = endFromTrailers(trailers, undefined);
        expect([error?.code, error?.rawMessage, error?.details]).toEqual(["data_loss", message, details]);
      }),
    );
  });
});
