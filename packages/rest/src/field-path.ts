import type { DescField, DescMessage } from "@bufbuild/protobuf";

/** The types that stand in a path or a query by their JSON form, which is one string. */
const textTypes: ReadonlySet<string> = new Set(
  ["Timestamp", "Duration", "FieldMask"]
    .concat(
      ["Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes"].map((t) => `${t}Value`),
    )
    .map((name) => `google.protobuf.${name}`),
);

/** Whether a message has a form that is one string. */
export function isText({ typeName }: DescMessage): boolean {
  return textTypes.has(typeName);
}

/**
 * Finds a field by its path, with its names in the schema or in JSON.
 *
 * @returns the fields down to it, or a text that says why there is none
 */
export function findField(message: DescMessage, path: string): readonly DescField[] | string {
  const found: DescField[] = [];
  let at: DescMessage | undefined = message;
  for (const name of path.split(".")) {
    if (at === undefined) return `${found.at(-1)?.name} is not a message`;
    const field: DescField | undefined = at.fields.find((one) => one.name === name || one.jsonName === name);
    if (field === undefined) return `${at.typeName} has no field "${name.slice(0, 64)}"`;
    found.push(field);
    at = field.fieldKind === "message" && !isText(field.message) ? field.message : undefined;
  }
  return found;
}

/** Why a field cannot be set by a string; `undefined` when it can. */
export function notText(field: DescField): string | undefined {
  switch (field.fieldKind) {
    case "map":
      return "it is a map";
    case "list":
      return field.listKind === "message" ? "it is a list of messages" : undefined;
    case "message":
      return isText(field.message) ? undefined : `it is a message: name one of its fields, as in "${field.name}.…"`;
    default:
      return undefined;
  }
}
