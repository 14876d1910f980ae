import type { DescEnum, DescFile, DescMessage, DescService } from "@bufbuild/protobuf";
import type { ImportSymbol, Printable, Schema } from "@bufbuild/protoplugin";
import type { Printer } from "./printer.js";

/** Without those that describe schemas: who uses them has protobuf-es's descriptors already. */
const wktFilesWithCodecs = new Set(
  ["any", "api", "duration", "empty", "field_mask", "source_context", "struct", "timestamp", "type", "wrappers"].map(
    (name) => `google/protobuf/${name}`,
  ),
);

/** Whether the runtime has the codec of a message. Such a one has no JSON, and one with JSON stands beside it. */
export function hasWktCodec(message: DescMessage): boolean {
  return wktFilesWithCodecs.has(message.file.name);
}

/** Options for other languages and of JSON: nobody sends these. */
const wktFilesWithoutInit = /^google\/protobuf\/(\w+_features|\w+_options)$/;

/** What generated code needs from other files. */
export interface Imports {
  /** The type of a message or enum. */
  shape(printer: Printer, desc: DescMessage | DescEnum): ImportSymbol;
  /** The descriptor of a message. */
  schema(printer: Printer, message: DescMessage): ImportSymbol;
  /** The type that a message can be made from. */
  init(printer: Printer, message: DescMessage): Printable;
  /** The codec that is generated for a message, or none where there is none. */
  codec(printer: Printer, message: DescMessage): ImportSymbol | undefined;
  /** The codec with JSON of a well-known type. */
  json(printer: Printer, message: DescMessage): ImportSymbol | undefined;
  /** What an `import()` of the `_pb` file beside this one names; none where the options lead elsewhere. */
  pathOfSchema(printer: Printer, service: DescService): string | undefined;
  /** The name of a message's codec. */
  codecName(printer: Printer, message: DescMessage): string;
  /** The name of that with JSON, of a well-known type. */
  jsonName(printer: Printer, message: DescMessage): string;
}

/** The name of a message's init type. */
export function initName(shape: ImportSymbol): string {
  return `${shape.name}Init`;
}

export function createImports(schema: Schema): Imports {
  const shapes = new Map<DescMessage | DescEnum, ImportSymbol>();
  const schemas = new Map<DescMessage, ImportSymbol>();
  const inits = new Map<DescMessage, { readonly name: string; readonly from: string } | undefined>();
  const rewrites = schema.options.rewriteImports.map(({ pattern }) => globToRegExp(pattern));

  // To find a name, @bufbuild/protoplugin walks all types of the file: once for each type is enough.
  function shape(printer: Printer, desc: DescMessage | DescEnum): ImportSymbol {
    let symbol = shapes.get(desc);
    if (symbol === undefined) {
      symbol = printer.file.importShape(desc);
      shapes.set(desc, symbol);
    }
    return symbol;
  }

  /** A file that is mapped to another package may have neither init types nor codecs there. */
  function isMapped(from: string): boolean {
    return !from.startsWith("./") || rewrites.some((pattern) => pattern.test(from));
  }

  /** What the `_codec` file of a message exports. */
  function ofCodecFile(printer: Printer, message: DescMessage, name: string): ImportSymbol | undefined {
    const { from } = shape(printer, message);
    if (from.startsWith("@bufbuild/protobuf/wkt")) {
      return hasWktCodec(message) ? printer.file.import(name, "@connect-ts/runtime/codegen/wkt-codec") : undefined;
    }
    return isMapped(from) ? undefined : printer.file.import(name, from.replace(/_pb\.js$/, "_codec.js"));
  }

  const codecName: Imports["codecName"] = (printer, message) => `${shape(printer, message).name}Codec`;
  const jsonName: Imports["jsonName"] = (printer, message) => `${shape(printer, message).name}Json`;

  function findInit(
    symbol: ImportSymbol,
    file: DescFile,
  ): { readonly name: string; readonly from: string } | undefined {
    const name = initName(symbol);
    if (symbol.from.startsWith("@bufbuild/protobuf/wkt")) {
      return wktFilesWithoutInit.test(file.name) ? undefined : { name, from: "@connect-ts/runtime/codegen/wkt" };
    }
    return isMapped(symbol.from) ? undefined : { name, from: symbol.from.replace(/_pb\.js$/, "_init.js") };
  }

  return {
    shape,
    schema(printer, message) {
      let symbol = schemas.get(message);
      if (symbol === undefined) {
        symbol = printer.file.importSchema(message);
        schemas.set(message, symbol);
      }
      return symbol;
    },
    codec: (printer, message) => ofCodecFile(printer, message, codecName(printer, message)),
    json: (printer, message) => ofCodecFile(printer, message, jsonName(printer, message)),
    codecName,
    jsonName,
    pathOfSchema({ file }, service) {
      const { from } = file.importSchema(service);
      if (isMapped(from)) return undefined;
      const path = from.replace(/.*\//, "./");
      const { importExtension } = schema.options;
      return importExtension === "none" ? path.replace(/\.js$/, "") : path.replace(/js$/, importExtension);
    },
    init(printer, message) {
      const symbol = shape(printer, message);
      let found = inits.get(message);
      if (found === undefined && !inits.has(message)) {
        found = findInit(symbol, message.file);
        inits.set(message, found);
      }
      const { file } = printer;
      return found === undefined
        ? [
            file.import("MessageInitShape", "@bufbuild/protobuf", true),
            "<typeof ",
            file.importSchema(message, true),
            ">",
          ]
        : file.import(found.name, found.from, true);
    },
  };
}

/** The globs of `rewrite_imports`: `*` is anything within a folder, a segment `**` any number of folders. */
function globToRegExp(glob: string): RegExp {
  const source = glob.replace(/\*\*\/|\*|[.+?^${}()|[\]\\/]/g, (part) => {
    if (part === "**/") {
      return "(?:[^/]+/)*";
    }
    return part === "*" ? "[^/]*" : `\\${part}`;
  });
  return new RegExp(`^${source}$`);
}
