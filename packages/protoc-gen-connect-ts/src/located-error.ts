import type { DescEnum, DescExtension, DescMessage, DescMethod, DescService } from "@bufbuild/protobuf";
import { getComments } from "@bufbuild/protoplugin";

type Located = DescMessage | DescEnum | DescExtension | DescService | DescMethod;

/** The field `name` has the number 1 in the descriptors of messages, enums, extensions, services and methods. */
const nameFieldNumber = 1;

/** Where the name of an element stands: `file:line:column`, counted from 1; the file alone when there is no source info. */
export function locate(desc: Located): string {
  const { proto } = desc.kind === "rpc" ? desc.parent.file : desc.file;
  const { sourcePath } = getComments(desc);
  const span =
    spanOf(proto.sourceCodeInfo, [...sourcePath, nameFieldNumber]) ?? spanOf(proto.sourceCodeInfo, sourcePath);
  const [line, column] = span ?? [];
  return line === undefined || column === undefined ? proto.name : `${proto.name}:${line + 1}:${column + 1}`;
}

interface SourceInfo {
  readonly location: readonly { readonly path: readonly number[]; readonly span: readonly number[] }[];
}

function spanOf(info: SourceInfo | undefined, path: readonly number[]): readonly number[] | undefined {
  return info?.location.find((l) => l.path.length === path.length && l.path.every((n, i) => n === path[i]))?.span;
}
