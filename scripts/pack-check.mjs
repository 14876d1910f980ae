// Packs the published packages and checks what is in the tarballs: publint for the manifests, "are the types wrong" for
// how each entry point resolves as ESM, as CommonJS, under bundlers and under the resolution of old TypeScript. Looks at what
// the runtime weighs, that its doors have the same names for Node, for bundlers and for TypeScript, and that programs which
// take the parts for bundlers are not larger than with the tree that these are made of.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { build } from "esbuild";
import { exportedNames, mustRun, outputOf, pack, publicPackages, report, root, run } from "./lib.mjs";

/** Files, and bytes of them: docs/decisions/0049-published-weight.md. */
const mostFiles = 150;
const mostBytes = 2_500_000;
/** How much larger than with the tree a program may be, minified. */
const mostOverTree = 0.005;

mustRun(process.execPath, ["scripts/ensure-built.mjs"]);
const problems = [];
for (const { dir, manifest } of publicPackages()) {
  const tarball = pack(dir);
  console.log(`\n${manifest.name}`);
  if (!run("publint", ["run", tarball, "--strict"])) problems.push(`${dir}: publint`);
  if (manifest.exports !== undefined && !run("attw", [tarball])) problems.push(`${dir}: attw`);
  const listed = outputOf("tar", ["-tzf", tarball]).split("\n");
  if (manifest.name === "@connect-ts/runtime") {
    const sizes = outputOf("tar", ["-tvzf", tarball])
      .trimEnd()
      .split("\n")
      .map((line) => Number(line.split(/\s+/)[2]));
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    console.log(`${sizes.length} files, ${bytes} bytes`);
    if (sizes.length > mostFiles) problems.push(`${dir}: ${sizes.length} files, at most ${mostFiles}`);
    if (bytes > mostBytes) problems.push(`${dir}: ${bytes} bytes, at most ${mostBytes}`);
    problems.push(...(await heavyPrograms(dir)));
  }
  problems.push(...(await differentDoors(dir, manifest)));
  // A template has tests of its own, which a project made of it runs.
  const ours = listed.filter((file) => !file.startsWith("package/templates/"));
  for (const file of ours.filter((file) => /\.test\.|\.test-d\.|\/testing\//.test(file))) {
    problems.push(`${dir}: ${file} is published`);
  }
}
report("packages", problems);

/** The doors whose names are not the same for Node, as ES modules and as CommonJS, for bundlers and in declarations. */
async function differentDoors(dir, { exports, name }) {
  const require = createRequire(`${root}${dir}/package.json`);
  const namesOf = (names) =>
    names
      .filter((name) => name !== "__esModule")
      .sort()
      .join();
  const problems = [];
  for (const [door, target] of Object.entries(exports ?? {})) {
    if (target.import?.node === undefined) continue;
    const [parts, bundled] = await Promise.all(
      [target.import.default, target.import.node].map((file) => import(`${root}${dir}/${file}`)),
    );
    const values = [parts, bundled, require(`./${target.require.default}`)].map((module) =>
      namesOf(Object.keys(module)),
    );
    if (new Set(values).size > 1)
      problems.push(`${dir}: ${door} has other names for Node than for bundlers: ${values.join(" | ")}`);
    const report = door === "." ? name.split("/").at(-1) : door.slice("./".length).replaceAll("/", "-");
    const known = namesOf(exportedNames(readFileSync(`${root}${dir}/etc/${report}.api.md`, "utf8")));
    for (const file of [target.import.types, target.require.types]) {
      const declared = namesOf(declaredNames(readFileSync(`${root}${dir}/${file}`, "utf8")));
      if (declared !== known) problems.push(`${dir}: ${file} exports other names than etc has: ${declared} | ${known}`);
    }
  }
  return problems;
}

/** The names that bundled declarations export: all at their end. */
function declaredNames(text) {
  const [, list] = /\nexport \{ ([^}]*) \};\n$/.exec(text) ?? [];
  return (list ?? "").split(", ").map((name) => name.replace(/^type /, "").replace(/^.* as /, ""));
}

/** The programs that are larger with the parts for bundlers than with the tree. A part keeps what it should not, if there are some. */
async function heavyPrograms(dir) {
  const programs = {
    "one RPC": { "./fetch": "createFetchRpc", "./codegen": "generatedCodec, Reader, readString, writeString" },
    "a client": {
      ".": "connect",
      "./fetch": "createFetchTransport",
      "./codegen": "bindTransport, generatedCodec, Reader, readString, unaryMethod, writeString",
    },
    "a client with streams and JSON": {
      ".": "json, grpcWeb",
      "./fetch": "createFetchTransport",
      "./codegen": "bidiStreamingMethod, bindTransport, messageJson, serverStreamingMethod, unaryMethod",
    },
    "a client of protobuf-es": { ".": "connect", "./fetch": "createFetchTransport", "./codegen/schema": "codecOf" },
    "a handler": { "./fetch": "fetchHandler", "./codegen": "createServiceHandler" },
    "a server": { "./node": "serve", "./codegen": "createServiceHandler" },
    "a client on Node": { ".": "grpc", "./node": "createNodeTransport" },
  };
  const problems = [];
  for (const [name, imports] of Object.entries(programs)) {
    const [parts, tree] = await Promise.all(["esm", "tree"].map((folder) => sizeOf(dir, folder, imports)));
    const over = parts / tree - 1;
    console.log(`${name}: ${parts} bytes minified, ${(100 * over).toFixed(2)} % above the tree`);
    if (over > mostOverTree)
      problems.push(`${dir}: ${name} has ${parts} bytes with the parts and ${tree} with the tree`);
  }
  return problems;
}

/** What a program weighs, minified, that imports these names from a folder of dist. */
async function sizeOf(dir, folder, imports) {
  const fileOf = (door) => {
    const file = `./dist/${folder}/${door === "." ? "index" : door.slice("./".length)}`;
    return existsSync(`${root}${dir}/${file}.js`) ? `${file}.js` : `${file}/index.js`;
  };
  const lines = Object.entries(imports).map(([door, names]) => `export { ${names} } from "${fileOf(door)}";`);
  const { outputFiles } = await build({
    stdin: { contents: lines.join("\n"), resolveDir: root + dir },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    platform: "neutral",
    external: ["node:*", "@bufbuild/*"],
    write: false,
  });
  return outputFiles[0].contents.length;
}
