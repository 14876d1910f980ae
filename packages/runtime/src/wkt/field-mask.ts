import type { FieldMask } from "@bufbuild/protobuf/wkt";

/** What a FieldMask can be made from. */
export type FieldMaskInit =
  | FieldMask
  | {
      $typeName?: never;
      paths?: string[];
    };
