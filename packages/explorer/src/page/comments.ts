import type { AnyDesc, DescFile } from "@bufbuild/protobuf";

/** The comments of a file, by the places of what they are about: `"4,0,2,1"`. */
const known = new WeakMap<DescFile, ReadonlyMap<string, string>>();

/** What the source says of a declaration. Empty when there is no comment, or when the schema came without comments. */
export function commentOf(desc: AnyDesc): string {
  if (desc.kind === "file" || desc.kind === "extension") return "";
  const file =
    desc.kind === "message" || desc.kind === "enum" || desc.kind === "service" ? desc.file : desc.parent.file;
  let comments = known.get(file);
  if (comments === undefined) {
    comments = new Map(
      (file.proto.sourceCodeInfo?.location ?? []).map(({ path, leadingComments, trailingComments }) => [
        path.join(),
        tidy(leadingComments || trailingComments),
      ]),
    );
    known.set(file, comments);
  }
  return comments.get(placeOf(desc).join()) ?? "";
}

type Placed = Exclude<AnyDesc, { kind: "file" | "extension" }>;

/** Numbers of fields and places in lists, from the file down (descriptor.proto, `SourceCodeInfo.Location.path`). */
function placeOf(desc: Placed): readonly number[] {
  switch (desc.kind) {
    case "message":
      return desc.parent === undefined
        ? [4, desc.file.proto.messageType.indexOf(desc.proto)]
        : [...placeOf(desc.parent), 3, desc.parent.proto.nestedType.indexOf(desc.proto)];
    case "enum":
      return desc.parent === undefined
        ? [5, desc.file.proto.enumType.indexOf(desc.proto)]
        : [...placeOf(desc.parent), 4, desc.parent.proto.enumType.indexOf(desc.proto)];
    case "service":
      return [6, desc.file.proto.service.indexOf(desc.proto)];
    case "field":
      return [...placeOf(desc.parent), 2, desc.parent.proto.field.indexOf(desc.proto)];
    case "oneof":
      return [...placeOf(desc.parent), 8, desc.parent.proto.oneofDecl.indexOf(desc.proto)];
    case "enum_value":
      return [...placeOf(desc.parent), 2, desc.parent.proto.value.indexOf(desc.proto)];
    case "rpc":
      return [...placeOf(desc.parent), 2, desc.parent.proto.method.indexOf(desc.proto)];
  }
}

/** Without the space that each line has after its slashes, and without lines for linters. */
function tidy(comment: string): string {
  const lines = comment.split("\n").map((line) => (line.startsWith(" ") ? line.slice(1) : line).trimEnd());
  return lines
    .filter((line) => !/^(?:buf:lint:ignore|@ignore-comment)\b/.test(line))
    .join("\n")
    .trim();
}
