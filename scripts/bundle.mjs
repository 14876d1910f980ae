// Bundles the doors of the package in the working directory, as ES modules and as CommonJS: one file for each door and a few
// chunks that doors share. Node opens a file for each module, and with a file for each source that is most of a short process.
// docs/decisions/0041-published-bundles.md
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

/** The doors of a package that are bundled: the name of each, and its source. */
function bundledDoors({ exports }) {
  const doors = Object.entries(exports ?? {}).filter(([, target]) => target.import?.node !== undefined);
  return doors.map(
    ([
      door,
      {
        import: { types },
      },
    ]) => [
      door === "." ? "index" : door.slice("./".length),
      types.replace("./dist/esm/", "src/").replace(".d.ts", ".ts"),
    ],
  );
}

/** @returns whether the package has bundled doors */
export const isBundled = (manifest) => bundledDoors(manifest).length > 0;

/** @param dir - what becomes `dist/bundle` */
export async function bundle(manifest, dir) {
  for (const [format, extension] of [
    ["esm", "js"],
    ["cjs", "cjs"],
  ]) {
    const bundled = await rolldown({
      input: Object.fromEntries(bundledDoors(manifest)),
      external: /^node:/,
      platform: "neutral",
      plugins: [protobufWhenUsed(format)],
      transform: { target: "es2022" },
      resolve: { extensionAlias: { ".js": [".ts"] } },
    });
    await bundled.write({
      dir,
      format,
      esModule: true,
      entryFileNames: `[name].${extension}`,
      chunkFileNames: `chunks/[name].${extension}`,
      sourcemap: true,
      // Traces lead to the lines of the repository; the sources themselves would be most of the package.
      sourcemapExcludeSources: true,
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
