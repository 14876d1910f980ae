import { readFileSync } from "node:fs";
import { expect, it } from "@jest/globals";
import { version } from "./version.js";

it("prints the version of the package", () => {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  expect(manifest).toMatchObject({ version });
});
