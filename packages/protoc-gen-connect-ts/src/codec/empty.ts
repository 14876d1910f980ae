import type { DescMessage } from "@bufbuild/protobuf";
import { Edition } from "@bufbuild/protobuf/wkt";
import type { Printable } from "@bufbuild/protoplugin";
import { defaultOf, isImplicit } from "./scalar.js";
import { type CodecScope, codecValue, key, member } from "./scope.js";

/** Whether messages of a type have their defaults on the prototype, to tell what is set: as in protobuf-es. */
export function hasDefaultsOnPrototype(message: DescMessage): boolean {
  switch (message.file.edition) {
    case Edition.EDITION_PROTO3:
      return false;
    case Edition.EDITION_PROTO2:
      return true;
    default:
      return message.fields.some((f) => !isImplicit(f) && f.fieldKind !== "message" && f.oneof === undefined);
  }
}

/** Prints the defaults that messages of a type have on their prototype. */
export function printDefaults(scope: CodecScope, message: DescMessage): void {
  if (!hasDefaultsOnPrototype(message)) return;
  const { printer } = scope;
  printer.print("const ", scope.local(message, "defaults"), " = {");
  for (const field of message.fields) {
    if (field.oneof !== undefined || (field.fieldKind !== "scalar" && field.fieldKind !== "enum")) continue;
    printer.print("  ", key(field.localName), ": ", defaultOf(scope, field), ",");
  }
  printer.print("};");
  printer.print();
}

/** Prints the function that makes a message without any field set: an argument. */
export function printEmpty(scope: CodecScope, message: DescMessage): void {
  const { printer } = scope;
  const name = JSON.stringify(message.typeName);
  const arrow: Printable = ["  ()", printer.type(": object"), " => "];
  if (!hasDefaultsOnPrototype(message)) {
    printer.print(arrow, "({");
    printer.print("    $typeName: ", name, ",");
    for (const [property, value] of ownMembers(scope, message)) printer.print("    ", key(property), ": ", value, ",");
    printer.print("  }),");
    return;
  }
  printer.print(arrow, "{");
  printer.print(
    "    const m = ",
    codecValue(scope, "inherit"),
    "(",
    scope.local(message, "defaults"),
    ", ",
    name,
    ");",
  );
  for (const [property, value] of ownMembers(scope, message)) {
    printer.print("    ", member("m", property), " = ", value, ";");
  }
  printer.print("    return m;");
  printer.print("  },");
}

/** The members that a message has without any field set, with their values. */
function ownMembers(scope: CodecScope, message: DescMessage): [string, Printable][] {
  return message.members.flatMap((desc): [string, Printable][] => {
    if (desc.kind === "oneof") return [[desc.localName, "{ case: undefined }"]];
    if (desc.fieldKind === "list") return [[desc.localName, "[]"]];
    if (desc.fieldKind === "map") return [[desc.localName, "{}"]];
    return desc.fieldKind !== "message" && isImplicit(desc) ? [[desc.localName, defaultOf(scope, desc)]] : [];
  });
}
