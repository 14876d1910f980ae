import type { DescEnum } from "@bufbuild/protobuf";
import { type CodecScope, codecValue } from "./scope.js";

/** Prints what JSON needs to know of an enum: `jsonEnum` of the runtime tells how its values are written. */
export function printJsonEnum(scope: CodecScope, desc: DescEnum): void {
  const { printer } = scope;
  const closed = desc.open ? "" : ", true";
  printer.print(
    ["const ", scope.jsonEnum(desc), " = /* @__PURE__ */ ", codecValue(scope, "jsonEnum"), "("],
    [JSON.stringify(desc.typeName), ", ", printer.file.string(valuesOf(desc)), closed, ");"],
  );
  printer.print();
}

function valuesOf(desc: DescEnum): string {
  const words: string[] = [];
  let next = 0;
  const add = (prefix: string, text: string, number: number): void => {
    words.push(`${prefix}${encodeURIComponent(text)}${number === next ? "" : `=${number}`}`);
    next = number + 1;
  };
  const written = new Map<string, number>();
  for (const number of new Set(desc.values.map((value) => value.number))) {
    const text = desc.value[number]?.jsonName ?? "";
    written.set(text, number);
    add("", text, number);
  }
  // Of two values with one name, that by its name in the schema counts.
  const read = new Map<string, number>();
  for (const value of desc.values) read.set(value.jsonName, value.number);
  for (const value of desc.values) read.set(value.name, value.number);
  for (const [text, number] of read) if (written.get(text) !== number) add("+", text, number);
  return words.join(" ");
}
