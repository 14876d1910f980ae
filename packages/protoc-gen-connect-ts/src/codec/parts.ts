import type { DescMessage, DescOneof } from "@bufbuild/protobuf";
import type { Printable } from "@bufbuild/protoplugin";
import { type CodecFunction, type CodecScope, codecType, member } from "./scope.js";

/** A piece of a function, for one member of a message. */
export interface Piece {
  /** The oneof that it uses, by {@link choiceOf}. */
  readonly oneof: DescOneof | undefined;
  print(): void;
}

/** TypeScript follows the flow of control through some two thousand branches, and takes the longer the more there are. */
const piecesInPart = 100;

/** A function that is printed in parts: its name, its parameters and what it is called with. */
interface PartedFunction {
  readonly name: CodecFunction;
  readonly parameters: Printable;
  readonly args: string;
}

/**
 * Prints the pieces of a function, or where they are many the calls of functions for parts of them. Gives what prints
 * these functions, to be called behind the end of the whole one.
 */
export function printPieces(
  scope: CodecScope,
  message: DescMessage,
  pieces: readonly Piece[],
  { name, parameters, args }: PartedFunction,
): () => void {
  const { printer } = scope;
  if (pieces.length <= piecesInPart) {
    printAll(scope, pieces);
    return () => {};
  }
  const parts: (readonly Piece[])[] = [];
  for (let i = 0; i < pieces.length; i += piecesInPart) parts.push(pieces.slice(i, i + piecesInPart));
  for (const index of parts.keys()) printer.print("  ", scope.local(message, name, index), `(${args});`);
  return () => {
    for (const [index, part] of parts.entries()) {
      printer.print("function ", scope.local(message, name, index), "(", parameters, ")", printer.type(": void"), " {");
      printAll(scope, part);
      printer.print("}");
      printer.print();
    }
  };
}

function printAll(scope: CodecScope, pieces: readonly Piece[]): void {
  printChoices(scope, pieces);
  for (const piece of pieces) piece.print();
}

/**
 * Prints the view of a message by which its oneofs are used. To narrow the type of a oneof to each of its cases would
 * take the type checker time that grows with the cube of their number.
 */
export function printChoices(scope: CodecScope, users: readonly { readonly oneof: DescOneof | undefined }[]): void {
  const { printer } = scope;
  const names = new Set(
    users.flatMap(({ oneof }) => (oneof === undefined ? [] : [printer.file.string(oneof.localName)])),
  );
  if (names.size === 0) return;
  const union = [...names].flatMap((name, i) => (i === 0 ? [name] : [" | ", name]));
  const view = printer.type(": ", codecType(scope, "Choices"), "<", union, ">");
  printer.print("  const c", view, " = m", printer.type(" as never"), ";");
}

/** A oneof, in the view of {@link printChoices}. */
export function choiceOf(oneof: DescOneof): string {
  return member("c", oneof.localName);
}
