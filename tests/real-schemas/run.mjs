// Generates code for schemas that nobody here wrote, from npm and Go packages; compiles it as strictly as TypeScript can,
// and loads it. Prints how many services and RPCs there are.
//   pnpm --filter ./tests/real-schemas run real-schemas          a good part of them: two minutes
//   pnpm --filter ./tests/real-schemas run real-schemas --all    all of googleapis but ads: 3,200 files
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const bin = join(here, "../../node_modules/.bin");
const work = join(here, ".cache");
const all = process.argv.includes("--all");

const google = npm("google-proto-files", "google");
const xds = npm("@grpc/grpc-js-xds", "deps");
const parts = [
  "api",
  "bigtable",
  "bytestream",
  "firestore",
  "iam",
  "logging",
  "longrunning",
  "monitoring",
  "pubsub",
].concat([
  "rpc",
  "spanner",
  "storage",
  "type",
  "cloud/aiplatform",
  "cloud/bigquery",
  "cloud/kms",
  "cloud/location",
  "cloud/run",
]);
const googleapis = all
  ? { google, grafeas: npm("google-proto-files", "grafeas") }
  : Object.fromEntries(parts.map((part) => [`google/${part}`, join(google, part)]));

// What stands where in the tree of sources.
const trees = {
  googleapis,
  grpc: {
    grpc: npm("@grpc/reflection", "build/proto/grpc"),
    "grpc/health": npm("grpc-health-check", "proto/health"),
  },
};
if (hasGo()) {
  trees.envoy = {
    envoy: join(xds, "envoy-api/envoy"),
    xds: join(xds, "xds/xds"),
    udpa: join(xds, "xds/udpa"),
    google: join(xds, "googleapis/google"),
    validate: join(go("github.com/envoyproxy/protoc-gen-validate@v1.2.1"), "validate"),
  };
  trees.containerd = { "github.com/containerd/containerd/api": go("github.com/containerd/containerd/api@v1.9.0") };
  trees.kubernetes = {
    "k8s.io/cri-api": go("k8s.io/cri-api@v0.33.0"),
    "github.com/gogo/protobuf/gogoproto": join(go("github.com/gogo/protobuf@v1.3.2"), "gogoproto"),
  };
} else {
  console.log("no Go here: the schemas in Go modules (envoy, containerd, kubernetes) are left out");
}

rmSync(work, { recursive: true, force: true });
const total = { files: 0, services: 0, rpcs: 0 };
for (const [name, sources] of Object.entries(trees)) {
  const counts = await check(name, sources);
  console.log(
    `${name.padEnd(12)} ${counts.files} files (${counts.incomplete} import what is not there, and are left out), ` +
      `${counts.services} services, ${counts.rpcs} RPCs: generated, compiled, loaded in ${counts.seconds} s`,
  );
  for (const key of Object.keys(total)) total[key] += counts[key];
}
rmSync(work, { recursive: true });
console.log(`all          ${total.files} files, ${total.services} services, ${total.rpcs} RPCs`);

async function check(name, sources) {
  const start = performance.now();
  const folder = join(work, name);
  const protos = join(folder, "proto");
  for (const [path, source] of Object.entries(sources)) {
    for (const file of readdirSync(source, { recursive: true })) {
      const to = join(path, file);
      if (!to.endsWith(".proto") || /^google\/(ads|protobuf)\//.test(to)) continue;
      mkdirSync(dirname(join(protos, to)), { recursive: true });
      writeFileSync(join(protos, to), readFileSync(join(source, file)));
    }
  }
  const { files, incomplete } = pruneIncomplete(protos);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
  const options = ["target=ts", "import_extension=js"];
  const plugins = [
    { local: "protoc-gen-es", out: "gen", strategy: "all", opt: [...options, "erasable_syntax=true"] },
    { local: "protoc-gen-connect-ts", out: "gen", strategy: "all", opt: options },
  ];
  run(
    "buf",
    ["generate", "proto", "--timeout", "10m", "--template", JSON.stringify({ version: "v2", plugins })],
    folder,
  );
  const compilerOptions = {
    target: "es2022",
    lib: ["es2022", "esnext.disposable"],
    module: "nodenext",
    types: ["node"],
    typeRoots: [join(here, "../../node_modules/@types")],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noUnusedLocals: true,
    noUnusedParameters: true,
    verbatimModuleSyntax: true,
    isolatedDeclarations: true,
    declaration: true,
    erasableSyntaxOnly: true,
    skipLibCheck: false,
    rootDir: "gen",
    outDir: "js",
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["gen"] }));
  run("tsc", ["-p", "."], folder);
  const { services, rpcs } = await load(join(folder, "js"));
  return { files, incomplete, services, rpcs, seconds: Math.round((performance.now() - start) / 1000) };
}

/** Removes files that import what no package has, and those that import them. */
function pruneIncomplete(folder) {
  const imports = new Map();
  for (const path of readdirSync(folder, { recursive: true })) {
    if (!path.endsWith(".proto")) continue;
    const source = readFileSync(join(folder, path), "utf8");
    imports.set(
      path,
      [...source.matchAll(/^import (?:public |weak )?"([^"]+)"/gm)].map(([, imported]) => imported),
    );
  }
  const files = imports.size;
  for (;;) {
    const missing = [...imports].filter(([, imported]) =>
      imported.some((path) => !imports.has(path) && !path.startsWith("google/protobuf/")),
    );
    if (missing.length === 0) return { files: imports.size, incomplete: files - imports.size };
    for (const [path] of missing) {
      imports.delete(path);
      rmSync(join(folder, path));
    }
  }
}

async function load(folder) {
  let services = 0;
  let rpcs = 0;
  for (const path of readdirSync(folder, { recursive: true })) {
    if (!path.endsWith("_connect.js")) continue;
    for (const [name, specs] of Object.entries(await import(join(folder, path)))) {
      if (/Specs(\$\d*)?$/.test(name)) {
        services++;
        rpcs += Object.keys(specs).length;
      }
    }
  }
  return { services, rpcs };
}

function run(tool, args, cwd) {
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
  try {
    execFileSync(join(bin, tool), args, { cwd, env, encoding: "utf8", maxBuffer: 1 << 28, stdio: "pipe" });
  } catch (error) {
    throw new Error(`${tool} fails:\n${error.stdout.slice(0, 4000)}${error.stderr.slice(0, 4000)}`);
  }
}

function npm(name, path) {
  return join(here, "node_modules", name, path);
}

function hasGo() {
  try {
    execFileSync("go", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function go(module) {
  const output = execFileSync("go", ["mod", "download", "-json", module], { cwd: tmpdir(), encoding: "utf8" });
  return JSON.parse(output).Dir;
}
