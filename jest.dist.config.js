import source from "./jest.config.js";

const { moduleNameMapper: _, ...shared } = source;

/** Runs the same tests on what `pnpm build` made, as it is: only the tests are transformed. */
export default { ...shared, resolver: "<rootDir>/tests/setup/dist-resolver.cjs" };
