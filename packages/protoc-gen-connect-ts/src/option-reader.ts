import {
  createRegistry,
  type DescExtension,
  type DescMethod,
  type DescService,
  getExtension,
} from "@bufbuild/protobuf";
import { FieldOptions_OptionRetention, MethodOptionsSchema, ServiceOptionsSchema } from "@bufbuild/protobuf/wkt";
import type { Schema } from "@bufbuild/protoplugin";
import { type Literal, literalOfExtension } from "./option-literal.js";

/** The custom options of a method or service that survive at run time, by the full names of their extensions. */
export type OptionReader = (desc: DescMethod | DescService) => Map<string, Literal>;

export function createOptionReader(schema: Schema): OptionReader {
  const registry = createRegistry(...schema.allFiles);
  return (desc) => {
    const { options } = desc.proto;
    const extendee = desc.kind === "rpc" ? MethodOptionsSchema : ServiceOptionsSchema;
    const extensions = new Map<string, DescExtension>();
    for (const { no } of options?.$unknown ?? []) {
      const extension = registry.getExtensionFor(extendee, no);
      if (extension !== undefined && !isSourceOnly(extension)) {
        extensions.set(extension.typeName, extension);
      }
    }
    const literals = new Map<string, Literal>();
    for (const name of [...extensions.keys()].sort()) {
      const extension = extensions.get(name);
      if (options !== undefined && extension !== undefined) {
        literals.set(name, literalOfExtension(extension, getExtension(options, extension)));
      }
    }
    return literals;
  };
}

function isSourceOnly(extension: DescExtension): boolean {
  return extension.proto.options?.retention === FieldOptions_OptionRetention.RETENTION_SOURCE;
}
