import type {
  DescEnum,
  DescExtension,
  DescField,
  DescFile,
  DescMessage,
  DescMethod,
  DescOneof,
  DescService,
} from "@bufbuild/protobuf";
import { getComments } from "@bufbuild/protoplugin";

type Located = DescMessage | DescEnum | DescExtension | DescService | DescMethod | DescField | DescOneof;

/** Says what is wrong with a schema that code can be generated for. `buf` and `protoc` show it to the user. */
export function warn(text: string): void {
  process.stderr.write(`protoc-gen-connect-ts: warning: ${text}\n`);
}

/** The field `name` has the number 1 in the descriptors of all of these. */
const nameFieldNumber = 1;

/** Where the name of an element stands: `file:line:column`, counted from 1; the file alone when there is no source info. */
export function locate(desc: Located): string {
  const { proto } = fileOf(desc);
  const { sourcePath } = getComments(desc);
  const span =
    spanOf(proto.sourceCodeInfo, [...sourcePath, nameFieldNumber]) ?? spanOf(proto.sourceCodeInfo, sourcePath);
  const [line, column] = span ?? [];
  return line === undefined || column === undefined ? proto.name : `${proto.name}:${line + 1}:${column + 1}`;
}

function fileOf(desc: Located): DescFile {
  return desc.kind === "rpc" || desc.kind === "field" || desc.kind === "oneof" ? desc.parent.file : desc.file;
}

interface SourceInfo {
  readonly location: readonly { readonly path: readonly number[]; readonly span: readonly number[] }[];
}

function spanOf(info: SourceInfo | undefined, path: readonly number[]): readonly number[] | undefined {
  return info?.location.find((l) => l.path.length === path.length && l.path.every((n, i) => n === path[i]))?.span;
}
