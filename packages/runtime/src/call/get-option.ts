import {
  create,
  type DescExtension,
  type DescMessage,
  type ExtensionValueShape,
  getOption as getDescriptorOption,
  type MessageInitShape,
} from "@bufbuild/protobuf";
import { scalarZeroValue } from "@bufbuild/protobuf/reflect";
import { isWrapperDesc } from "@bufbuild/protobuf/wkt";
import type { Spec } from "./spec.js";

/**
 * The value of a custom option of an RPC or of its service, typed by the extension that
 * protoc-gen-es generated; the extension's default when the schema does not set the option.
 *
 * @param option - an extension of `google.protobuf.MethodOptions` or `google.protobuf.ServiceOptions`
 *
 * @example
 * const authorize: Interceptor = async (call, next) => {
 *   if (getOption(call.spec, visibility) !== Visibility.PUBLIC) requireUser(call);
 *   await next();
 * };
 *
 * @throws TypeError when the extension is of another kind of options
 */
export function getOption<Ext extends DescExtension>(spec: Spec, option: Ext): ExtensionValueShape<Ext> {
  const ofService = option.extendee.typeName === "google.protobuf.ServiceOptions";
  if (!ofService && option.extendee.typeName !== "google.protobuf.MethodOptions") {
    throw new TypeError(`${option.typeName} is an option of ${option.extendee.typeName}, not of methods or services`);
  }
  const { schema } = spec;
  if (schema !== undefined) {
    return getDescriptorOption((ofService ? schema.parent : schema) as never, option as never);
  }
  const literals = ofService ? spec.serviceOptions : spec.options;
  const literal = Object.hasOwn(literals, option.typeName) ? literals[option.typeName] : undefined;
  return optionValue(option, literal) as ExtensionValueShape<Ext>;
}

/** Makes of a literal in generated code what protobuf-es gives for the option. */
function optionValue(option: DescExtension, literal: unknown): unknown {
  switch (option.fieldKind) {
    case "message":
      // protobuf-es keeps a wrapper as a plain value, and a Struct as JSON.
      if (isWrapperDesc(option.message)) return literal ?? scalarZeroValue(option.message.fields[0].scalar, false);
      if (option.message.typeName === "google.protobuf.Struct") return literal ?? {};
      return messageOf(option.message, literal ?? {});
    case "list":
      return ((literal ?? []) as unknown[]).map((item) =>
        option.listKind === "message" ? messageOf(option.message, item) : item,
      );
    case "enum":
      return literal ?? option.getDefaultValue() ?? option.enum.values[0]?.number;
    default:
      return literal ?? option.getDefaultValue() ?? scalarZeroValue(option.scalar, option.longAsString);
  }
}

function messageOf(schema: DescMessage, literal: unknown): unknown {
  return create(schema, literal as MessageInitShape<DescMessage>);
}
