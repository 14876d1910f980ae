import {
  type FieldPath,
  type FieldPathElement,
  ViolationsSchema,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { ConnectError } from "@connect-ts/runtime";

/**
 * The violations that an error carries: by the path of the field, what is wrong with it. A path is `name`, `address.lines[0]`,
 * `prices["tea"]`, or `""` for the message as a whole. Empty for an error that carries none, and for whatever is no error of a call.
 *
 * @example
 * for (const [field, messages] of violationsOf(error)) form.show(field, messages.join(", "));
 */
export function violationsOf(error: unknown): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { violations } of ConnectError.from(error).findDetails(ViolationsSchema)) {
    for (const { field, message, ruleId } of violations) {
      const path = field === undefined ? "" : textOf(field);
      const messages = found.get(path) ?? [];
      // A rule need not have a message; its name is better than nothing.
      messages.push(message === "" ? ruleId : message);
      found.set(path, messages);
    }
  }
  return found;
}

function textOf({ elements }: FieldPath): string {
  return elements
    .map((element, index) => (index === 0 || isExtension(element) ? "" : ".") + element.fieldName + subscript(element))
    .join("");
}

/** Extensions are written in brackets, and stand without a point. */
function isExtension({ fieldName }: FieldPathElement): boolean {
  return fieldName.startsWith("[");
}

function subscript({ subscript: { case: kind, value } }: FieldPathElement): string {
  if (kind === undefined) return "";
  return `[${kind === "stringKey" ? JSON.stringify(value) : String(value)}]`;
}
