// Jest reads a file for each way to run the tests.
import source from "./jest.config.js";

const { moduleNameMapper: _, testSequencer, workerIdleMemoryLimit, testTimeout, ...shared } = source;

/** Calls as users make them. This one moves the runtime's clock, which the doors do not show. */
const ofDoors = "<rootDir>/tests/(?:behaviour|correctness)/(?!deadlines\\.test)";

/**
 * What does the same whether it is run on the sources or on what is built: these look at the scripts, bundle the sources
 * themselves, or test what is published as a part of a bundle. What the built plugin generates is the code that codegen.test
 * looks at: `pnpm generate:check` compares it, and `pnpm test:compat` compiles and runs it.
 */
const alike = [
  "<rootDir>/scripts/",
  "<rootDir>/tests/codegen/codegen\\.test",
  "<rootDir>/tests/types/doors\\.test",
  "<rootDir>/packages/runtime/src/client/what-bundles-have\\.test",
  "<rootDir>/packages/explorer/src/page/(?:frames|history|metadata)\\.test",
];

const dist = { ...shared, resolver: "<rootDir>/tests/setup/dist-resolver.cjs" };

/**
 * Runs the same tests on what `pnpm build` made, as it is: only the tests are transformed. Those of behaviour run on the doors as
 * Node has them, some of them also on the parts that bundlers have, and all others on the tree that both are made of: they look
 * at what is inside.
 */
export default {
  testSequencer,
  workerIdleMemoryLimit,
  testTimeout,
  projects: [
    {
      ...dist,
      displayName: "doors",
      testMatch: ["<rootDir>/tests/{behaviour,correctness}/**/*.test.ts"],
      testPathIgnorePatterns: ["/node_modules/", "/deadlines\\.test\\.ts$"],
    },
    {
      ...dist,
      displayName: "parts",
      testMatch: [
        "<rootDir>/tests/behaviour/{custom-protocol,features,fetch-host,fetch-rpc,in-process,node-http2,routes}.test.ts",
      ],
      moduleNameMapper: {
        "^@connect-ts/runtime$": "<rootDir>/packages/runtime/dist/esm/index.js",
        "^@connect-ts/runtime/(.+)$": "<rootDir>/packages/runtime/dist/esm/$1.js",
      },
    },
    {
      ...dist,
      displayName: "tree",
      testPathIgnorePatterns: ["/node_modules/", ofDoors, ...alike],
      moduleNameMapper: {
        "^@connect-ts/runtime$": "<rootDir>/packages/runtime/dist/tree/index.js",
        "^@connect-ts/runtime/transport$": "<rootDir>/packages/runtime/dist/tree/transport.js",
        "^@connect-ts/runtime/(.+)$": "<rootDir>/packages/runtime/dist/tree/$1/index.js",
      },
    },
  ],
};
