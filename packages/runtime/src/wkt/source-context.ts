import type { SourceContext } from "@bufbuild/protobuf/wkt/google/protobuf/source_context_pb.js";

/** What a SourceContext can be made from. */
export type SourceContextInit =
  | SourceContext
  | {
      $typeName?: never;
      fileName?: string;
    };
