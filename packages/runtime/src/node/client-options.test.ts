import { describe, expect, it } from "@jest/globals";
import { createNodeTransport } from "./transport.js";

describe("createNodeTransport", () => {
  it.each(["", "/api", "localhost:8080", "ftp://localhost"])("says what is wrong with the baseUrl %j", (baseUrl) => {
    const wrong = expect.stringMatching(/^baseUrl must b.* https?:\/\/.*, and ".*" (is|does) not$/);
    expect(() => createNodeTransport({ baseUrl })).toThrow(
      expect.objectContaining({ name: "TypeError", message: wrong }),
    );
  });
});
