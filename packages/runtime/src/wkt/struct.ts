import type { ListValue, NullValue, Struct, Value } from "@bufbuild/protobuf/wkt";

/** What a Struct can be made from. */
export type StructInit =
  | Struct
  | {
      $typeName?: never;
      fields?: { [key: string | number]: ValueInit };
    };

/** What a Value can be made from. */
export type ValueInit =
  | Value
  | {
      $typeName?: never;
      kind?:
        | { case: "nullValue"; value: NullValue }
        | { case: "numberValue"; value: number }
        | { case: "stringValue"; value: string }
        | { case: "boolValue"; value: boolean }
        | { case: "structValue"; value: StructInit }
        | { case: "listValue"; value: ListValueInit }
        | { case: undefined; value?: undefined };
    };

/** What a ListValue can be made from. */
export type ListValueInit =
  | ListValue
  | {
      $typeName?: never;
      values?: ValueInit[];
    };
