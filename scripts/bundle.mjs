// Bundles the doors of the package in the working directory, as ES modules and as CommonJS: one file for each door and a few
// chunks that doors share. Node opens a file for each module, and with a file for each source that is most of a short process.
// docs/decisions/0041-published-bundles.md
import { existsSync } from "node:fs";
import { rolldown } from "rolldown";
import { protobufWhenUsed } from "./protobuf-when-used.mjs";

/** Chunks from the lowest up, and what of src is in each: the first that fits. A chunk imports none above it, so there is no circle. */
const chunks = ["shared", "protobuf-es", "http2", "handler", "node"];
const rooms = [
  ["http2", /^http2\//],
  ["node", /^node\/(?!client\/|server\/)/],
  [
    "protobuf-es",
    /^(?:message\/(?:es-|fast-binary|json-reflection|codec-of)|codegen\/schema-codec|call\/(?:get-option|spec-of))/,
  ],
  ["handler", /^(?:handler|fetch|in-process)\/|^protocol\/[^/]+\/(?:handler|end-stream-writer|error-json-writer)/],
  // What the others stand on.
  ["shared", /^/],
];

function chunkOf(file) {
  const [, path] = /\/src\/(.*)\.ts$/.exec(file.replaceAll("\\", "/")) ?? [];
  // What loads protobuf-es is no file, and the others stand on it.
  return path === undefined ? "shared" : rooms.find(([, files]) => files.test(path))[0];
}

/** The doors of a package that are bundled: the name of each, and its file in src, without what it ends in. */
export function bundledDoors({ exports }) {
  const doors = Object.entries(exports ?? {}).filter(([, target]) => target.import?.node !== undefined);
  return doors.map(([door]) => {
    const name = door === "." ? "index" : door.slice("./".length);
    return [name, existsSync(`src/${name}.ts`) ? name : `${name}/index`];
  });
}

/**
 * Chunks of CommonJS would export by getters, which are 30 KB, and a call for each use. Nothing that they export changes once
 * they have run, but for variables, and there is no circle that would ask them before.
 */
const plainExports = {
  name: "plain-exports",
  renderChunk(code) {
    const getter =
      /^Object\.defineProperty\(exports, "([\w$]+)", \{\s+enumerable: true,\s+get: function \(\) \{\s+return ([\w$]+);\s+\}\s+\}\);/gm;
    const variables = new Set([...code.matchAll(/^let ([\w$]+)/gm)].map(([, name]) => name));
    const plain = code.replaceAll(getter, (all, name, value) =>
      variables.has(value) ? all : `exports.${name} = ${value};`,
    );
    return { code: plain, map: null };
  },
};

/** @param dir - what becomes `dist/bundle` */
export async function bundle(doors, dir) {
  for (const [format, extension] of [
    ["esm", "js"],
    ["cjs", "cjs"],
  ]) {
    const bundled = await rolldown({
      input: Object.fromEntries(doors.map(([door, file]) => [door, `src/${file}.ts`])),
      external: /^node:/,
      platform: "neutral",
      plugins: [protobufWhenUsed(format), ...(format === "cjs" ? [plainExports] : [])],
      transform: { target: "es2022" },
      resolve: { extensionAlias: { ".js": [".ts"] } },
      // The names of the files that each part is of: 18 KB.
      experimental: { attachDebugInfo: "none" },
    });
    await bundled.write({
      dir,
      format,
      esModule: true,
      entryFileNames: `[name].${extension}`,
      chunkFileNames: `chunks/[name].${extension}`,
      minify: false,
      minifyInternalExports: false,
      comments: { legal: false, annotation: true, jsdoc: false },
      codeSplitting: {
        groups: chunks.map((name, index) => ({
          name,
          test: (file) => chunkOf(file) === name,
          // What one door alone needs is in the door.
          minShareCount: 2,
          priority: chunks.length - index,
        })),
      },
    });
    await bundled.close();
  }
}
