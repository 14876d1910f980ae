import type { Timestamp } from "@bufbuild/protobuf/wkt";

/** What a Timestamp can be made from. */
export type TimestampInit =
  | Timestamp
  | {
      $typeName?: never;
      seconds?: bigint;
      nanos?: number;
    };
