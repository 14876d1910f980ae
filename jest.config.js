/** Runs the tests on the TypeScript sources, in ESM mode. */
export default {
  testEnvironment: "<rootDir>/tests/setup/leak-environment.mjs",
  testMatch: [
    "<rootDir>/packages/*/src/**/*.test.ts",
    "<rootDir>/tests/**/*.test.ts",
    "<rootDir>/scripts/**/*.test.ts",
  ],
  // What the builds leave for a moment, or for the tests on compiled code.
  modulePathIgnorePatterns: ["<rootDir>/.*/\\.dist-", "<rootDir>/.*/dist/"],
  // A machine that does other work too may be several times slower.
  testTimeout: 30_000,
  extensionsToTreatAsEsm: [".ts"],
  moduleNameMapper: {
    "^(\\.{1,2}/.*)\\.js$": "$1",
    // Tests import packages by name, as users do; here the names mean the sources.
    "^@connect-ts/([^/]+)$": "<rootDir>/packages/$1/src/index.ts",
    "^@connect-ts/([^/]+)/(.+)$": "<rootDir>/packages/$1/src/$2/index.ts",
  },
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      {
        jsc: { parser: { syntax: "typescript", explicitResourceManagement: true }, target: "es2022" },
        module: { type: "es6" },
      },
    ],
  },
};
