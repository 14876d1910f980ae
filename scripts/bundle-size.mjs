// Bundles small programs and writes their sizes to docs/bundle-size.md. With `--check`: fails when that is
// out of date.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build, version } from "esbuild";
import { mustRun, report, root } from "./lib.mjs";

const document = "docs/bundle-size.md";
const eliza = "./examples/eliza/src/gen/connectrpc/eliza/v1/eliza_connect.ts";

/** A client of one unary RPC. */
const client = (imports, options) => `
  import { ${imports} } from "@connect-ts/runtime";
  import { createFetchTransport } from "@connect-ts/runtime/fetch";
  import { createElizaServiceClient } from "${eliza}";
  const eliza = createElizaServiceClient(createFetchTransport({ baseUrl: "/", ${options} }));
  console.log((await eliza.say({ sentence: "hi" })).sentence);
`;

const programs = [
  ["a browser's client: Connect, binary", client("connect", "protocol: connect()")],
  ["a browser's client: Connect, JSON", client("connect, json", "protocol: connect(), codec: json()")],
  ["a browser's client: gRPC-Web, binary", client("grpcWeb", "protocol: grpcWeb()")],
  [
    "a handler for `fetch`: the three protocols",
    `import { fetchHandler } from "@connect-ts/runtime/fetch";
     import { createElizaServiceHandler } from "${eliza}";
     export default { fetch: fetchHandler([createElizaServiceHandler({ say: () => ({ sentence: "hi" }) })]) };`,
  ],
  [
    "a Node server: the three protocols",
    `import { serve } from "@connect-ts/runtime/node";
     import { createElizaServiceHandler } from "${eliza}";
     await serve({ handlers: [createElizaServiceHandler({ say: () => ({ sentence: "hi" }) })] });`,
  ],
  [
    "protobuf-es alone: a message to bytes and back",
    `import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
     import { SayRequestSchema } from "${eliza.replace("_connect", "_pb")}";
     const bytes = toBinary(SayRequestSchema, create(SayRequestSchema, { sentence: "hi" }));
     console.log(fromBinary(SayRequestSchema, bytes).sentence);`,
  ],
];

mustRun("pnpm", ["run", "build"]);
const kib = (bytes) => (bytes / 1024).toFixed(1);
const rows = [];
for (const [name, contents] of programs) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root, loader: "ts" },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    platform: name.includes("Node") ? "node" : "browser",
    write: false,
  });
  const code = outputFiles[0].contents;
  rows.push(
    `| ${name} | ${kib(code.length)} | ${kib(gzipSync(code, { level: 9 }).length)} | ${kib(brotliCompressSync(code).length)} |`,
  );
}

const text = `# Bundle sizes

What a program with the Eliza service weighs, bundled and minified by esbuild ${version}, in KiB. \`pnpm size\` writes this page.

| program | minified | gzip | brotli |
| --- | ---: | ---: | ---: |
${rows.join("\n")}

Much of it is protobuf-es, as the last row shows. JSON is in a bundle only where \`json()\` is imported, a protocol only where it is.
`;
console.log(text);
if (process.argv.includes("--check")) {
  const current = existsSync(root + document) ? readFileSync(root + document, "utf8") : "";
  report("bundle sizes", agree(current, text) ? [] : [`${document} is out of date: run \`pnpm size\``]);
} else {
  writeFileSync(root + document, text);
}

/** Whether two pages say the same, but for sizes that differ by less than 3 %: not every change needs a new page. */
function agree(before, after) {
  const size = /\d+\.\d(?= \|)/g;
  if (before.replaceAll(size, "") !== after.replaceAll(size, "")) return false;
  const sizes = after.match(size).map(Number);
  return before.match(size).every((old, index) => Math.abs(Number(old) / sizes[index] - 1) < 0.03);
}
