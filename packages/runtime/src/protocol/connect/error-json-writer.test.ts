import { AnySchema, DurationSchema, FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { ConnectError } from "../../error/connect-error.js";
import { HeaderMap } from "../../http/header-map.js";
import { text } from "../../testing/protocol-fixtures.js";
import { errorFromJson, parseJson } from "./error-json.js";
import { writeErrorJson } from "./error-json-writer.js";

describe("writeErrorJson", () => {
  it.each([
    [new ConnectError("not_found"), '{"code":"not_found"}'],
    [new ConnectError("not_found", 'no "☺"'), '{"code":"not_found","message":"no \\"☺\\""}'],
    [
      new ConnectError("aborted", "", { details: [{ type: "a.B", value: Uint8Array.of(255) }] }),
      '{"code":"aborted","details":[{"type":"a.B","value":"/w"}]}',
    ],
  ])("writes only what there is: %s", (error, json) => {
    expect(text(writeErrorJson(error))).toBe(json);
  });

  it("shows people the message of a detail", () => {
    const error = new ConnectError("internal")
      .addDetail(FileDescriptorProtoSchema, { name: "test.proto" })
      .addDetail(DurationSchema, { seconds: 3n });
    expect(JSON.parse(text(writeErrorJson(error)))).toEqual({
      code: "internal",
      details: [
        { type: "google.protobuf.FileDescriptorProto", value: "Cgp0ZXN0LnByb3Rv", debug: { name: "test.proto" } },
        { type: "google.protobuf.Duration", value: "CAM", debug: "3s" },
      ],
    });
  });

  it("leaves out what cannot be shown", () => {
    const error = new ConnectError("internal").addDetail(AnySchema, { typeUrl: "type.googleapis.com/a.B" });
    expect(text(writeErrorJson(error))).toBe(
      '{"code":"internal","details":[{"type":"google.protobuf.Any","value":"Chd0eXBlLmdvb2dsZWFwaXMuY29tL2EuQg"}]}',
    );
  });

  it("writes what errorFromJson reads", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.array(fc.uint8Array()), (message, values) => {
        const details = values.map((value) => ({ type: "a.B", value }));
        const json = parseJson(writeErrorJson(new ConnectError("data_loss", message, { details })));
        const read = errorFromJson(json, "unknown", new HeaderMap(), "fallback");
        expect([read.code, read.rawMessage, read.details]).toEqual(["data_loss", message, details]);
      }),
    );
  });
});
