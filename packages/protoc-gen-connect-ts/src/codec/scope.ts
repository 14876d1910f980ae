import type { DescField, DescFile, DescMessage } from "@bufbuild/protobuf";
import { isWrapperDesc } from "@bufbuild/protobuf/wkt";
import type { ImportSymbol, Printable } from "@bufbuild/protoplugin";
import type { Imports } from "../imports.js";
import type { Printer } from "../printer.js";

/** The functions that are printed for a message. */
type CodecFunction = "empty" | "make" | "write" | "read";

/** What the codecs of a file are printed with. */
export interface CodecScope {
  readonly printer: Printer;
  readonly imports: Imports;
  /** The codec of a message. */
  codec(message: DescMessage): Printable;
  /** A function of the codec of a message, to be called. */
  call(message: DescMessage, name: "empty" | "write" | "read" | "nested"): Printable;
  /** The name of a function for a message of this file. */
  local(message: DescMessage, name: CodecFunction | "defaults"): ImportSymbol;
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
  | "boolKey"
  | "entries"
  | "foreignMessage"
  | "generatedCodec"
  | "has"
  | "inherit"
  | "initBytes"
  | "initList"
  | "initMap"
  | "intKey"
  | "isPositiveZero"
  | "isZero"
  | "keepUnknownEnum"
  | "jsonOfStruct"
  | "long"
  | "missingField"
  | "noBytes"
  | "readUnverifiedString"
  | "schemaCodec"
  | "setEntry"
  | "structOfJson"
  | "writeUnknown"
  | "zero";

const runtime = "@connect-ts/runtime/codec";

export function codecValue({ printer }: CodecScope, name: RuntimeValue): ImportSymbol {
  return printer.file.import(name, runtime);
}

export function codecType({ printer }: CodecScope, name: "GeneratedCodec" | "InitOf" | "Reader" | "Writer"): Printable {
  return printer.file.import(name, runtime, true);
}

export function createCodecScope(
  printer: Printer,
  file: DescFile,
  messages: readonly DescMessage[],
  imports: Imports,
): CodecScope {
  const locals = new Map<string, ImportSymbol>();
  const taken = new Set(messages.map((message) => imports.codecName(printer, message)));
  const schemaCodecs = new Map<DescMessage, ImportSymbol>();
  const scope: CodecScope = {
    printer,
    imports,
    codec(message) {
      if (message.file === file) return printer.local(imports.codecName(printer, message));
      return imports.codec(printer, message) ?? schemaCodecs.get(message) ?? [];
    },
    call(message, name) {
      if (message.file === file && name !== "nested") return scope.local(message, name);
      return [scope.codec(message), ".", name];
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
  printSchemaCodecs();
  return scope;

  /** Prints the codecs of messages that have no generated ones. */
  function printSchemaCodecs(): void {
    const used = new Set(messages.flatMap(({ fields }) => fields.flatMap((field) => field.message ?? [])));
    for (const message of used) {
      if (message.file === file || imports.codec(printer, message) !== undefined) continue;
      const name = printer.local(claim(imports.codecName(printer, message)));
      schemaCodecs.set(message, name);
      if (printer.values) {
        const schema = imports.schema(printer, message);
        printer.print("const ", name, " = /* @__PURE__ */ ", codecValue(scope, "schemaCodec"), "(", schema, ");");
        printer.print();
      }
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

/** A member's name in an object literal. */
export function key(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}
