import type { Duration } from "@bufbuild/protobuf/wkt";

/** What a Duration can be made from. */
export type DurationInit =
  | Duration
  | {
      $typeName?: never;
      seconds?: bigint;
      nanos?: number;
    };
