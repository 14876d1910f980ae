// Jest reads a file for each way to run the tests.
import base from "../../jest.config.js";

/**
 * Runs tests of behaviour again with generated codecs in the place of protobuf-es's: `pnpm test:codecs` has generated
 * the code of `tests/gen` a second time.
 */
export default {
  ...base,
  rootDir: "../..",
  testMatch: [
    "<rootDir>/tests/{behaviour,correctness,interceptors}/**/*.test.ts",
    "<rootDir>/tests/codecs/switch.check.ts",
  ],
  moduleNameMapper: {
    "^.*/gen/src/(.*)\\.js$": "<rootDir>/tests/codecs/.cache/gen/$1",
    ...base.moduleNameMapper,
  },
};
