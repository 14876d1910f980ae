import {
  create,
  type DescExtension,
  type DescFile,
  type DescMessage,
  type DescMethod,
  type DescService,
  type ExtensionValueShape,
  getOption as getDescriptorOption,
  type MessageInitShape,
} from "@bufbuild/protobuf";
import { scalarZeroValue } from "@bufbuild/protobuf/reflect";
import { isWrapperDesc } from "@bufbuild/protobuf/wkt";
import type { Spec, SpecOptions } from "./spec.js";

/**
 * The value of a custom option of an RPC, of its service or of their file, typed by the extension that
 * protoc-gen-es generated; the extension's default when the schema does not set the option.
 *
 * @param option - an extension of `google.protobuf.MethodOptions`, `ServiceOptions` or `FileOptions`
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
  const { desc, literals } = ownerOf(spec, option);
  if (desc !== undefined) {
    return getDescriptorOption(desc as never, option as never);
  }
  const literal =
    literals !== undefined && Object.hasOwn(literals, option.typeName) ? literals[option.typeName] : undefined;
  return optionValue(option, literal) as ExtensionValueShape<Ext>;
}

/** Where options of this kind stand: in the descriptor, if the spec has one, or else in generated code. */
function ownerOf(
  { schema, options, serviceOptions, fileOptions }: Spec,
  { typeName, extendee }: DescExtension,
): { desc: DescMethod | DescService | DescFile | undefined; literals: SpecOptions | undefined } {
  switch (extendee.typeName) {
    case "google.protobuf.MethodOptions":
      return { desc: schema, literals: options };
    case "google.protobuf.ServiceOptions":
      return { desc: schema?.parent, literals: serviceOptions };
    case "google.protobuf.FileOptions":
      return { desc: schema?.parent.file, literals: fileOptions };
    default:
      throw new TypeError(`${typeName} is an option of ${extendee.typeName}, not of methods, services or files`);
  }
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
