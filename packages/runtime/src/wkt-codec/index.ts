export { AnyCodec, AnyJson } from "./any_codec.js";
export { ApiCodec, ApiJson, MethodCodec, MethodJson, MixinCodec, MixinJson } from "./api_codec.js";
export { DurationCodec, DurationJson } from "./duration_codec.js";
export { EmptyCodec, EmptyJson } from "./empty_codec.js";
export { FieldMaskCodec, FieldMaskJson } from "./field_mask_codec.js";
export { SourceContextCodec, SourceContextJson } from "./source_context_codec.js";
export { ListValueCodec, ListValueJson, StructCodec, StructJson, ValueCodec, ValueJson } from "./struct_codec.js";
export { TimestampCodec, TimestampJson } from "./timestamp_codec.js";
export {
  EnumCodec,
  EnumJson,
  EnumValueCodec,
  EnumValueJson,
  FieldCodec,
  FieldJson,
  OptionCodec,
  OptionJson,
  TypeCodec,
  TypeJson,
} from "./type_codec.js";
export {
  BoolValueCodec,
  BoolValueJson,
  BytesValueCodec,
  BytesValueJson,
  DoubleValueCodec,
  DoubleValueJson,
  FloatValueCodec,
  FloatValueJson,
  Int32ValueCodec,
  Int32ValueJson,
  Int64ValueCodec,
  Int64ValueJson,
  StringValueCodec,
  StringValueJson,
  UInt32ValueCodec,
  UInt32ValueJson,
  UInt64ValueCodec,
  UInt64ValueJson,
} from "./wrappers_codec.js";
