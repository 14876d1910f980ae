import type {
  Enum,
  EnumValue,
  Field,
  Field_Cardinality,
  Field_Kind,
  Option,
  Syntax,
  Type,
} from "@bufbuild/protobuf/wkt/google/protobuf/type_pb.js";
import type { AnyInit } from "./any.js";
import type { SourceContextInit } from "./source-context.js";

/** What a Type can be made from. */
export type TypeInit =
  | Type
  | {
      $typeName?: never;
      name?: string;
      fields?: FieldInit[];
      oneofs?: string[];
      options?: OptionInit[];
      sourceContext?: SourceContextInit | undefined;
      syntax?: Syntax;
      edition?: string;
    };

/** What a Field can be made from. */
export type FieldInit =
  | Field
  | {
      $typeName?: never;
      kind?: Field_Kind;
      cardinality?: Field_Cardinality;
      number?: number;
      name?: string;
      typeUrl?: string;
      oneofIndex?: number;
      packed?: boolean;
      options?: OptionInit[];
      jsonName?: string;
      defaultValue?: string;
    };

/** What an Enum can be made from. */
export type EnumInit =
  | Enum
  | {
      $typeName?: never;
      name?: string;
      enumvalue?: EnumValueInit[];
      options?: OptionInit[];
      sourceContext?: SourceContextInit | undefined;
      syntax?: Syntax;
      edition?: string;
    };

/** What an EnumValue can be made from. */
export type EnumValueInit =
  | EnumValue
  | {
      $typeName?: never;
      name?: string;
      number?: number;
      options?: OptionInit[];
    };

/** What an Option can be made from. */
export type OptionInit =
  | Option
  | {
      $typeName?: never;
      name?: string;
      value?: AnyInit | undefined;
    };
