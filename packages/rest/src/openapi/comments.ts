import type { DescEnum, DescField, DescFile, DescMessage, DescMethod, DescService } from "@bufbuild/protobuf";

type Commented = DescMessage | DescField | DescEnum | DescService | DescMethod;

/** The comment before a declaration, where the descriptor has comments: those of `buf build` do, generated code has none. */
export function commentOf(desc: Commented): string | undefined {
  const path = pathOf(desc)?.join(".");
  const location = fileOf(desc).proto.sourceCodeInfo?.location.find((one) => one.path.join(".") === path);
  const text = location?.leadingComments ?? location?.trailingComments ?? "";
  const lines = text.split("\n").map((line) => line.replace(/^ /, ""));
  return lines.join("\n").trim() || undefined;
}

function fileOf(desc: Commented): DescFile {
  return desc.kind === "field" || desc.kind === "rpc" ? desc.parent.file : desc.file;
}

/** Where a declaration stands in its `FileDescriptorProto` (google/protobuf/descriptor.proto, SourceCodeInfo.Location.path). */
function pathOf(desc: Commented): readonly number[] | undefined {
  switch (desc.kind) {
    case "message":
      return desc.parent === undefined
        ? [4, desc.file.proto.messageType.indexOf(desc.proto)]
        : [...(pathOf(desc.parent) ?? []), 3, desc.parent.proto.nestedType.indexOf(desc.proto)];
    case "enum":
      return desc.parent === undefined
        ? [5, desc.file.proto.enumType.indexOf(desc.proto)]
        : [...(pathOf(desc.parent) ?? []), 4, desc.parent.proto.enumType.indexOf(desc.proto)];
    case "field":
      return [...(pathOf(desc.parent) ?? []), 2, desc.parent.proto.field.indexOf(desc.proto)];
    case "service":
      return [6, desc.file.proto.service.indexOf(desc.proto)];
    case "rpc":
      return [...(pathOf(desc.parent) ?? []), 2, desc.parent.proto.method.indexOf(desc.proto)];
  }
}
