// What the page of examples/web weighs, part by part: for the table of bundle sizes.
import { build } from "esbuild";
import { root } from "./lib.mjs";

/** Programs that have a part of the page each, and what tells the code that it shares with them. */
const parts = [
  ["React", "react-dom/", 'import "react"; import "react-dom/client";'],
  [
    "the runtime and generated code",
    "packages/runtime/",
    'export * from "./src/account.js"; export * from "./src/field-errors.js";',
  ],
];

/** Bundles the page as several files that share code, and gives the code of each part by its name. */
export async function partsOfPage() {
  const programs = [...parts.map(([, , program]) => program), 'import "./src/main.js";'];
  const program = ({ path }) => ({ contents: programs[path], resolveDir: `${root}examples/web`, loader: "ts" });
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: programs.map((_, index) => ({ in: `program:${index}`, out: `program-${index}` })),
    plugins: [
      {
        name: "programs",
        setup({ onLoad, onResolve }) {
          onResolve({ filter: /^program:/ }, ({ path }) => ({ path: path.split(":")[1], namespace: "program" }));
          onLoad({ filter: /.*/, namespace: "program" }, program);
        },
      },
    ],
    bundle: true,
    splitting: true,
    minify: true,
    metafile: true,
    format: "esm",
    target: "es2022",
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"production"' },
    outdir: ".cache",
    write: false,
  });
  const files = Object.values(metafile.outputs).map(({ inputs, entryPoint }, index) => ({
    inputs: Object.keys(inputs),
    entryPoint,
    code: outputFiles[index].contents,
  }));
  const shared = ([name, sign]) => {
    const file = files.find(({ entryPoint, inputs }) => !entryPoint && inputs.some((input) => input.includes(sign)));
    if (file === undefined) throw new Error(`the page's bundle has no part "${name}"`);
    return [name, file.code];
  };
  const own = files.find(({ entryPoint }) => entryPoint === `program:${parts.length}`);
  return [...parts.map(shared), ["the page itself", own.code]];
}
