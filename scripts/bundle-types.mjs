// The declarations of the doors of the package in the working directory: a file for each door and a few that doors share, so that
// each class is declared once. docs/decisions/0049-published-weight.md
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { rolldown } from "rolldown";
import { dts } from "rolldown-plugin-dts";

/** What clients and handlers name alike. */
const ofAll = /\/tree\/(?:http|error|message|call|protocol|client)\//;

/**
 * @param tree - the folder that `tsc` wrote, as an absolute path
 * @param doors - the name of each door, and its file in the tree
 * @param dirs - where the declarations go: they are the same for ES modules and for CommonJS, which are told apart by `package.json`
 */
export async function bundleTypes(tree, doors, dirs) {
  const bundled = await rolldown({
    input: Object.fromEntries(doors.map(([door, file]) => [door, `${tree}/${file}.d.ts`])),
    external: [/^node:/, /^@bufbuild\/protobuf/],
    plugins: [dts({ dtsInput: true, tsconfig: false })],
    experimental: { attachDebugInfo: "none" },
  });
  const { output } = await bundled.generate({
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "types/[name].js",
    minifyInternalExports: false,
    codeSplitting: {
      groups: [
        { name: "shared.d", test: ofAll, minShareCount: 2 },
        { name: "handlers.d", test: /./, minShareCount: 2 },
      ],
    },
  });
  await bundled.close();
  for (const { fileName, code, moduleIds } of output) {
    const text = [...references(moduleIds), code.trimEnd(), ""].join("\n");
    for (const dir of dirs) {
      const file = join(dir, fileName);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }
}

/** The libraries of TypeScript that modules refer to: the bundler drops them. */
function references(modules) {
  const found = modules.flatMap((file) => readFileSync(file, "utf8").match(/^\/\/\/ <reference .*>$/gm) ?? []);
  return [...new Set(found)];
}
