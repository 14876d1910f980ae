import { DurationSchema, StringValueSchema } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "@jest/globals";
import { ConnectError } from "../error/connect-error.js";
import { binary } from "../message/binary-codec.js";
import type { Codec } from "../message/codec.js";
import { esCodec } from "../message/es-codec.js";
import { json } from "../message/json-codec.js";
import { useJsonReflection } from "../message/json-reflection.js";
import { type DecodeOptions, decodePayload } from "./decode-message.js";

useJsonReflection();

function failure(payload: string, options: Partial<DecodeOptions<unknown>> = {}): ConnectError {
  const bytes = new TextEncoder().encode(payload);
  const all = { type: esCodec(DurationSchema), codec: json(), maxBytes: 100, invalid: "invalid_argument", ...options };
  try {
    decodePayload(bytes, 0, bytes.length, all as DecodeOptions<unknown>);
  } catch (error) {
    if (error instanceof ConnectError) return error;
    throw error;
  }
  throw new Error("it decoded");
}

describe("a message that does not decode", () => {
  it("has the code of the side that is to blame", () => {
    expect(failure("{").code).toBe("invalid_argument");
    expect(failure("{", { invalid: "internal" }).code).toBe("internal");
  });

  it("tells what is wrong with JSON", () => {
    const { rawMessage } = failure('"soon"');
    expect(rawMessage).toMatch(/^cannot decode a google\.protobuf\.Duration from json: .*soon/);
  });

  it("tells it in bounds, and without control characters", () => {
    const { rawMessage } = failure(JSON.stringify(`\n\u0007${"long ".repeat(1000)}`));
    expect(rawMessage.length).toBeLessThan(300);
    expect(rawMessage).toMatch(/^[\x20-\x7e]+$/);
  });

  it("tells nothing of an error that is not about JSON", () => {
    const codec: Codec = {
      ...binary(),
      name: "vault",
      decode() {
        throw new Error("the key is 42");
      },
    };
    expect(failure("x", { codec }).rawMessage).toBe("cannot decode a google.protobuf.Duration from vault");
    expect(failure("\xff", { codec: binary(), type: esCodec(StringValueSchema) }).rawMessage).toBe(
      "cannot decode a google.protobuf.StringValue from proto",
    );
  });
});
