// What an editor shows of generated code: what stands under the pointer at each mark.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const source = `import { createKindsServiceClient, type KindsServiceHandler } from "./golden/kinds/v1/kinds_connect.js";
import type { UnaryRequestInit } from "./golden/kinds/v1/kinds_init.js";
declare const transport: never;
declare const handler: KindsServiceHandler;
const client = createKindsServiceClient(transport);
client./*1*/unary({ text: "" });
client./*2*/bidiStreaming();
export type Init = /*3*/UnaryRequestInit;
handler./*4*/unary;
handler./*5*/serverStreaming;
`;

const expected = [
  "(method) KindsServiceClient.unary(request: UnaryRequestInit, options?: CallOptions): UnaryCall<UnaryResponse>",
  "(method) KindsServiceClient.bidiStreaming(options?: CallOptions): BidiStream<UnaryRequestInit, UnaryResponse> (+1 overload)",
  `(alias) type UnaryRequestInit = UnaryRequest | {
    $typeName?: never;
    text?: string;
    nested?: UnaryRequest_NestedInit | undefined;
}
import UnaryRequestInit`,
  "(property) KindsServiceHandler<HandlerContext>.unary: (request: UnaryRequest, context: HandlerContext) => Awaitable<UnaryResponseInit>",
  "(property) KindsServiceHandler<HandlerContext>.serverStreaming: (request: UnaryRequest, context: HandlerContext) => AsyncIterable<UnaryResponseInit>",
];

/** What is shown otherwise than it should be; `ts` is a TypeScript with a language service. */
export function hoverProblems(ts, folder) {
  const file = join(folder, "hover.ts");
  const service = ts.createLanguageService({
    ...ts.sys,
    getCompilationSettings: () => ({
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      strict: true,
    }),
    useCaseSensitiveFileNames: () => true,
    getScriptFileNames: () => [file],
    getScriptVersion: () => "1",
    getScriptSnapshot: (path) => ts.ScriptSnapshot.fromString(path === file ? source : readFileSync(path, "utf8")),
    getCurrentDirectory: () => folder,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (path) => path === file || ts.sys.fileExists(path),
  });
  return [...source.matchAll(/\/\*\d\*\//g)].flatMap(({ index, 0: mark }, number) => {
    const info = service.getQuickInfoAtPosition(file, index + mark.length);
    const shown = ts.displayPartsToString(info?.displayParts);
    return shown === expected[number] ? [] : [`an editor shows\n${shown}\nin the place of\n${expected[number]}`];
  });
}
