// What generated code costs the type checker: 100 services with 10 RPCs each, every RPC called once and handled once,
// all of them unary, and then of all kinds. Prints the instantiations and the time of the message types alone, with our
// code, and with the mapped types of connect-es; fails above the limit for instantiations. Time is printed only: it says
// as much about the machine. For all kinds, also what the async generators of the sample cost by themselves, where an
// AsyncIterable is expected of them: 80 to 117 instantiations for each, in any API. The limit is for the rest.
//   pnpm --filter ./tests/type-cost run type-cost
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const services = 100;
const instantiationsLimit = 60_000;
const secondsGoal = 1.5;
const unary = ["", ""];
const download = ["", "stream "];
const upload = ["stream ", ""];
const chat = ["stream ", "stream "];
const workloads = [
  {
    name: "unary",
    kinds: Array.from({ length: 10 }, () => unary),
  },
  {
    name: "all kinds",
    kinds: [unary, unary, unary, unary, unary, unary, download, download, upload, chat],
  },
];

const here = dirname(fileURLToPath(import.meta.url));
const bin = join(here, "../../node_modules/.bin");
const work = join(here, ".cache");
const indexes = Array.from({ length: services }, (_, index) => index);

for (const workload of workloads) measure(workload);

function measure({ name: workload, kinds }) {
  rmSync(work, { recursive: true, force: true });
  mkdirSync(join(work, "proto"), { recursive: true });
  writeFileSync(join(work, "package.json"), '{ "type": "module" }\n');
  for (const index of indexes) writeFileSync(join(work, `proto/s${index}.proto`), proto(index, kinds));
  generate();

  // What each sample imports besides, the message types alone import too.
  const dependencies = [
    'import type * as runtime from "@connect-ts/runtime";',
    'import type * as es from "@connectrpc/connect";',
    "export type { es, runtime };",
  ];
  const samples = {
    "messages alone": [...dependencies, ...indexes.map((i) => `export * as s${i} from "./gen/s${i}_pb.js";`)],
    "connect-ts": [
      ...dependencies,
      'import type { Transport } from "@connect-ts/runtime";',
      ...indexes.map((i) => `import { createS${i}Client, createS${i}Handler } from "./gen/s${i}_connect.js";`),
      "declare const transport: Transport;",
      ...indexes.flatMap((i) => [
        `const c${i} = createS${i}Client(transport);`,
        `createS${i}Handler({`,
        ...handlerMembers(kinds),
        "});",
        ...calls(i, kinds),
      ]),
    ],
    "connect-es": [
      ...dependencies,
      'import { type ConnectRouter, createClient, type Transport } from "@connectrpc/connect";',
      ...indexes.map((i) => `import { S${i} } from "./gen/s${i}_pb.js";`),
      "declare const transport: Transport;",
      "declare const router: ConnectRouter;",
      ...indexes.flatMap((i) => [
        `const c${i} = createClient(S${i}, transport);`,
        `router.service(S${i}, {`,
        ...handlerMembers(kinds),
        "});",
        ...calls(i, kinds),
      ]),
    ],
  };

  const generators = indexes.flatMap((i) => asyncGenerators(i, kinds));
  if (generators.length > 0) {
    samples["generators alone"] = [
      ...dependencies,
      ...indexes.map((i) => `import type * as p${i} from "./gen/s${i}_pb.js";`),
      ...indexes.map((i) => `import type * as i${i} from "./gen/s${i}_init.js";`),
      ...generators,
    ];
  }

  const costs = {};
  for (const [name, lines] of Object.entries(samples)) {
    costs[name] = cost(name.replaceAll(" ", "-"), lines);
  }
  rmSync(work, { recursive: true });

  const alone = costs["messages alone"];
  console.log(`${services} services, ${services * kinds.length} RPCs, ${workload}, each called and handled once`);
  console.log("                 instantiations   above messages alone   seconds");
  for (const [name, { instantiations, seconds }] of Object.entries(costs)) {
    const above = name === "messages alone" ? "" : (instantiations - alone.instantiations).toLocaleString("en");
    console.log(
      `${name.padEnd(17)}${instantiations.toLocaleString("en").padStart(14)}${above.padStart(23)}${seconds.toFixed(2).padStart(10)}`,
    );
  }
  const ours = costs["connect-ts"];
  const generatorsAlone = (costs["generators alone"] ?? alone).instantiations;
  const own = ours.instantiations - generatorsAlone;
  const within = own <= instantiationsLimit;
  console.log(
    `connect-ts is ${within ? "within" : "ABOVE"} ${instantiationsLimit.toLocaleString("en")} instantiations above ` +
      `${costs["generators alone"] === undefined ? "messages" : "messages and generators"}: ${own.toLocaleString("en")}; ` +
      `${ours.seconds <= secondsGoal ? "within" : "above"} ${secondsGoal} s on this machine, as busy as it is`,
  );
  if (!within) process.exitCode = 1;
}

function generate() {
  const options = ["target=ts", "import_extension=js"];
  const plugins = [
    { local: "protoc-gen-es", out: "gen", strategy: "all", opt: [...options, "erasable_syntax=true"] },
    { local: "protoc-gen-connect-ts", out: "gen", strategy: "all", opt: options },
  ];
  execFileSync(join(bin, "buf"), ["generate", "proto", "--template", JSON.stringify({ version: "v2", plugins })], {
    cwd: work,
    env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
    stdio: "inherit",
  });
}

function proto(index, kinds) {
  const messages = kinds.map((_, rpc) =>
    ["Request", "Response"]
      .map(
        (side) => `message Rpc${rpc}${side} {
  string text = 1;
  int64 number = 2;
  repeated string texts = 3;
  Nested nested = 4;
  map<string, Nested> by_name = 5;
  oneof choice {
    string a = 6;
    Nested b = 7;
  }
}`,
      )
      .join("\n"),
  );
  const rpcs = kinds.map(
    ([input, output], rpc) => `  rpc Rpc${rpc}(${input}Rpc${rpc}Request) returns (${output}Rpc${rpc}Response);`,
  );
  return `syntax = "proto3";
package s${index};
message Nested {
  string text = 1;
}
${messages.join("\n")}
service S${index} {
${rpcs.join("\n")}
}
`;
}

function handlerMembers(kinds) {
  return kinds.map(([input, output], rpc) => {
    const request = input === "" ? "request" : "requests";
    if (output !== "") {
      const source =
        input === "" ? "yield { text: request.text }" : "for await (const r of requests) yield { text: r.text }";
      return `  async *rpc${rpc}(${request}) { ${source}; },`;
    }
    const text = input === "" ? "request.text" : '""';
    const drain = input === "" ? "" : "for await (const r of requests) r.text; ";
    return `  async rpc${rpc}(${request}) { ${drain}return { text: ${text}, nested: { text: "n" } }; },`;
  });
}

/** The async generators of handlers and calls, without an API around them. */
function asyncGenerators(i, kinds) {
  return kinds.flatMap(([input, output], rpc) => {
    const lines = [];
    if (output !== "") {
      const request = input === "" ? `p${i}.Rpc${rpc}Request` : `AsyncIterable<p${i}.Rpc${rpc}Request>`;
      const type = `{ m: (r: ${request}) => AsyncIterable<i${i}.Rpc${rpc}ResponseInit> }`;
      const source = input === "" ? "yield { text: r.text }" : "for await (const m of r) yield { text: m.text }";
      lines.push(`export const h${i}_${rpc}: ${type} = { async *m(r) { ${source}; } };`);
    }
    if (input !== "") {
      const type = `AsyncIterable<i${i}.Rpc${rpc}RequestInit>`;
      lines.push(`export const c${i}_${rpc}: ${type} = (async function* () { yield { text: "a" }; })();`);
    }
    return lines;
  });
}

function calls(i, kinds) {
  return kinds.map(([input, output], rpc) => {
    const init = '{ text: "a", nested: { text: "b" } }';
    const call = `c${i}.rpc${rpc}(${input === "" ? init : `(async function* () { yield ${init}; })()`})`;
    return output === "" ? `(await ${call}).text;` : `for await (const r of ${call}) r.text;`;
  });
}

function cost(name, lines) {
  writeFileSync(join(work, `${name}.ts`), `${lines.join("\n")}\nexport {};\n`);
  const compilerOptions = {
    target: "es2022",
    lib: ["es2022", "dom", "esnext.disposable"],
    module: "nodenext",
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: true,
    noEmit: true,
  };
  writeFileSync(join(work, `tsconfig.${name}.json`), JSON.stringify({ compilerOptions, files: [`${name}.ts`] }));
  // The best of three: what else runs on the machine counts least there.
  const runs = [1, 2, 3].map(() => typecheck(name));
  return runs.reduce((a, b) => (b.seconds < a.seconds ? b : a));
}

function typecheck(name) {
  let output;
  try {
    const args = ["-p", `tsconfig.${name}.json`, "--extendedDiagnostics"];
    output = execFileSync(join(bin, "tsc"), args, { cwd: work, encoding: "utf8" });
  } catch (error) {
    throw new Error(`${name} does not compile:\n${error.stdout.slice(0, 2000)}`);
  }
  const value = (label) => Number(new RegExp(`${label}:\\s+([\\d.]+)`).exec(output)?.[1]);
  return { instantiations: value("Instantiations"), seconds: value("Total time") };
}
