import { describe, expect, it } from "@jest/globals";
import { createNodeTransport } from "./transport.js";

describe("createNodeTransport", () => {
  it.each(["", "/api", "localhost:8080", "ftp://localhost"])(
    "says what a baseUrl is when it is given %j",
    (baseUrl) => {
      expect(() => createNodeTransport({ baseUrl })).toThrow(
        /^baseUrl must be a URL such as "https:\/\/.*", not ".*"$/,
      );
    },
  );
});
