import { DurationSchema } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "@jest/globals";
import { findDetails, makeDetail } from "./detail.js";

describe("details in a bundle without esCodec", () => {
  it("say how to give a schema", () => {
    // esCodec sets itself when it is loaded, and nothing here loads it.
    expect(() => makeDetail(DurationSchema, {})).toThrow("esCodec(DurationSchema)");
    expect(() => findDetails([], DurationSchema)).toThrow("esCodec(DurationSchema)");
  });
});
