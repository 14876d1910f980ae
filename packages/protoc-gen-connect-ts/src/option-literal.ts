import {
  type DescEnum,
  type DescExtension,
  type DescField,
  type DescMessage,
  getExtension,
  isFieldSet,
  type Message,
  type Registry,
  ScalarType,
} from "@bufbuild/protobuf";
import { FieldOptions_OptionRetention, isWrapperDesc } from "@bufbuild/protobuf/wkt";

/** The value of an option, as it is printed. */
export type Literal =
  | { readonly kind: "value"; readonly value: string; readonly type: string }
  | { readonly kind: "list"; readonly items: readonly Literal[] }
  | { readonly kind: "object"; readonly properties: readonly (readonly [key: string, value: Literal])[] };

/**
 * The extensions that a message has, by their full names; those with source retention left out.
 *
 * @param onUnreadable - told of an extension whose bytes are not of its type, which is left out then
 */
export function literalsOfExtensions(
  desc: DescMessage,
  message: Message,
  registry: Registry,
  onUnreadable?: (extension: DescExtension, error: unknown) => void,
): [string, Literal][] {
  const extensions = new Set<DescExtension>();
  for (const { no } of message.$unknown ?? []) {
    const extension = registry.getExtensionFor(desc, no);
    if (extension !== undefined && !isSourceOnly(extension)) {
      extensions.add(extension);
    }
  }
  const literals: [string, Literal][] = [];
  for (const extension of [...extensions].sort((a, b) => (a.typeName < b.typeName ? -1 : 1))) {
    try {
      literals.push([extension.typeName, literalOfField(extension, getExtension(message, extension), registry)]);
    } catch (error) {
      if (onUnreadable === undefined) throw error;
      onUnreadable(extension, error);
    }
  }
  return literals;
}

function literalOfField(field: DescField | DescExtension, value: unknown, registry: Registry): Literal {
  switch (field.fieldKind) {
    case "list":
      return { kind: "list", items: (value as unknown[]).map((item) => literalOfItem(field, item, registry)) };
    case "map":
      return {
        kind: "object",
        properties: Object.entries(value as object)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, item]) => [key, literalOfItem(field, item, registry)]),
      };
    default:
      return literalOfItem(field, value, registry);
  }
}

function literalOfItem(field: DescField | DescExtension, value: unknown, registry: Registry): Literal {
  if (field.message !== undefined) {
    const isSingular = field.fieldKind === "message" && field.oneof === undefined;
    if (isSingular && isWrapperDesc(field.message)) {
      return literalOfScalar(field.message.fields[0].scalar, value);
    }
    if (field.message.typeName === "google.protobuf.Struct" && field.parent?.typeName !== "google.protobuf.Value") {
      return literalOfJson(value);
    }
    return literalOfMessage(field.message, value as Message, registry);
  }
  return field.enum !== undefined ? literalOfEnum(field.enum, value as number) : literalOfScalar(field.scalar, value);
}

function literalOfMessage(desc: DescMessage, message: Message, registry: Registry): Literal {
  const properties: [string, Literal][] = [];
  const members = message as unknown as { readonly [member: string]: unknown };
  for (const member of desc.members) {
    if (member.kind === "oneof") {
      const selected = members[member.localName] as { readonly case: string | undefined; readonly value?: unknown };
      const field = member.fields.find((candidate) => candidate.localName === selected.case);
      if (field !== undefined && !isSourceOnly(field)) {
        const selection: [string, Literal][] = [
          ["case", literalOfString(field.localName)],
          ["value", literalOfField(field, selected.value, registry)],
        ];
        properties.push([member.localName, { kind: "object", properties: selection }]);
      }
    } else if (isFieldSet(message, member) && !isSourceOnly(member)) {
      properties.push([member.localName, literalOfField(member, members[member.localName], registry)]);
    }
  }
  return { kind: "object", properties: [...properties, ...literalsOfExtensions(desc, message, registry)] };
}

function isSourceOnly(field: DescField | DescExtension): boolean {
  return field.proto.options?.retention === FieldOptions_OptionRetention.RETENTION_SOURCE;
}

function literalOfEnum(desc: DescEnum, value: number): Literal {
  const name = desc.value[value]?.name;
  return same(name === undefined ? String(value) : `${value} /* ${name} */`);
}

function literalOfScalar(type: ScalarType, value: unknown): Literal {
  switch (typeof value) {
    case "string":
      return literalOfString(value);
    case "bigint":
      return same(`${value}n`);
    case "number":
      return literalOfNumber(value);
    case "boolean":
      return same(String(value));
    default:
      return type === ScalarType.BYTES
        ? {
            kind: "value",
            value: `/* @__PURE__ */ new Uint8Array([${[...(value as Uint8Array)].join(", ")}])`,
            type: "Uint8Array",
          }
        : same("undefined");
  }
}

function literalOfString(value: string): Literal {
  return same(printString(value));
}

/** A string literal: TypeScript 4.9 takes U+2028 and U+2029 for ends of lines, in strings too. */
export function printString(value: string): string {
  return JSON.stringify(value).replace(/[\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`);
}

function literalOfNumber(value: number): Literal {
  if (Number.isFinite(value)) {
    return same(Object.is(value, -0) ? "-0" : String(value));
  }
  // A message can be called NaN or Infinity.
  const name = Number.isNaN(value) ? "NaN" : "Infinity";
  return { kind: "value", value: `${value < 0 ? "-" : ""}globalThis.${name}`, type: "number" };
}

function literalOfJson(value: unknown): Literal {
  if (Array.isArray(value)) {
    return { kind: "list", items: value.map(literalOfJson) };
  }
  if (typeof value === "object" && value !== null) {
    return { kind: "object", properties: Object.entries(value).map(([key, item]) => [key, literalOfJson(item)]) };
  }
  if (typeof value === "string") {
    return literalOfString(value);
  }
  return typeof value === "number" ? literalOfNumber(value) : same(String(value));
}

function same(text: string): Literal {
  return { kind: "value", value: text, type: text };
}

/** An expression for the value. */
export function printValue(literal: Literal, indent = ""): string {
  switch (literal.kind) {
    case "value":
      return literal.value;
    case "list":
      return enclose("[", "]", ",", indent, (inner) => literal.items.map((item) => printValue(item, inner)));
    case "object":
      return enclose("{ ", " }", ",", indent, (inner) =>
        literal.properties.map(([key, value]) => `${propertyName(key, "value")}: ${printValue(value, inner)}`),
      );
  }
}

/** The type of the value, as exact as it can be. */
export function printType(literal: Literal, indent = ""): string {
  switch (literal.kind) {
    case "value":
      return literal.type;
    case "list":
      return enclose("readonly [", "]", ",", indent, (inner) => literal.items.map((item) => printType(item, inner)));
    case "object":
      return enclose("{ ", " }", ";", indent, (inner) =>
        literal.properties.map(([key, value]) => `readonly ${propertyName(key, "type")}: ${printType(value, inner)}`),
      );
  }
}

/** The longest list or object, in characters, that is printed in one line. */
const maxWidth = 100;

function enclose(
  open: string,
  close: string,
  separator: string,
  indent: string,
  printParts: (indent: string) => string[],
): string {
  const inner = `${indent}  `;
  const parts = printParts(inner);
  if (parts.length === 0) {
    return `${open.trim()}${close.trim()}`;
  }
  const line = `${open}${parts.join(`${separator} `)}${close}`;
  if (line.length <= maxWidth && !line.includes("\n")) {
    return line;
  }
  return `${open.trim()}\n${parts.map((part) => `${inner}${part}${separator}\n`).join("")}${indent}${close.trim()}`;
}

function propertyName(key: string, place: "value" | "type"): string {
  if (key === "__proto__") {
    // `__proto__: x` in an object sets the prototype, `["__proto__"]: x` a property.
    return place === "value" ? '["__proto__"]' : key;
  }
  return /^[a-zA-Z_$][a-zA-Z0-9_$]*$/.test(key) ? key : JSON.stringify(key);
}
