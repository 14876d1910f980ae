import type { CodecScope } from "./scope.js";
import { codecValue } from "./scope.js";

/** TypeScript follows the flow of control through some two thousand branches, and takes the longer the more there are. */
const piecesInPart = 100;

/** Prints an arrow function of what prints its pieces, or where they are many several of them. Each piece is some lines. */
export function printPieces(scope: CodecScope, parameters: string, pieces: readonly (() => void)[]): void {
  const { printer } = scope;
  if (pieces.length <= piecesInPart) {
    printFunction(scope, "  ", parameters, pieces);
    return;
  }
  printer.print("  ", codecValue(scope, "inParts"), "(");
  for (let i = 0; i < pieces.length; i += piecesInPart) {
    printFunction(scope, "  ", parameters, pieces.slice(i, i + piecesInPart));
  }
  printer.print("  ),");
}

function printFunction(
  { printer }: CodecScope,
  indent: string,
  parameters: string,
  pieces: readonly (() => void)[],
): void {
  printer.print(indent, `(${parameters}) => {`);
  for (const print of pieces) print();
  printer.print(indent, "},");
}
