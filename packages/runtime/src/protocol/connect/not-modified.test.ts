import { describe, expect, it } from "@jest/globals";
import { ConnectError } from "../../error/connect-error.js";
import { isNotModified, notModifiedError, remoteNotModifiedError } from "./not-modified.js";

describe("notModifiedError", () => {
  it("is an unknown error that isNotModified recognises", () => {
    const error = notModifiedError({ etag: '"1"' });
    expect(error).toBeInstanceOf(ConnectError);
    expect(error.code).toBe("unknown");
    expect(error.isRemote).toBe(false);
    expect(error.metadata.get("etag")).toBe('"1"');
    expect(isNotModified(error)).toBe(true);
  });

  it("is remote where a client makes it", () => {
    expect(remoteNotModifiedError(undefined).isRemote).toBe(true);
    expect(isNotModified(remoteNotModifiedError(undefined))).toBe(true);
  });
});

describe("isNotModified", () => {
  it.each([undefined, null, "not modified", {}, new ConnectError("unknown", "not modified")])(
    "is false for %s",
    (other) => {
      expect(isNotModified(other)).toBe(false);
    },
  );
});
