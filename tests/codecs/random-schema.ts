import fc from "fast-check";

/** Gives whole numbers below a bound. */
type Pick = (bound: number) => number;

const scalars = [
  "double",
  "float",
  "int32",
  "int64",
  "uint32",
  "uint64",
  "sint32",
  "sint64",
  "fixed32",
  "fixed64",
  "sfixed32",
  "sfixed64",
  "bool",
  "string",
  "bytes",
];
const keys = scalars.filter((type) => !["double", "float", "bytes"].includes(type));
const longs = scalars.filter((type) => type.endsWith("64"));
const wellKnown = ["Any", "Duration", "Empty", "FieldMask", "Struct", "Timestamp", "Value", "ListValue"].concat(
  ["Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes"].map((type) => `${type}Value`),
);
/** Names that generated code could trip over. */
const names = [
  "constructor",
  "to_string",
  "value_of",
  "__proto__",
  "case",
  "value",
  "default",
  "class",
  "r",
  "w",
  "m",
  "v",
  "tag",
  "end",
  "init",
  "json",
  "type_name",
  "unknown",
  "undefined",
  "a1_b2",
  "UPPER_CASE",
  "camelCase",
  "trailing_",
  "_leading",
  "double__score",
];
const numbers = [1, 2, 3, 4, 5, 15, 16, 17, 127, 128, 2047, 2048, 16_383, 18_999, 20_000, 262_143, 536_870_911];

/** The text of a schema in a package of its own: `random.s<index>`. */
export function schemaTexts(index: number): fc.Arbitrary<string> {
  return fc
    .infiniteStream(fc.nat())
    .map((numbers) => schemaText(index, (bound) => (numbers.next().value as number) % bound));
}

function schemaText(index: number, pick: Pick): string {
  const syntax = (["proto2", "proto3", "editions"] as const)[pick(3)] as Syntax;
  const file: File = {
    syntax,
    messages: 1 + pick(4),
    enums: 1 + pick(2),
    closed: syntax !== "proto3" && pick(2) === 0,
  };
  if (syntax === "proto2") file.closed = true;
  const lines = [
    syntax === "editions" ? 'edition = "2023";' : `syntax = "${syntax}";`,
    `package random.s${index};`,
    ...["any", "duration", "empty", "field_mask", "struct", "timestamp", "wrappers"].map(
      (name) => `import "google/protobuf/${name}.proto";`,
    ),
  ];
  if (syntax === "editions") {
    if (file.closed) lines.push("option features.enum_type = CLOSED;");
    else if (pick(2) === 0) lines.push("option features.field_presence = IMPLICIT;");
    if (pick(3) === 0) lines.push("option features.message_encoding = DELIMITED;");
    if (pick(3) === 0) lines.push("option features.repeated_field_encoding = EXPANDED;");
    if (pick(4) === 0) lines.push("option features.utf8_validation = NONE;");
  }
  for (let i = 0; i < file.enums; i++) lines.push(enumText(file, i, pick));
  for (let i = 0; i < file.messages; i++) lines.push(messageText(file, i, pick));
  return `${lines.join("\n")}\n`;
}

type Syntax = "proto2" | "proto3" | "editions";

interface File {
  readonly syntax: Syntax;
  readonly messages: number;
  readonly enums: number;
  closed: boolean;
}

function enumText(file: File, index: number, pick: Pick): string {
  const first = file.closed && pick(2) === 0 ? 1 + pick(5) : 0;
  const values = [first, ...[-1, 7, 300, 2_147_483_647, -2_147_483_648].filter(() => pick(2) === 0)];
  return `enum E${index} { ${values.map((value, i) => `E${index}_V${i} = ${value};`).join(" ")} }`;
}

function messageText(file: File, index: number, pick: Pick): string {
  const taken = new Set<string>();
  const free = [...numbers];
  const lines: string[] = [];
  const member = (): { name: string; number: number } => {
    let name = names[pick(names.length)] as string;
    // Their names in JSON must differ, whatever their case.
    const jsonName = (): string => name.replaceAll("_", "").toLowerCase();
    for (let i = 0; taken.has(jsonName()); i++) name = `f_${i}`;
    taken.add(jsonName());
    return { name, number: free.splice(pick(free.length), 1)[0] as number };
  };
  for (let count = pick(9); count > 0; count--) lines.push(fieldText(file, member(), pick));
  if (pick(2) === 0) {
    const fields = Array.from({ length: 1 + pick(3) }, () => {
      const { name, number } = member();
      return `    ${typeText(file, pick)} ${name} = ${number};`;
    });
    lines.push(`  oneof choice {\n${fields.join("\n")}\n  }`);
  }
  if (file.syntax === "proto2" && pick(3) === 0) {
    const { number } = member();
    const label = pick(2) === 0 ? "optional" : "repeated";
    lines.push(`  ${label} group Group${number} = ${number} { optional ${typeText(file, pick)} inner = 1; }`);
  }
  return `message M${index} {\n${lines.join("\n")}\n}`;
}

function fieldText(file: File, { name, number }: { name: string; number: number }, pick: Pick): string {
  const { syntax } = file;
  const field = (label: string, type: string, ...options: string[]): string =>
    `  ${label}${type} ${name} = ${number}${options.length === 0 ? "" : ` [${options.join(", ")}]`};`;
  const singular = syntax === "proto2" ? "optional " : "";
  switch (pick(8)) {
    case 0: {
      const value = pick(3) === 0 ? scalar(pick) : typeText(file, pick);
      return field("", `map<${keys[pick(keys.length)]}, ${value}>`);
    }
    case 1:
      return field("repeated ", typeText(file, pick));
    case 2: {
      const type = scalar(pick);
      if (type === "string" || type === "bytes") return field("repeated ", type);
      const packed = pick(2) === 0;
      return syntax === "editions"
        ? field("repeated ", type, `features.repeated_field_encoding = ${packed ? "PACKED" : "EXPANDED"}`)
        : field("repeated ", type, `packed = ${packed}`);
    }
    case 3:
      return field(pick(2) === 0 ? "repeated " : singular, longs[pick(longs.length)] as string, "jstype = JS_STRING");
    case 4:
      if (syntax === "proto2") return field("required ", scalar(pick));
      if (syntax === "proto3") return field("optional ", typeText(file, pick));
      return field("", scalar(pick), `features.field_presence = ${pick(2) === 0 ? "EXPLICIT" : "LEGACY_REQUIRED"}`);
    case 5:
      return syntax === "proto2"
        ? field("optional ", ...defaultOf(pick))
        : field("", scalar(pick), `json_name = "json ${number}"`);
    default:
      return field(singular, typeText(file, pick));
  }
}

function defaultOf(pick: Pick): [string, string] {
  const defaults: readonly [string, string][] = [
    ["double", "default = -inf"],
    ["float", "default = nan"],
    ["int64", "default = -9223372036854775808"],
    ["uint64", "default = 18446744073709551615"],
    ["sint32", "default = -1"],
    ["bool", "default = true"],
    ["string", 'default = "\\"\\\\ \\n\\u00e9"'],
    ["bytes", 'default = "\\000\\377"'],
  ];
  return defaults[pick(defaults.length)] as [string, string];
}

function scalar(pick: Pick): string {
  return scalars[pick(scalars.length)] as string;
}

function typeText(file: File, pick: Pick): string {
  switch (pick(6)) {
    case 0:
    case 1:
      return `M${pick(file.messages)}`;
    case 2:
      return `E${pick(file.enums)}`;
    case 3:
      return `google.protobuf.${wellKnown[pick(wellKnown.length)]}`;
    default:
      return scalar(pick);
  }
}
