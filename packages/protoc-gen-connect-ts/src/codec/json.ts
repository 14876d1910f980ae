import { type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { isWrapperDesc } from "@bufbuild/protobuf/wkt";
import type { Printable } from "@bufbuild/protoplugin";
import { fromJsonDeclaration, printFromJson } from "./json-read.js";
import { scalarFromJson, scalarToJson } from "./json-scalar.js";
import { jsonWktOf } from "./json-wkt.js";
import { printToJson, toJsonDeclaration } from "./json-write.js";
import { type CodecScope, codecType, codecValue } from "./scope.js";

/** Prints the JSON half of a message's codec. */
export function printJson(scope: CodecScope, message: DescMessage): void {
  const { printer, imports } = scope;
  const { file } = printer;
  const wkt = jsonWktOf(message);
  const deprecated = message.deprecated ? "\n@deprecated" : "";
  printer.print(file.jsDoc(`The JSON of ${message.typeName}.\n\n@generated from ${message}${deprecated}`));
  const functions: Printable =
    wkt === undefined
      ? [scope.local(message, "toJson"), ", ", scope.local(message, "fromJson")]
      : [codecValue(scope, `${wkt}ToJson`), ", ", codecValue(scope, `${wkt}FromJson`)];
  printer.print(
    printer.export("const", imports.jsonName(printer, message)),
    printer.type(": ", codecType(scope, "JsonForm"), "<", imports.shape(printer, message), ">"),
    printer.values
      ? [
          " = /* @__PURE__ */ ",
          codecValue(scope, "jsonForm"),
          "(",
          JSON.stringify(message.typeName),
          ", ",
          functions,
          ");",
        ]
      : ";",
  );
  printer.print();
  if (!printer.values || wkt !== undefined) return;
  if (isWrapperDesc(message)) {
    printWrapper(scope, message);
  } else {
    printToJson(scope, message);
    printFromJson(scope, message);
  }
}

/** A wrapper stands as its value. */
function printWrapper(scope: CodecScope, message: DescMessage): void {
  const { printer } = scope;
  const scalar = message.fields[0]?.scalar ?? ScalarType.INT32;
  printer.print(...toJsonDeclaration(scope, message, "_o"));
  printer.print("  return ", scalarToJson(scope, scalar), "(m.value);");
  printer.print("}");
  printer.print();
  printer.print(...fromJsonDeclaration(scope, message));
  printer.print("  r.enter(", JSON.stringify(message.typeName), ");");
  printer.print("  const m = ", scope.local(message, "empty"), "();");
  printer.print("  if (json !== null) m.value = ", scalarFromJson(scope, scalar, false), "(json);");
  printer.print("  r.leave();");
  printer.print("  return m;");
  printer.print("}");
  printer.print();
}
