/** Runs the tests on the TypeScript sources, in ESM mode. */
export default {
  testEnvironment: "node",
  testMatch: ["<rootDir>/packages/*/src/**/*.test.ts", "<rootDir>/tests/**/*.test.ts"],
  extensionsToTreatAsEsm: [".ts"],
  moduleNameMapper: { "^(\\.{1,2}/.*)\\.js$": "$1" },
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
