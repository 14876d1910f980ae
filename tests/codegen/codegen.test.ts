import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import {
  bundle,
  emptyFolder,
  generate,
  type Output,
  readTree,
  removeFolders,
  reportsOf,
  root,
  runTool,
  schemas,
  typecheck,
} from "./toolbox.js";

jest.setTimeout(120_000);
afterAll(removeFolders);

const combinations = [
  { out: "ts-js", opt: ["target=ts", "import_extension=js"] },
  { out: "ts-ts", opt: ["target=ts", "import_extension=ts"] },
  { out: "ts-none", opt: ["target=ts", "import_extension=none"] },
  { out: "js-dts-js", opt: ["target=js+dts", "import_extension=js"] },
  { out: "js-dts-none", opt: ["target=js+dts", "import_extension=none"] },
  { out: "ts-codecs", opt: ["target=ts", "import_extension=js"], ours: ["codecs=true"] },
  { out: "js-dts-codecs", opt: ["target=js+dts", "import_extension=js"], ours: ["codecs=true"] },
  { out: "ts-plain", opt: ["target=ts", "import_extension=js"], ours: ["interceptors=false"] },
] as const satisfies readonly Output[];

/** What is compiled with the same options of TypeScript is compiled at once. */
const bundler = { module: "preserve", moduleResolution: "bundler" };
const checks = [
  { outs: ["ts-js", "js-dts-js", "ts-codecs", "js-dts-codecs", "ts-plain"], options: {} },
  { outs: ["ts-ts"], options: { allowImportingTsExtensions: true } },
  { outs: ["ts-none", "js-dts-none"], options: bundler },
];

describe("code for schemas that are hard to generate code for", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await emptyFolder();
    await generate(folder, combinations);
  });

  it("is the code that was reviewed: `pnpm generate:golden` writes it anew", async () => {
    const golden = await readTree(join(schemas, "golden"));
    const generated = await readTree(join(folder, "ts-js"));
    expect([...generated.keys()]).toEqual([...golden.keys()]);
    for (const [path, content] of golden) {
      expect({ path, content: generated.get(path) }).toEqual({ path, content });
    }
  });

  it("is the code that was reviewed, with codecs", async () => {
    const golden = await readTree(join(schemas, "golden-codecs"));
    const generated = await readTree(join(folder, "ts-codecs"));
    expect([...golden.keys()].filter((path) => path.endsWith("_codec.ts")).length).toBeGreaterThan(4);
    for (const [path, content] of golden) {
      expect({ path, content: generated.get(path) }).toEqual({ path, content });
    }
  });

  it("has no codecs unless they are asked for, and a file without messages has none", async () => {
    const codecs = async (out: string): Promise<string[]> =>
      [...(await readTree(join(folder, out))).keys()].filter((path) => path.includes("_codec."));
    expect(await codecs("ts-js")).toEqual([]);
    expect(await codecs("ts-codecs")).toContain("kinds/v1/kinds_codec.ts");
    expect(await codecs("ts-codecs")).not.toContain("empty/v1/empty_codec.ts");
    expect(await codecs("js-dts-codecs")).toEqual(
      expect.arrayContaining(["kinds/v1/kinds_codec.js", "kinds/v1/kinds_codec.d.ts"]),
    );
  });

  /** What the compiler prints about each output, in lines. */
  const complaints = once(async () => {
    const all = new Map<string, string[]>();
    for (const { outs, options } of checks) {
      const files = outs.map((out) => (out.startsWith("js") ? `${out}/**/*.d.ts` : `${out}/**/*`));
      const printed = await typecheck(folder, files, options).then(
        () => "",
        (error: Error) => error.message,
      );
      // What is said of no output is said of all. Lines that go on are indented.
      const lines = printed.split("\n").filter((line) => /^\S/.test(line));
      if (lines.length > 1) lines.shift();
      const output = (line: string): string | undefined => outs.find((out) => line.startsWith(`${out}/`));
      for (const out of outs)
        all.set(
          out,
          lines.filter((line) => (output(line) ?? out) === out),
        );
    }
    return all;
  });

  it.each(combinations.map(({ out }) => out))("compiles without a complaint: %s", async (out) => {
    expect((await complaints()).get(out)).toEqual([]);
  });

  /** What came out when every RPC was called, by output. */
  const reports = once(async () => {
    const sources = new Map<string, string>();
    for (const { out } of combinations) {
      const modules = [...(await readTree(join(folder, out))).keys()].filter((path) => /_connect\.[jt]s$/.test(path));
      sources.set(out, exercising(modules.map((path) => `./${out}/${path}`)));
    }
    const found = await reportsOf(await bundle(folder, Object.fromEntries(sources)));
    return new Map([...sources.keys()].map((out, index) => [out, found[index]]));
  });

  it.each(combinations.map(({ out }) => out))("runs, every RPC of it: %s", async (out) => {
    expect((await reports()).get(out)).toEqual({ rpcs: 81, problems: [] });
  });

  it("runs as CommonJS, where that is asked for", async () => {
    await generate(folder, [{ out: "cjs", opt: ["target=js", "js_import_style=legacy_commonjs"] }]);
    await writeFile(join(folder, "cjs/package.json"), '{ "type": "commonjs" }');
    const connect = (await readTree(join(folder, "cjs"))).get("kinds/v1/kinds_connect.js") ?? "";
    expect(connect).toContain('require("@connect-ts/runtime/codegen")');
    const source = exercising(["./cjs/kinds/v1/kinds_connect.js", "./cjs/members/v1/members_connect.js"]);
    expect(await reportsOf(await bundle(folder, { cjs: source }))).toEqual([{ rpcs: 24, problems: [] }]);
  });

  it("is refused where JavaScript would import TypeScript", async () => {
    const outputs = [{ out: "js-dts-ts", opt: ["target=js+dts", "import_extension=ts"] }];
    await expect(generate(folder, outputs)).rejects.toThrow("there will be no .ts files to import");
  });

  it("tells by a type error when the runtime is too old", async () => {
    const tooOld = await emptyFolder();
    await generate(tooOld, [{ out: "gen", opt: ["target=ts", "import_extension=js"] }]);
    const sources = join(root, "packages/runtime/src");
    const real = JSON.stringify(join(sources, "codegen/index.js"));
    const kinds = ["unaryMethod", "serverStreamingMethod", "clientStreamingMethod", "bidiStreamingMethod"];
    const names = ["bindTransport", ...kinds, "createServiceHandler", "unimplemented"];
    await writeFile(join(tooOld, "codegen.ts"), `export { ${names.join(", ")} } from ${real};\n`);
    const paths = {
      "@connect-ts/runtime": [join(sources, "index.ts")],
      "@connect-ts/runtime/codegen": [join(tooOld, "codegen.ts")],
      ...Object.fromEntries(
        ["schema", "wkt"].map((door) => [
          `@connect-ts/runtime/codegen/${door}`,
          [join(root, `packages/runtime/src/codegen/${door}/index.ts`)],
        ]),
      ),
    };
    const options = { paths, verbatimModuleSyntax: false, isolatedDeclarations: false };
    const checking = typecheck(tooOld, ["gen/kinds/**/*"], options);
    await expect(checking).rejects.toThrow(
      /^tsc -p fails:\ngen\/kinds\/v1\/kinds_connect\.ts\(5,\d+\): error TS\d+: .* has no exported member .*'?RuntimeAtLeast0_1'?.*\n$/,
    );
  });

  it("keeps to the types that its users rely on", async () => {
    await runTool("tsc", ["-p", schemas], folder);
  });
});

/** A module whose report is how every RPC of generated modules went. */
function exercising(modules: readonly string[]): string {
  return [
    ...modules.map((path, index) => `import * as m${index} from "${path}";`),
    `import { exercise } from "${join(root, "tests/codegen/exercise.ts")}";`,
    `export const report = () => exercise([${modules.map((_, index) => `m${index}`).join(", ")}]);`,
  ].join("\n");
}

function once<T>(act: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= act());
}

describe("the same input", () => {
  it("gives the same bytes with both strategies of buf", async () => {
    const folder = await emptyFolder();
    const opt = ["target=ts+js+dts", "import_extension=js"];
    await generate(folder, [
      { out: "directory", opt, strategy: "directory" },
      { out: "all", opt, strategy: "all" },
      { out: "again", opt, strategy: "all" },
    ]);
    const expected = await readTree(join(folder, "all"));
    expect(expected.size).toBeGreaterThan(100);
    expect(await readTree(join(folder, "directory"))).toEqual(expected);
    expect(await readTree(join(folder, "again"))).toEqual(expected);
  });
});

describe("the same input on a machine of another language", () => {
  it("gives the same bytes", async () => {
    const folder = await emptyFolder();
    await mkdir(join(folder, "proto"));
    // Danish sorts "aa" last, Estonian "z" before "t".
    const names = ["Aab", "Ab", "Tall", "Zed", "chat", "hz"];
    const messages = names.map((name) => `message ${name} {}\n`).join("");
    const rpcs = names.map((name) => `rpc Do${name}(${name}) returns (${name});\n`).join("");
    await writeFile(join(folder, "proto/a.proto"), `syntax = "proto3";\n${messages}service S {\n${rpcs}}\n`);
    for (const locale of ["en_US.UTF-8", "da_DK.UTF-8", "et_EE.UTF-8"]) {
      const plugins = [{ local: "protoc-gen-connect-ts", out: locale, opt: ["target=ts"] }];
      const template = JSON.stringify({ version: "v2", plugins });
      await runTool("buf", ["generate", "proto", "--template", template], folder, { LC_ALL: locale });
    }
    const expected = await readTree(join(folder, "en_US.UTF-8"));
    expect(expected.get("a_connect.ts")).toContain("import type { Aab, Ab, chat, hz, Tall, Zed } from");
    expect(await readTree(join(folder, "da_DK.UTF-8"))).toEqual(expected);
    expect(await readTree(join(folder, "et_EE.UTF-8"))).toEqual(expected);
  });
});

describe("in a bundle", () => {
  const connect = join(schemas, "golden/kinds/v1/kinds_connect.ts");

  it("nothing is left of services that are not used", async () => {
    const folder = await emptyFolder();
    await bundle(folder, {
      unused: `import ${JSON.stringify(connect)}; import { createOtherServiceClient } from ${JSON.stringify(connect)};`,
    });
    expect(
      (await readTree(folder))
        .get("unused.bundle.mjs")
        ?.replaceAll(/^\/\/.*$/gm, "")
        .trim(),
    ).toBe("");
  });

  it("a client brings neither other services nor what handlers need", async () => {
    const folder = await emptyFolder();
    const source = `export { createOtherServiceClient } from ${JSON.stringify(connect)};`;
    await bundle(folder, { client: source }, ["--external:@bufbuild/*", "--external:@connect-ts/*"]);
    const code = (await readTree(folder)).get("client.bundle.mjs") ?? "";
    expect(code).toContain("/kinds.v1.OtherService/Unary");
    expect(code).not.toContain("/kinds.v1.KindsService/");
    expect(code).not.toContain("createServiceHandler");
    expect(code).not.toContain("serviceDesc(");
    expect(code).not.toContain("is not implemented");
  });
});

describe("codecs in a bundle", () => {
  const codecs = join(schemas, "golden-codecs/codec/v1/codec_codec.ts");
  const codeOf = async (name: string, source: string): Promise<string> => {
    const folder = await emptyFolder();
    await bundle(folder, { [name]: source });
    return ((await readTree(folder)).get(`${name}.bundle.mjs`) ?? "").replaceAll(/^\/\/.*$/gm, "").trim();
  };

  it("are not there for messages that are not used", async () => {
    expect(await codeOf("unused", `import ${JSON.stringify(codecs)};`)).toBe("");
    const code = await codeOf("one", `export { PresenceCodec } from ${JSON.stringify(codecs)};`);
    expect(code).toContain("codec.v1.Presence");
    expect(code).not.toContain("codec.v1.Scalars");
    expect(code).not.toContain("codec.v1.Maps");
    expect(code).not.toContain("readSfixed64");
  });

  it("bring nothing of protobuf-es", async () => {
    const code = await codeOf("all", `export * from ${JSON.stringify(codecs)};`);
    expect(code).toContain("codec.v1.Scalars");
    expect(code).not.toContain("ScalarType");
    expect(code).not.toContain("FileDescriptorProto");
  });
});

describe("the plugin as a process", () => {
  it("prints its version", async () => {
    expect(await runTool("protoc-gen-connect-ts", ["--version"], root)).toMatch(
      /^protoc-gen-connect-ts v\d+\.\d+\.\d+\n$/,
    );
  });

  it("tells how it is run, and which options there are", async () => {
    const help = await runTool("protoc-gen-connect-ts", ["--help"], root);
    expect(help).toMatch(/--check \[input\] .*\n.*--version/);
    expect(help).toContain("Options: target, import_extension, js_import_style, ");
  });

  it("finds generated code that is stale, and shows the difference", async () => {
    const folder = await emptyFolder();
    await mkdir(join(folder, "proto"));
    await writeFile(join(folder, "proto/a.proto"), 'syntax = "proto3";\nmessage A {\n  string text = 1;\n}\n');
    const plugins = [{ local: "protoc-gen-connect-ts", out: "gen", opt: ["target=ts"] }];
    await writeFile(join(folder, "buf.gen.yaml"), JSON.stringify({ version: "v2", clean: true, plugins }));
    await runTool("buf", ["generate", "proto"], folder);
    await expect(runTool("protoc-gen-connect-ts", ["--check", "proto"], folder)).resolves.toBe(
      "generated code is up to date\n",
    );
    await writeFile(join(folder, "proto/a.proto"), 'syntax = "proto3";\nmessage A {\n  bytes data = 1;\n}\n');
    await expect(runTool("protoc-gen-connect-ts", ["--check", "proto"], folder)).rejects.toThrow(
      /gen\/a_init\.ts is stale\n(.*\n)+- {2}text\?: string;\n\+ {2}data\?: Uint8Array;\n(.*\n)+1 generated file differs/,
    );
    expect((await readTree(join(folder, "gen"))).get("a_init.ts")).toContain("text?: string;");
  });

  it("tells buf what is wrong, and where", async () => {
    const folder = await emptyFolder();
    const plugins = [{ local: "protoc-gen-connect-ts", out: "out", opt: ["target=ts", "import_extenson=js"] }];
    const args = ["generate", schemas, "--template", JSON.stringify({ version: "v2", plugins })];
    await expect(runTool("buf", args, folder)).rejects.toThrow(/import_extenson/);
  });
});
