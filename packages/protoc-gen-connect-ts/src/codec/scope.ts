import type { DescEnum, DescField, DescFile, DescMessage } from "@bufbuild/protobuf";
import { isWrapperDesc } from "@bufbuild/protobuf/wkt";
import type { ImportSymbol, Printable } from "@bufbuild/protoplugin";
import { hasWktCodec, type Imports } from "../imports.js";
import type { Printer } from "../printer.js";
import { schemaValue } from "../runtime.js";
import type { JsonWkt } from "./json-wkt.js";

/** What the codecs of a file are printed with. */
export interface CodecScope {
  readonly printer: Printer;
  readonly imports: Imports;
  /** Whether the codecs have JSON. */
  readonly hasJson: boolean;
  /** The codec of a message. */
  codec(message: DescMessage): Printable;
  /** The codec of a message with JSON. */
  json(message: DescMessage): Printable;
  /** What JSON needs to know of an enum. */
  jsonEnum(desc: DescEnum): Printable;
  /** The name of a constant for a message of this file. */
  local(message: DescMessage, name: "members" | "defaults"): ImportSymbol;
}

type ScalarName =
  | "Bool"
  | "Bytes"
  | "Double"
  | "Fixed32"
  | "Fixed64"
  | "Float"
  | "Int32"
  | "Int64"
  | "Sfixed32"
  | "Sfixed64"
  | "Sint32"
  | "Sint64"
  | "String"
  | "Uint32"
  | "Uint64";

type RuntimeValue =
  | `read${ScalarName}`
  | `write${ScalarName}`
  | `${Uncapitalize<ScalarName>}Field`
  | "boolKey"
  | "checkType"
  | "choice"
  | "converted"
  | "convertersOfTypes"
  | "generatedCodec"
  | "has"
  | "inherit"
  | "inParts"
  | "initBytes"
  | "intKey"
  | "isPositiveZero"
  | "isZero"
  | "keepUnknownEnum"
  | "jsonOfStruct"
  | "long"
  | "messageField"
  | "missingField"
  | "noBytes"
  | "notANumber"
  | "readCase"
  | "readEntry"
  | "readGroup"
  | "readItem"
  | "readMessage"
  | "readMessageEntry"
  | "readPacked"
  | "readUnverifiedString"
  | "readValue"
  | "readWrapped"
  | "boolKeyFromJson"
  | "bytesInit"
  | "int32FromJson"
  | "int64KeyFromJson"
  | "jsonCodec"
  | "jsonEnum"
  | "jsonExtensions"
  | "jsonForm"
  | "jsonNull"
  | "list"
  | "listInit"
  | "listJson"
  | "mapInit"
  | "mapJson"
  | "messageJson"
  | "stringKeyFromJson"
  | "structFieldJson"
  | "uint32FromJson"
  | "uint64KeyFromJson"
  | "withJson"
  | "wrappedJson"
  | "wrapperJson"
  | `${"bool" | "bytes" | "double" | "float" | "int32" | "int64" | "string" | "uint32" | "uint64"}Json`
  | `${"int64" | "uint64"}DigitsJson`
  | `${JsonWkt}ToJson`
  | `${JsonWkt}FromJson`
  | "structOfJson"
  | "structsOfJson"
  | "writeGroup"
  | "writeList"
  | "writeMap"
  | "writeMessage"
  | "writeMessageMap"
  | "writeMessages"
  | "writePacked"
  | "writeWrapped"
  | "writeWrappedGroup"
  | "zero";

type TypeName = "GeneratedCodec";

const runtime = "@connect-ts/runtime/codegen";

/** What is imported from the runtime, the same for all files: a large schema names it some hundred thousand times. */
const symbols = new Map<string, ImportSymbol>();

function runtimeSymbol({ printer }: CodecScope, name: string, typeOnly: boolean): ImportSymbol {
  let symbol = symbols.get(name);
  if (symbol === undefined) {
    symbol = printer.file.import(name, runtime, typeOnly);
    symbols.set(name, symbol);
  }
  return symbol;
}

export function codecValue(scope: CodecScope, name: RuntimeValue): ImportSymbol {
  return runtimeSymbol(scope, name, false);
}

export function codecType(scope: CodecScope, name: TypeName): ImportSymbol {
  return runtimeSymbol(scope, name, true);
}

export function createCodecScope(
  printer: Printer,
  file: DescFile,
  messages: readonly DescMessage[],
  imports: Imports,
  hasJson: boolean,
): CodecScope {
  const locals = new Map<string, ImportSymbol>();
  const taken = new Set(messages.flatMap((m) => [imports.codecName(printer, m), imports.jsonName(printer, m)]));
  const schemaCodecs = new Map<DescMessage, ImportSymbol>();
  const enums = new Map<DescEnum, ImportSymbol>();
  const isWkt = messages.some(hasWktCodec);
  const scope: CodecScope = {
    printer,
    imports,
    hasJson,
    codec(message) {
      if (message.file === file) return printer.local(imports.codecName(printer, message));
      return hasJson && !isWkt
        ? scope.json(message)
        : (imports.codec(printer, message) ?? schemaCodecs.get(message) ?? []);
    },
    json(message) {
      if (!hasWktCodec(message))
        return message.file === file
          ? scope.codec(message)
          : (imports.codec(printer, message) ?? schemaCodecs.get(message) ?? []);
      if (message.file === file) return printer.local(imports.jsonName(printer, message));
      return imports.json(printer, message) ?? schemaCodecs.get(message) ?? [];
    },
    jsonEnum(desc) {
      let symbol = enums.get(desc);
      if (symbol === undefined) {
        symbol = printer.local(claim(`${imports.shape(printer, desc).name}Enum`));
        enums.set(desc, symbol);
      }
      return symbol;
    },
    local(message, name) {
      const key = `${name} ${message.typeName}`;
      let symbol = locals.get(key);
      if (symbol === undefined) {
        const shape = imports.shape(printer, message).name;
        symbol = printer.local(claim(name === "defaults" ? `${shape}Defaults` : `${name}${shape}`));
        locals.set(key, symbol);
      }
      return symbol;
    },
  };
  function claim(name: string): string {
    let unique = name;
    // A "$" cannot stand in a name of a schema.
    while (taken.has(unique)) unique = `${unique}$`;
    taken.add(unique);
    return unique;
  }
  if (printer.values) printSchemaCodecs();
  return scope;

  /** Prints the codecs of messages that have no generated ones. */
  function printSchemaCodecs(): void {
    const used = new Set(messages.flatMap(({ fields }) => fields.flatMap((field) => field.message ?? [])));
    for (const message of used) {
      if (message.file === file || imports.codec(printer, message) !== undefined) continue;
      const schema = imports.schema(printer, message);
      const codec = printer.local(claim(imports.codecName(printer, message)));
      schemaCodecs.set(message, codec);
      const binary: Printable = ["/* @__PURE__ */ ", schemaValue(printer, "schemaCodec"), "(", schema, ")"];
      const json: Printable = ["/* @__PURE__ */ ", schemaValue(printer, "schemaJson"), "(", schema, ")"];
      const both: Printable = ["/* @__PURE__ */ ", codecValue(scope, "withJson"), "(", binary, ", ", json, ")"];
      printer.print("const ", codec, " = ", hasJson ? both : binary, ";");
      printer.print();
    }
  }
}

/** How protobuf-es keeps a message in a field: as itself, as JSON, or as the value that a wrapper wraps. */
export function formOf(field: DescField & { message: DescMessage }): "message" | "json" | "wrapped" {
  const { message, parent } = field;
  if (message.typeName === "google.protobuf.Struct" && parent.typeName !== "google.protobuf.Value") return "json";
  return isWrapperDesc(message) && field.fieldKind === "message" && field.oneof === undefined ? "wrapped" : "message";
}

/** The access to a member of an object. */
export function member(object: string, name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `${object}.${name}` : `${object}[${JSON.stringify(name)}]`;
}

/** What every object has: a member with such a name is there also when nobody has set it. */
export const inherited: ReadonlySet<string> = new Set(["__proto__", ...Object.getOwnPropertyNames(Object.prototype)]);

/** Whether a member is an object's own, for names that are not so otherwise; with `&&` behind it, or nothing. */
export function ownMember(scope: CodecScope, object: string, name: string): Printable {
  if (!inherited.has(name)) return [];
  return [codecValue(scope, "has"), `(${object}, `, scope.printer.file.string(name), ") && "];
}

/** A member's name in an object literal. */
export function key(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}
