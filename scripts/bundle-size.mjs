// Bundles small programs and writes their sizes to docs/bundle-size.md. With `--check`: fails when that is
// out of date.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build, version } from "esbuild";
import { mustRun, report, root } from "./lib.mjs";

const document = "docs/bundle-size.md";
const generated = ".cache/bundle-size";
const greet = (codecs) => `./${generated}/${codecs}/greet/v1/greet_connect.ts`;
const eliza = (codecs) => `./${generated}/${codecs}/connectrpc/eliza/v1/eliza_connect.ts`;

/** One unary RPC of a service that has no other. */
const rpc = (codecs) => `
  import { createFetchRpc } from "@connect-ts/runtime/fetch";
  import { greetServiceSpecs } from "${greet(codecs)}";
  const greet = createFetchRpc(greetServiceSpecs.greet, { baseUrl: "/" });
  console.log((await greet({ name: "Ada" })).greeting);
`;

/** A client of a service with RPCs of all four kinds. */
const client = (codecs, imports, options) => `
  import { ${imports} } from "@connect-ts/runtime";
  import { createFetchTransport } from "@connect-ts/runtime/fetch";
  import { createElizaServiceClient } from "${eliza(codecs)}";
  const eliza = createElizaServiceClient(createFetchTransport({ baseUrl: "/", ${options} }));
  console.log((await eliza.say({ sentence: "hi" })).sentence);
`;

const serve = (from, call) => `
  import { ${call.slice(0, call.indexOf("("))} } from "@connect-ts/runtime/${from}";
  import { createElizaServiceHandler } from "${eliza("es")}";
  const handlers = [createElizaServiceHandler({ say: () => ({ sentence: "hi" }) })];
  export default ${call};
`;

/** Name, program, and for some the KiB of gzip that it must not exceed. */
const programs = [
  ["`createFetchRpc`, one RPC: generated codecs", rpc("generated"), 6],
  ["`createFetchRpc`, one RPC: generated codecs with JSON", rpc("json")],
  ["`createFetchRpc`, one RPC: protobuf-es", rpc("es"), 23],
  ["a browser's client: Connect, generated codecs", client("generated", "connect", "protocol: connect()"), 22],
  ["a browser's client: Connect, protobuf-es", client("es", "connect", "protocol: connect()")],
  [
    "a browser's client: Connect, JSON by protobuf-es",
    client("es", "connect, json", "protocol: connect(), codec: json()"),
  ],
  ["a browser's client: gRPC-Web, protobuf-es", client("es", "grpcWeb", "protocol: grpcWeb()")],
  ["a handler for `fetch`: the three protocols", serve("fetch", "fetchHandler(handlers)")],
  ["a Node server: the three protocols", serve("node", "serve({ handlers })")],
  [
    "protobuf-es alone: a message to bytes and back",
    `import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
     import { SayRequestSchema } from "${eliza("es").replace("_connect", "_pb")}";
     const bytes = toBinary(SayRequestSchema, create(SayRequestSchema, { sentence: "hi" }));
     console.log(fromBinary(SayRequestSchema, bytes).sentence);`,
  ],
];

mustRun("pnpm", ["run", "build"]);
for (const [codecs, option] of [
  ["es", "codecs=false"],
  ["generated", "codecs=binary"],
  ["json", "codecs=true"],
]) {
  const plugin = (local, ...opt) => ({ local, out: ".", opt: ["target=ts", "import_extension=js", ...opt] });
  const template = { version: "v2", plugins: [plugin("protoc-gen-es"), plugin("protoc-gen-connect-ts", option)] };
  for (const schemas of ["proto", "examples/getting-started/proto"]) {
    mustRun("buf", ["generate", schemas, "--template", JSON.stringify(template), "-o", `${generated}/${codecs}`]);
  }
}

const kib = (bytes) => (bytes / 1024).toFixed(1);
const rows = [];
const tooLarge = [];
for (const [name, contents, limit] of programs) {
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
  const gzip = gzipSync(code, { level: 9 }).length;
  rows.push(
    `| ${name} | ${kib(code.length)} | ${kib(gzip)} | ${kib(brotliCompressSync(code).length)} | ${limit ?? ""} |`,
  );
  if (gzip > (limit ?? Number.POSITIVE_INFINITY) * 1024) {
    tooLarge.push(`${name}: ${gzip} bytes of gzip are more than ${limit} KiB`);
  }
}

const text = `# Bundle sizes

What programs weigh, bundled and minified by esbuild ${version}, in KiB. \`pnpm size\` writes this page; CI fails when a program exceeds its limit of gzip.

| program | minified | gzip | brotli | limit |
| --- | ---: | ---: | ---: | ---: |
${rows.join("\n")}

- \`createFetchRpc\` makes one unary RPC a function: [clients](clients.md) has what it leaves out. The service has one RPC.
- A client has all four kinds of RPC, interceptors, compression and the protocols that it is given. The service is Eliza's.
- With generated codecs (\`codecs=binary\`, and with JSON \`codecs=true\`) a client bundles nothing of protobuf-es. Otherwise much of it is protobuf-es, as the last row shows.
- JSON is in a bundle only where \`json()\` is imported, a protocol only where it is.
`;
console.log(text);
report("bundle limits", tooLarge);
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
