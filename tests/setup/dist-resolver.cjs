const { existsSync } = require("node:fs");
const path = require("node:path");

const compiledTests = /^(.*\/packages\/[^/]+)\/\.dist-test(\/.*|$)|^(.*)\/\.dist-tests(\/.*|$)/;

/**
 * For tests that `tsc` compiled into .dist-test (of a package) and .dist-tests (of tests/): what they import of the
 * package comes from its dist/esm, what they import by name is looked up from where their sources are.
 */
module.exports = (request, options) => {
  const match = compiledTests.exec(options.basedir);
  if (match === null) return options.defaultResolver(request, options);
  const [, packageDir, inPackage, rootDir, inTests] = match;
  const sourceDir = packageDir === undefined ? `${rootDir}/tests${inTests}` : `${packageDir}/src${inPackage}`;
  if (!request.startsWith(".")) return options.defaultResolver(request, { ...options, basedir: sourceDir });
  if (packageDir !== undefined) {
    const published = path.join(`${packageDir}/dist/esm${inPackage}`, request);
    if (request.endsWith(".js") && existsSync(published)) return published;
  }
  return options.defaultResolver(request, options);
};
