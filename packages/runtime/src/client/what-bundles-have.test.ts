import { fileURLToPath } from "node:url";
import { expect, it } from "@jest/globals";
import { build } from "esbuild";

/** The files of this package, by their paths below `src`, that are in a bundle of a program. */
async function filesIn(program: string): Promise<string[]> {
  const { metafile } = await build({
    stdin: { contents: program, resolveDir: fileURLToPath(new URL("..", import.meta.url)), loader: "ts" },
    bundle: true,
    minify: true,
    format: "esm",
    metafile: true,
    write: false,
    logLevel: "silent",
  });
  const [output] = Object.values(metafile.outputs);
  return Object.entries(output?.inputs ?? {}).flatMap(([path, { bytesInOutput }]) =>
    bytesInOutput === 0 ? [] : [path.replace(/^.*packages\/runtime\/src\//, "")],
  );
}

const clientOf = (kind: string, codec = "binary"): string => `
  import { ${codec} } from "./index.js";
  import { bindTransport, unaryMethod, ${kind} as method } from "./codegen/index.js";
  import { createFetchTransport } from "./fetch/index.js";
  const client = bindTransport(createFetchTransport({ baseUrl: "http://127.0.0.1", codec: ${codec}() }));
  globalThis.methods = [unaryMethod(client, {}), method(client, {})];
`;

const ofStreams = [
  "call/envelopes.ts",
  "framing/envelope-reader.ts",
  "framing/envelope-writer.ts",
  "http/body-writer.ts",
  "http/pausable-body-reader.ts",
  "http/streamed-exchange.ts",
  "call/stream-receiver.ts",
  "client/intercepted-conn.ts",
  "client/stream-attempt.ts",
  "client/stream-call.ts",
  "protocol/connect/client-stream.ts",
];

it("a client whose service streams nothing has no code of streams", async () => {
  const files = await filesIn(clientOf("unaryMethod"));
  expect(files).toContain("client/unary-attempt.ts");
  expect(files.filter((file) => ofStreams.includes(file))).toEqual([]);
});

it.each(["serverStreamingMethod", "clientStreamingMethod", "bidiStreamingMethod"])(
  "%s brings the code of streams along",
  async (kind) => {
    expect(await filesIn(clientOf(kind))).toEqual(expect.arrayContaining(ofStreams));
  },
);

const ofInterceptors = [
  "call/chain.ts",
  "call/hooks.ts",
  "call/interception.ts",
  "client/client-interception.ts",
  "client/intercepted-conn.ts",
  "client/request-log.ts",
];

it.each(["plainServerStreamingMethod", "plainClientStreamingMethod", "plainBidiStreamingMethod"])(
  "a client without interceptors has no code of interceptors with %s",
  async (kind) => {
    const plain = clientOf(kind)
      .replaceAll("bindTransport", "bindPlainTransport")
      .replaceAll(" unaryMethod", " plainUnaryMethod")
      .replaceAll("[unaryMethod", "[plainUnaryMethod");
    const files = await filesIn(plain);
    expect(files).toContain("client/stream-attempt.ts");
    expect(files.filter((file) => ofInterceptors.includes(file))).toEqual([]);
    expect(await filesIn(clientOf("bidiStreamingMethod"))).toEqual(expect.arrayContaining(ofInterceptors));
  },
);

it.each(["binary", "json"])("a client of generated codecs has nothing of protobuf-es with %s()", async (codec) => {
  const files = await filesIn(clientOf("bidiStreamingMethod", codec));
  expect(files).toContain(`message/${codec}-codec.ts`);
  expect(files.filter((file) => /@bufbuild|message\/es-/.test(file))).toEqual([]);
});

it.each([
  ["codecOf", true],
  ["binaryCodecOf", false],
])("%s of generated code brings the JSON of protobuf-es along: %s", async (name, has) => {
  const files = await filesIn(`import { ${name} } from "./codegen/schema/index.js"; globalThis.codec = ${name}({});`);
  expect(files).toContain("message/es-codec.ts");
  expect(files.includes("message/json-reflection.ts")).toBe(has);
});
