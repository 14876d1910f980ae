// Jest loads it as a program of its own.
const { existsSync } = require("node:fs");
const path = require("node:path");

const inPackageSources = /^(.*\/packages\/[^/]+)\/src\/(.*)$/;

/**
 * For tests of what is published: what a test imports of a package by path comes from the package's dist/esm where
 * it is published, from the sources where it is a helper of tests. Packages imported by name are found as users find them.
 */
module.exports = (request, options) => {
  if (!request.startsWith(".") || !request.endsWith(".js")) return options.defaultResolver(request, options);
  const target = path.resolve(options.basedir, request);
  const [, packageDir, file] = inPackageSources.exec(target) ?? [];
  if (packageDir !== undefined) {
    const published = `${packageDir}/dist/esm/${file}`;
    if (existsSync(published)) return published;
  }
  const source = target.replace(/\.js$/, ".ts");
  return existsSync(source) ? source : options.defaultResolver(request, options);
};
