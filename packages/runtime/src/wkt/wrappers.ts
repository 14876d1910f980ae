import type {
  BoolValue,
  BytesValue,
  DoubleValue,
  FloatValue,
  Int32Value,
  Int64Value,
  StringValue,
  UInt32Value,
  UInt64Value,
} from "@bufbuild/protobuf/wkt";

/** What a DoubleValue can be made from. */
export type DoubleValueInit =
  | DoubleValue
  | {
      $typeName?: never;
      value?: number;
    };

/** What a FloatValue can be made from. */
export type FloatValueInit =
  | FloatValue
  | {
      $typeName?: never;
      value?: number;
    };

/** What an Int64Value can be made from. */
export type Int64ValueInit =
  | Int64Value
  | {
      $typeName?: never;
      value?: bigint;
    };

/** What an UInt64Value can be made from. */
export type UInt64ValueInit =
  | UInt64Value
  | {
      $typeName?: never;
      value?: bigint;
    };

/** What an Int32Value can be made from. */
export type Int32ValueInit =
  | Int32Value
  | {
      $typeName?: never;
      value?: number;
    };

/** What an UInt32Value can be made from. */
export type UInt32ValueInit =
  | UInt32Value
  | {
      $typeName?: never;
      value?: number;
    };

/** What a BoolValue can be made from. */
export type BoolValueInit =
  | BoolValue
  | {
      $typeName?: never;
      value?: boolean;
    };

/** What a StringValue can be made from. */
export type StringValueInit =
  | StringValue
  | {
      $typeName?: never;
      value?: string;
    };

/** What a BytesValue can be made from. */
export type BytesValueInit =
  | BytesValue
  | {
      $typeName?: never;
      value?: Uint8Array;
    };
