import type { Empty } from "@bufbuild/protobuf/wkt";

/** What an Empty can be made from. */
export type EmptyInit =
  | Empty
  | {
      $typeName?: never;
    };
