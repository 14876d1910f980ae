import { create } from "@bufbuild/protobuf";
import { TypeSchema } from "@bufbuild/protobuf/wkt";
import { expect, it } from "@jest/globals";
import { ConnectError } from "../error/connect-error.js";
import { binaryCodecOf, codecOf } from "./codec-of.js";
import { json } from "./json-codec.js";
import type { MessageCodec } from "./message-codec.js";

const message = create(TypeSchema, { name: "x" });

function roundTrip(codec: unknown): string {
  const type = codec as MessageCodec;
  const bytes = json().encode(message, type, 0);
  return (json().decode(bytes, 0, bytes.length, type) as typeof message).name;
}

it("generated code without codecs works with json(), with nothing more", () => {
  expect(roundTrip(codecOf(TypeSchema))).toBe("x");
});

it("generated code without JSON says what to do", () => {
  let thrown: unknown;
  try {
    roundTrip(binaryCodecOf(TypeSchema));
  } catch (error) {
    thrown = error;
  }
  expect(ConnectError.from(thrown).rawMessage).toMatch(/^google\.protobuf\.Type has no JSON code of its own: /);
});
