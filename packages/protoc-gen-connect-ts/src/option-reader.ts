// A file of its own: it makes a registry once for all printers.
import { createRegistry, type DescFile, type DescMethod, type DescService } from "@bufbuild/protobuf";
import { FileOptionsSchema, MethodOptionsSchema, ServiceOptionsSchema } from "@bufbuild/protobuf/wkt";
import type { Schema } from "@bufbuild/protoplugin";
import { locate, warn } from "./located-error.js";
import { type Literal, literalsOfExtensions } from "./option-literal.js";

/** The custom options of a method, service or file that survive at run time, by the full names of their extensions. */
export type OptionReader = (desc: DescMethod | DescService | DescFile) => Map<string, Literal>;

export function createOptionReader(schema: Schema): OptionReader {
  const registry = createRegistry(...schema.allFiles);
  return (desc) => {
    const { options } = desc.proto;
    if (options === undefined) return new Map();
    return new Map(
      literalsOfExtensions(extendees[desc.kind], options, registry, ({ typeName }, error) => {
        const place = desc.kind === "file" ? desc.proto.name : locate(desc);
        const owner = desc.kind === "file" ? "the file" : `${desc.kind} "${desc.name}"`;
        const reason = String((error as { readonly message?: unknown } | null)?.message ?? error);
        warn(`${place}: the value of option "${typeName}" of ${owner} is not of its type, and is left out: ${reason}`);
      }),
    );
  };
}

const extendees = { rpc: MethodOptionsSchema, service: ServiceOptionsSchema, file: FileOptionsSchema };
