import { createRegistry, type DescFile, type DescMethod, type DescService } from "@bufbuild/protobuf";
import { FileOptionsSchema, MethodOptionsSchema, ServiceOptionsSchema } from "@bufbuild/protobuf/wkt";
import type { Schema } from "@bufbuild/protoplugin";
import { type Literal, literalsOfExtensions } from "./option-literal.js";

/** The custom options of a method, service or file that survive at run time, by the full names of their extensions. */
export type OptionReader = (desc: DescMethod | DescService | DescFile) => Map<string, Literal>;

export function createOptionReader(schema: Schema): OptionReader {
  const registry = createRegistry(...schema.allFiles);
  return (desc) => {
    const { options } = desc.proto;
    return new Map(options === undefined ? [] : literalsOfExtensions(extendees[desc.kind], options, registry));
  };
}

const extendees = { rpc: MethodOptionsSchema, service: ServiceOptionsSchema, file: FileOptionsSchema };
