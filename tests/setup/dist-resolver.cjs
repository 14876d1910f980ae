const { existsSync } = require("node:fs");
const path = require("node:path");

const inPackageSources = /^(.*\/packages\/[^/]+)\/src(\/.*|$)/;

/**
 * For tests of what is published: what a test imports of its package by path comes from the package's dist/esm where
 * it is published, from the sources where it is a helper of tests. Packages imported by name are found as users find them.
 */
module.exports = (request, options) => {
  if (!request.startsWith(".") || !request.endsWith(".js")) return options.defaultResolver(request, options);
  const [, packageDir, folder] = inPackageSources.exec(options.basedir) ?? [];
  if (packageDir !== undefined) {
    const published = path.join(`${packageDir}/dist/esm${folder}`, request);
    if (existsSync(published)) return published;
  }
  const source = path.resolve(options.basedir, request.replace(/\.js$/, ".ts"));
  return existsSync(source) ? source : options.defaultResolver(request, options);
};
