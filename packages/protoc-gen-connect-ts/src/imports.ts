import type { DescMessage } from "@bufbuild/protobuf";
import type { ImportSymbol, Printable, Schema } from "@bufbuild/protoplugin";
import type { Printer } from "./printer.js";

/** What generated code needs from other files. */
export interface Imports {
  /** The type of a message. */
  shape(printer: Printer, message: DescMessage): ImportSymbol;
  /** The type that a message can be made from. */
  init(printer: Printer, message: DescMessage): Printable;
}

/** The name of a message's init type. */
export function initName(shape: ImportSymbol): string {
  return `${shape.name}Init`;
}

export function createImports(schema: Schema): Imports {
  const shapes = new Map<DescMessage, ImportSymbol>();
  const inits = new Map<DescMessage, { readonly name: string; readonly from: string } | undefined>();
  const rewrites = schema.options.rewriteImports.map(({ pattern }) => globToRegExp(pattern));

  // Finding a name walks all types of the message's file: once for each message is enough.
  function shape(printer: Printer, message: DescMessage): ImportSymbol {
    let symbol = shapes.get(message);
    if (symbol === undefined) {
      symbol = printer.file.importShape(message);
      shapes.set(message, symbol);
    }
    return symbol;
  }

  function findInit(symbol: ImportSymbol): { readonly name: string; readonly from: string } | undefined {
    const name = initName(symbol);
    if (symbol.from.startsWith("@bufbuild/protobuf/wkt")) {
      return { name, from: "@connect-ts/runtime/wkt" };
    }
    // A file that is mapped to another package may have no init types there.
    const mapped = !symbol.from.startsWith("./") || rewrites.some((pattern) => pattern.test(symbol.from));
    return mapped ? undefined : { name, from: symbol.from.replace(/_pb\.js$/, "_init.js") };
  }

  return {
    shape,
    init(printer, message) {
      const symbol = shape(printer, message);
      let found = inits.get(message);
      if (found === undefined && !inits.has(message)) {
        found = findInit(symbol);
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
