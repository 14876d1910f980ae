import type { DescFile } from "@bufbuild/protobuf";
import type { GeneratedFile, ImportSymbol, Printable, Schema } from "@bufbuild/protoplugin";

/** What is printed: TypeScript, or the JavaScript or the declarations that it would be compiled to. */
export type Target = "ts" | "js" | "dts";

/** Prints one generated file. The same calls make all three targets. */
export interface Printer {
  readonly file: GeneratedFile;
  readonly target: Target;
  /** Whether types are printed: everywhere but in JavaScript. */
  readonly types: boolean;
  /** Whether values and bodies are printed: everywhere but in declarations. */
  readonly values: boolean;
  /** Prints a line. */
  print(...line: Printable[]): void;
  /** A part of a line that is a type: nothing in JavaScript. */
  type(...part: Printable[]): Printable;
  /** `export function foo`, with `declare` in declarations. */
  export(declaration: string, name: string): Printable;
  /** A name that is declared in a scope of this file: imports of the same name get an alias. */
  local(name: string): ImportSymbol;
  /** Hands the lines over. */
  finish(): void;
}

export function createPrinter(schema: Schema, desc: DescFile, concern: string, target: Target): Printer {
  const path = `${desc.name}_${concern}`;
  const file = schema.generateFile(`${path}.${target === "dts" ? "d.ts" : target}`);
  const lines: Printable[][] = [];
  const types = target !== "js";
  return {
    file,
    target,
    types,
    values: target !== "dts",
    print(...line) {
      lines.push(line);
    },
    type(...part) {
      return types ? part : [];
    },
    export(declaration, name) {
      // Interfaces and types need no `declare`, but it does not harm them either.
      return file.export(target === "dts" ? `declare ${declaration}` : declaration, name);
    },
    local(name) {
      return file.import(name, `./${path}.js`);
    },
    finish() {
      file.preamble(desc);
      const winners = contestedImports(lines, path);
      if (winners.length > 0) {
        const names = winners.flatMap((winner, index) => (index === 0 ? [winner] : [", ", winner]));
        file.print("// Messages have an alias here if they are called like one of: ", ...names);
        file.print();
      }
      if (lines.length > 0) file.print(compacted(lines));
    },
  };
}

/**
 * The imports that other imports share their names with, and that keep their names. Of imports of
 * one name the first in the file keeps it; so printing these first, in a comment, lets the names
 * of the runtime and of the init types win over those of messages, wherever they are first used.
 */
function contestedImports(lines: readonly Printable[], path: string): ImportSymbol[] {
  const symbols = new Map<string, ImportSymbol>();
  collectSymbols(lines, symbols);
  const byName = new Map<string, ImportSymbol[]>();
  for (const symbol of symbols.values()) {
    // Local names win in any case.
    if (symbol.from !== `./${path}.js`) {
      byName.set(symbol.name, [...(byName.get(symbol.name) ?? []), symbol]);
    }
  }
  const winners: ImportSymbol[] = [];
  for (const [first, ...others] of byName.values()) {
    if (first !== undefined && others.length > 0) {
      winners.push(others.reduce((a, b) => (importRank(b) < importRank(a) ? b : a), first));
    }
  }
  return winners;
}

/** All lines in as few pieces as can be: they are kept until the code of all files is made. */
function compacted(lines: readonly Printable[][]): Printable[] {
  const pieces: Printable[] = [];
  let text: string[] = [];
  const add = (part: Printable): void => {
    if (typeof part === "string") {
      text.push(part);
    } else if (Array.isArray(part)) {
      for (const inner of part) add(inner);
    } else {
      if (text.length > 0) pieces.push(text.join(""));
      text = [];
      pieces.push(part);
    }
  };
  for (const [index, line] of lines.entries()) {
    // `print` ends the last one.
    if (index > 0) text.push("\n");
    for (const part of line) add(part);
  }
  pieces.push(text.join(""));
  return pieces;
}

function collectSymbols(printable: Printable | readonly Printable[], found: Map<string, ImportSymbol>): void {
  if (Array.isArray(printable)) {
    for (const part of printable) {
      collectSymbols(part, found);
    }
  } else if (typeof printable === "object" && "kind" in printable && printable.kind === "es_symbol") {
    found.set(printable.id, printable);
  }
}

function importRank(symbol: ImportSymbol): number {
  if (symbol.from === "@connect-ts/runtime" || symbol.from === "@connect-ts/runtime/codegen") {
    return 0;
  }
  if (/^@connect-ts\/runtime\/|_(init|codec)\.js$/.test(symbol.from)) {
    return 1;
  }
  return 2;
}
