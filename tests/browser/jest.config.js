// Jest reads a file for each way to run the tests.
import root from "../../jest.config.js";

/** Runs the tests in Debian's Chromium and Firefox: `pnpm test:browser`. */
export default {
  ...root,
  rootDir: "../..",
  // A page, its browser and its servers share the cores with another file's.
  testTimeout: 300_000,
  globalSetup: "<rootDir>/tests/browser/prepare.mjs",
  extensionsToTreatAsEsm: [".ts", ".tsx"],
  transform: {
    ...root.transform,
    "^.+\\.tsx$": [
      "@swc/jest",
      {
        jsc: {
          parser: { syntax: "typescript", tsx: true },
          transform: { react: { runtime: "automatic" } },
          target: "es2022",
        },
        module: { type: "es6" },
      },
    ],
  },
  testMatch: ["<rootDir>/tests/browser/src/**/*.browser-test.ts"],
};
