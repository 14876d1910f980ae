import type { DescEnum } from "@bufbuild/protobuf";
import { firstOf } from "./scalar.js";
import { type CodecScope, codecValue } from "./scope.js";

/** Prints what JSON needs to know of an enum. */
export function printJsonEnum(scope: CodecScope, desc: DescEnum): void {
  const { printer } = scope;
  const { file } = printer;
  printer.print("const ", scope.jsonEnum(desc), " = /* @__PURE__ */ ", codecValue(scope, "jsonEnum"), "(");
  printer.print("  ", JSON.stringify(desc.typeName), ",");
  printer.print("  ", String(desc.open), ",");
  printer.print("  ", String(firstOf(desc)), ",");
  printer.print("  [");
  const written = new Map<string, number>();
  for (const number of new Set(desc.values.map((value) => value.number))) {
    const text = desc.value[number]?.jsonName ?? "";
    written.set(text, number);
    printer.print(`    [${number}, `, file.string(text), "],");
  }
  printer.print("  ],");
  // Of two values with one name, that by its name in the schema counts.
  const read = new Map<string, number>();
  for (const value of desc.values) read.set(value.jsonName, value.number);
  for (const value of desc.values) read.set(value.name, value.number);
  const others = [...read].filter(([text, number]) => written.get(text) !== number);
  if (others.length > 0) {
    printer.print("  [");
    for (const [text, number] of others) printer.print("    [", file.string(text), `, ${number}],`);
    printer.print("  ],");
  }
  printer.print(");");
  printer.print();
}
