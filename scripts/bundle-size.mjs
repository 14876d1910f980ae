// Bundles small programs, runs them and writes their sizes to docs/bundle-size.md. With `--check`: fails when that is
// out of date.
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build, version } from "esbuild";
import { mustRun, report, root } from "./lib.mjs";
import { partsOfPage } from "./page-size.mjs";

const document = "docs/bundle-size.md";
const generated = ".cache/bundle-size";
const connectFile = (codecs, file) => `./${generated}/${codecs}/${file}_connect.ts`;
const eliza = connectFile("es", "connectrpc/eliza/v1/eliza");

/** One unary RPC of a service that has no other. */
const rpc = (codecs) => `
  import { createFetchRpc } from "@connect-ts/runtime/fetch";
  import { greetServiceSpecs } from "${connectFile(codecs, "greet/v1/greet")}";
  const greet = createFetchRpc(greetServiceSpecs.greet, { baseUrl: "/" });
  console.log((await greet({ name: "Ada" })).greeting);
`;

/** A client of a service, which makes one call: of a service with one RPC, of one with eight, of one with all four kinds. */
const client = (service, codecs, imports, options) => {
  const [name, call] = services[service];
  return `
    import { ${imports} } from "@connect-ts/runtime";
    import { createFetchTransport } from "@connect-ts/runtime/fetch";
    import { create${name}Client } from "${connectFile(codecs, service)}";
    const client = create${name}Client(createFetchTransport({ baseUrl: "/", ${options} }));
    console.log((await client.${call});
  `;
};
const services = {
  "greet/v1/greet": ["GreetService", 'greet({ name: "Ada" })).greeting'],
  "notes/v1/notes": ["NotesService", 'getNote({ id: "1" })).title'],
  "connectrpc/eliza/v1/eliza": ["ElizaService", 'say({ sentence: "hi" })).sentence'],
};

/** The same call as a query of TanStack Query's core. */
const query = (codecs) => `
  import { createQueries, hydration, retryPolicy } from "@connect-ts/query";
  import { connect } from "@connect-ts/runtime";
  import { createFetchTransport } from "@connect-ts/runtime/fetch";
  import { QueryClient } from "@tanstack/query-core";
  import { createElizaServiceClient, elizaServiceSpecs } from "${connectFile(codecs, "connectrpc/eliza/v1/eliza")}";
  const client = createElizaServiceClient(createFetchTransport({ baseUrl: "/", protocol: connect() }));
  const eliza = createQueries(elizaServiceSpecs, client);
  const retry = retryPolicy();
  const queryClient = new QueryClient({ defaultOptions: { ...hydration(elizaServiceSpecs), queries: { retry } } });
  console.log((await queryClient.fetchQuery(eliza.say.queryOptions({ sentence: "hi" }))).sentence);
  queryClient.clear();
`;

/** What a standalone package adds to a program that has the runtime and protobuf-es already. */
const added = (name, imports) => `
  import { ${imports} } from "@connect-ts/${name}";
  console.log(${imports});
`;

const serve = (from, call) => `
  import { ${call.slice(0, call.indexOf("("))} } from "@connect-ts/runtime/${from}";
  import { createElizaServiceHandler, UnimplementedElizaServiceHandler } from "${eliza}";
  class Eliza extends UnimplementedElizaServiceHandler {
    say = () => ({ sentence: "hi" });
  }
  const handlers = [createElizaServiceHandler(new Eliza())];
  export default ${call};
`;

const [one, eight, all] = Object.keys(services);

/** Name, program, and for some the KiB of gzip that it must not exceed. */
const programs = [
  ["`createFetchRpc`, one RPC: generated codecs", rpc("generated"), 7.7],
  ["`createFetchRpc`, one RPC: generated codecs with JSON", rpc("json")],
  ["`createFetchRpc`, one RPC: protobuf-es, no JSON", rpc("bytes"), 24.1],
  ["`createFetchRpc`, one RPC: protobuf-es", rpc("es")],
  ["a client, one RPC: generated codecs", client(one, "generated", "connect", "protocol: connect()"), 17.6],
  ["a client, one RPC: JSON by generated codecs", client(one, "json", "json", "codec: json()"), 20.6],
  ["a client, one RPC: protobuf-es, no JSON", client(one, "bytes", "connect", "protocol: connect()"), 33.7],
  ["a client, one RPC: protobuf-es", client(one, "es", "connect", "protocol: connect()"), 43.6],
  [
    "a client without interceptors, one RPC: generated codecs",
    client(one, "plain", "connect", "protocol: connect()"),
    15.9,
  ],
  [
    "a client without interceptors, one RPC: JSON by generated codecs",
    client(one, "plain-json", "json", "codec: json()"),
    18.8,
  ],
  [
    "a client without interceptors, one RPC: protobuf-es, no JSON",
    client(one, "plain-bytes", "connect", "protocol: connect()"),
    32,
  ],
  ["a client, eight RPCs: generated codecs", client(eight, "generated", "connect", "protocol: connect()"), 19.5],
  ["a client, eight RPCs: JSON by generated codecs", client(eight, "json", "json", "codec: json()"), 23.6],
  [
    "a client without interceptors, eight RPCs: generated codecs",
    client(eight, "plain", "connect", "protocol: connect()"),
    17.8,
  ],
  [
    "a client without interceptors, eight RPCs: JSON by generated codecs",
    client(eight, "plain-json", "json", "codec: json()"),
    21.8,
  ],
  ["a client, eight RPCs: protobuf-es", client(eight, "es", "connect", "protocol: connect()")],
  ["a client, all four kinds: generated codecs", client(all, "generated", "connect", "protocol: connect()"), 27.4],
  [
    "a client without interceptors, all four kinds: generated codecs",
    client(all, "plain", "connect", "protocol: connect()"),
    24.2,
  ],
  ["a client, all four kinds: protobuf-es", client(all, "es", "connect", "protocol: connect()")],
  ["a client, all four kinds: JSON by protobuf-es", client(all, "es", "json", "codec: json()")],
  ["a client, all four kinds: gRPC-Web, protobuf-es", client(all, "es", "grpcWeb", "protocol: grpcWeb()")],
  ["a client with TanStack Query, all four kinds: generated codecs", query("generated")],
  ["a handler for `fetch`: the three protocols", serve("fetch", "fetchHandler(handlers)")],
  ["a Node server: the three protocols", serve("node", "serve({ handlers })")],
  [
    "protobuf-es alone: a message to bytes and back",
    `import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
     import { SayRequestSchema } from "${eliza.replace("_connect", "_pb")}";
     const bytes = toBinary(SayRequestSchema, create(SayRequestSchema, { sentence: "hi" }));
     console.log(fromBinary(SayRequestSchema, bytes).sentence);`,
  ],
  ["`@connect-ts/reflection` alone", added("reflection", "createReflection, reflectServer")],
  ["`@connect-ts/log` alone", added("log", "log")],
  ["`@connect-ts/otel` alone, without OpenTelemetry's API", added("otel", "otel, healthAndReflection")],
  ["`@connect-ts/gateway` alone", added("gateway", "createGateway")],
  ["`@connect-ts/explorer` alone, with its page", added("explorer", "explorer")],
  ["`@connect-ts/rest` alone", added("rest", "rest")],
  ["`@connect-ts/testing` alone", added("testing", "recordCalls, playCalls")],
  ["`@connect-ts/retry` alone", added("retry", "withRetry, attemptsOf")],
  [
    "`@connect-ts/query` alone, without TanStack Query",
    added("query", "createQueries, hydration, retryPolicy, rpcKey"),
  ],
  ["`@connect-ts/validate` alone, without protovalidate", added("validate", "validate, violationsOf")],
  ["`@connect-ts/admission` alone", added("admission", "admission")],
  ["`@connect-ts/balance` alone", added("balance", "balance")],
  ["`@connect-ts/health` alone", added("health", "createHealth, waitUntilServing")],
];

mustRun(process.execPath, ["scripts/ensure-built.mjs"]);
for (const [codecs, ...options] of [
  ["es", "codecs=false"],
  ["bytes", "json=false"],
  ["generated", "codecs=binary"],
  ["json", "codecs=true"],
  ["plain-bytes", "json=false", "interceptors=false"],
  ["plain", "codecs=binary", "interceptors=false"],
  ["plain-json", "codecs=true", "interceptors=false"],
]) {
  const plugin = (local, ...opt) => ({ local, out: ".", opt: ["target=ts", "import_extension=js", ...opt] });
  const template = { version: "v2", plugins: [plugin("protoc-gen-es"), plugin("protoc-gen-connect-ts", ...options)] };
  for (const schemas of ["proto", "examples/getting-started/proto", "scripts/bundle-size"]) {
    mustRun("buf", ["generate", schemas, "--template", JSON.stringify(template), "-o", `${generated}/${codecs}`]);
  }
}

const bundle = async (contents, name) => {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root, loader: "ts" },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    platform: name.includes("Node") ? "node" : "browser",
    // TanStack Query is where it is used.
    nodePaths: [`${root}packages/query/node_modules`],
    external: /^`.*` alone/.test(name) ? ["@connect-ts/runtime", "@bufbuild/*", "@opentelemetry/*"] : [],
    write: false,
  });
  return outputFiles[0].contents;
};

/** Writes a bundle where Node finds what is not in it. Gives its path. */
const write = (code, name) => {
  const [, addition] = /^`@connect-ts\/(.*)` alone/.exec(name) ?? [];
  const folder =
    addition === undefined ? `${root}${generated}/programs` : `${root}packages/${addition}/node_modules/.cache`;
  mkdirSync(folder, { recursive: true });
  const file = `${folder}/${name.replaceAll(/\W+/g, "-")}.mjs`;
  writeFileSync(file, code);
  return file;
};

/** What the clients call. */
const server = `
  import { serve } from "@connect-ts/runtime/node";
  import { createGreetServiceHandler } from "${connectFile("es", one)}";
  import { createNotesServiceHandler, UnimplementedNotesServiceHandler } from "${connectFile("es", eight)}";
  import { createElizaServiceHandler, UnimplementedElizaServiceHandler } from "${eliza}";
  class Notes extends UnimplementedNotesServiceHandler {
    getNote = () => ({ title: "answered" });
  }
  class Eliza extends UnimplementedElizaServiceHandler {
    say = () => ({ sentence: "answered" });
  }
  export default serve({
    handlers: [
      createGreetServiceHandler({ greet: () => ({ greeting: "answered" }) }),
      createNotesServiceHandler(new Notes()),
      createElizaServiceHandler(new Eliza()),
    ],
  });
`;

/** Runs a program before it is weighed: a client calls the server, as in a page of its; a handler and a server answer. */
async function mustWork(name, file, page) {
  const path = "/connectrpc.eliza.v1.ElizaService/Say";
  const ask = { method: "POST", headers: { "content-type": "application/json" }, body: '{"sentence":"hi"}' };
  if (name.startsWith("a handler")) {
    const { default: handler } = await import(pathToFileURL(file));
    const answer = await handler(new Request(page + path, ask));
    if (answer.status !== 200) throw new Error(`${name} answers with HTTP status ${answer.status}`);
  } else if (name.startsWith("a Node server")) {
    const own = await (await import(pathToFileURL(file))).default;
    const answer = await fetch(own.url + path, ask);
    await own.close();
    if (answer.status !== 200) throw new Error(`${name} answers with HTTP status ${answer.status}`);
  } else {
    const inPage = `data:text/javascript,globalThis.location={href:${JSON.stringify(`${page}/index.html`)}}`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--import", inPage, file], { timeout: 20_000 });
    if (/client|Rpc/.test(name) && stdout !== "answered\n") throw new Error(`${name} prints ${stdout}`);
  }
}

const kib = (bytes) => (bytes / 1024).toFixed(1);
const gzipped = (code) => gzipSync(code, { level: 9 });
const brotlied = (code) => brotliCompressSync(code);
const sizeOf = (codes, compress = (code) => code) => codes.reduce((sum, code) => sum + compress(code).length, 0);
/** A row for a program that comes in one file or in several. */
const row = (name, codes, limit = "") =>
  `| ${name} | ${kib(sizeOf(codes))} | ${kib(sizeOf(codes, gzipped))} | ${kib(sizeOf(codes, brotlied))} | ${limit} |`;
const rows = [];
const tooLarge = [];
const running = await (await import(pathToFileURL(write(await bundle(server, "Node"), "server")))).default;
for (const [name, contents, limit] of programs) {
  const code = await bundle(contents, name);
  await mustWork(name, write(code, name), running.url);
  const gzip = gzipped(code).length;
  rows.push(row(name, [code], limit));
  if (gzip > (limit ?? Number.POSITIVE_INFINITY) * 1024) {
    tooLarge.push(`${name}: ${gzip} bytes of gzip are more than ${limit} KiB`);
  }
}
await running.close();
const page = await partsOfPage();
rows.push(
  row(
    "[the example page](../examples/web), with Connect, gRPC-Web, binary and JSON",
    page.map(([, code]) => code),
  ),
);
for (const [name, code] of page) rows.push(row(`of it: ${name}`, [code]));

const text = `# Bundle sizes

What programs weigh, bundled and minified by esbuild ${version}, in KiB. Each is run before it is weighed: clients call a server, handlers and servers answer. \`pnpm size\` writes this page; CI fails when a program exceeds its limit of gzip.

| program | minified | gzip | brotli | limit |
| --- | ---: | ---: | ---: | ---: |
${rows.join("\n")}

- \`createFetchRpc\` makes one unary RPC a function: [clients](clients.md) has what it leaves out. The service has one RPC.
- A client has compression and the protocols that it is given, and interceptors unless it was [generated without them](codegen.md#options). Streams are there when its service has an RPC that streams: the one with all four kinds has one RPC of each. [Decision 32](decisions/0032-how-parts-leave-bundles.md) says how parts leave a bundle.
- With generated codecs (\`codecs=binary\`, and with JSON \`codecs=true\`) a client bundles nothing of protobuf-es, with \`json()\` neither. Without them generated code brings protobuf-es's JSON along, unless it was generated with \`json=false\`: the rows with "no JSON". Much of such a client is protobuf-es, as the row of protobuf-es alone shows.
- The rows with "alone" are what the packages around the runtime add to it.
- The example page is tested in Chromium by \`pnpm test:browser\`. Its service has generated codecs with JSON.
- A protocol is in a bundle only where it is imported, and the JSON of generated codecs only where \`json()\` is used with them.
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
