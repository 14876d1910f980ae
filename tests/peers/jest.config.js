// Jest reads a file for each way to run the tests.
import root from "../../jest.config.js";

/** Runs the tests against peers that do not come from npm: `pnpm test:peers`. */
export default {
  ...root,
  rootDir: "../..",
  globalSetup: "<rootDir>/tests/peers/require-peers.mjs",
  testMatch: ["<rootDir>/tests/peers/src/**/*.peer-test.ts"],
};
