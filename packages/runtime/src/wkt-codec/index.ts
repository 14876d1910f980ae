export { AnyCodec } from "./any_codec.js";
export { ApiCodec, MethodCodec, MixinCodec } from "./api_codec.js";
export { DurationCodec } from "./duration_codec.js";
export { EmptyCodec } from "./empty_codec.js";
export { FieldMaskCodec } from "./field_mask_codec.js";
export { SourceContextCodec } from "./source_context_codec.js";
export { ListValueCodec, StructCodec, ValueCodec } from "./struct_codec.js";
export { TimestampCodec } from "./timestamp_codec.js";
export { EnumCodec, EnumValueCodec, FieldCodec, OptionCodec, TypeCodec } from "./type_codec.js";
export {
  BoolValueCodec,
  BytesValueCodec,
  DoubleValueCodec,
  FloatValueCodec,
  Int32ValueCodec,
  Int64ValueCodec,
  StringValueCodec,
  UInt32ValueCodec,
  UInt64ValueCodec,
} from "./wrappers_codec.js";
