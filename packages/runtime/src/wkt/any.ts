import type { Any } from "@bufbuild/protobuf/wkt";

/** What an Any can be made from. */
export type AnyInit =
  | Any
  | {
      $typeName?: never;
      typeUrl?: string;
      value?: Uint8Array;
    };
