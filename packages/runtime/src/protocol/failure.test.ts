import { describe, expect, it } from "@jest/globals";
import { errorFromFailure } from "./failure.js";

describe("errorFromFailure", () => {
  it.each([
    ["connect", "unavailable"],
    ["lost", "unavailable"],
    ["protocol", "internal"],
    ["unsupported", "unimplemented"],
  ] as const)("makes a %s failure %s", (reason, code) => {
    expect(errorFromFailure({ reason, message: "m" }, false).code).toBe(code);
    expect(errorFromFailure({ reason, message: "m" }, true).code).toBe(code);
  });

  it.each([
    [0x0, "internal"], // NO_ERROR
    [0x1, "internal"], // PROTOCOL_ERROR
    [0x2, "internal"], // INTERNAL_ERROR
    [0x3, "internal"], // FLOW_CONTROL_ERROR
    [0x4, "internal"], // SETTINGS_TIMEOUT
    [0x5, "internal"], // STREAM_CLOSED
    [0x6, "internal"], // FRAME_SIZE_ERROR
    [0x7, "unavailable"], // REFUSED_STREAM
    [0x8, "canceled"], // CANCEL
    [0x9, "internal"], // COMPRESSION_ERROR
    [0xa, "internal"], // CONNECT_ERROR
    [0xb, "resource_exhausted"], // ENHANCE_YOUR_CALM
    [0xc, "permission_denied"], // INADEQUATE_SECURITY
    [0xd, "internal"], // HTTP_1_1_REQUIRED
    [0xff, "internal"],
    [undefined, "internal"],
  ] as const)("makes a reset with code %s %s", (resetCode, code) => {
    const failure = { reason: "reset", message: "m", ...(resetCode === undefined ? {} : { resetCode }) } as const;
    expect(errorFromFailure(failure, false).code).toBe(code);
    expect(errorFromFailure(failure, true).code).toBe(resetCode === 8 ? "deadline_exceeded" : code);
  });

  it("keeps the message and the cause", () => {
    const cause = { code: "ECONNREFUSED" };
    const error = errorFromFailure({ reason: "connect", message: "refused by localhost:1", cause }, false);
    expect(error.rawMessage).toBe("refused by localhost:1");
    expect(error.cause).toBe(cause);
  });
});
