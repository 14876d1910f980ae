// Jest loads it as a program of its own.
const { existsSync } = require("node:fs");
const path = require("node:path");

const inPackageSources = /^(.*\/packages\/[^/]+)\/src\/(.*)$/;

/** Where `tsc` puts a package's modules: the first where the doors are bundled, and the second where they are not. */
const compiled = ["dist/tree", "dist/esm"];

/**
 * For tests of what is published: what a test imports of a package by path comes from what `tsc` made of it, from the sources
 * where it is a helper of tests. Packages imported by name are found as users find them.
 */
module.exports = (request, options) => {
  if (!request.startsWith(".") || !request.endsWith(".js")) return options.defaultResolver(request, options);
  const target = path.resolve(options.basedir, request);
  const [, packageDir, file] = inPackageSources.exec(target) ?? [];
  if (packageDir !== undefined) {
    const found = compiled.map((folder) => `${packageDir}/${folder}/${file}`).find((path) => existsSync(path));
    if (found !== undefined) return found;
  }
  const source = target.replace(/\.js$/, ".ts");
  return existsSync(source) ? source : options.defaultResolver(request, options);
};
