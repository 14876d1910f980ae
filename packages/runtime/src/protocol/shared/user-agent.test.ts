import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { version } from "./user-agent.js";

describe("version", () => {
  it("is that of the package", () => {
    const manifest = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
    expect(JSON.parse(manifest).version).toBe(version);
  });
});
