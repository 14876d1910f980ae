/** Runs the tests on the TypeScript sources, in ESM mode. */
export default {
  testEnvironment: "<rootDir>/tests/setup/leak-environment.mjs",
  testSequencer: "<rootDir>/tests/setup/sequencer.mjs",
  testMatch: [
    "<rootDir>/packages/*/src/**/*.test.ts",
    "<rootDir>/tests/**/*.test.ts",
    "<rootDir>/scripts/**/*.test.{ts,mjs}",
  ],
  // What the builds leave for a moment, or for the tests on compiled code; copies of this tree.
  modulePathIgnorePatterns: ["<rootDir>/.*/\\.dist-", "<rootDir>/.*/dist/", "<rootDir>/\\.cache/"],
  // Each file leaves some 10 MB behind in its process, and collections of a large heap are what some tests spend their time on.
  workerIdleMemoryLimit: "256MB",
  // A machine that does other work too may be several times slower.
  testTimeout: 90_000,
  extensionsToTreatAsEsm: [".ts"],
  moduleNameMapper: {
    "^(\\.{1,2}/.*)\\.js$": "$1",
    // Tests import packages by name, as users do; here the names mean the sources.
    "^protoc-gen-connect-ts$": "<rootDir>/packages/protoc-gen-connect-ts/src/index.ts",
    "^@connect-ts/runtime/transport$": "<rootDir>/packages/runtime/src/transport.ts",
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
