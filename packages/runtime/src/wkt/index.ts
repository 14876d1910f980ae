// What the well-known types (google/protobuf/*.proto) can be made from. Generated code refers to
// these as it does to the init types of your own messages. There are types only.
export type { AnyInit } from "./any.js";
export type { ApiInit, MethodInit, MixinInit } from "./api.js";
export type {
  CodeGeneratorRequestInit,
  CodeGeneratorResponse_FileInit,
  CodeGeneratorResponseInit,
  VersionInit,
} from "./compiler-plugin.js";
export type {
  DescriptorProto_ExtensionRangeInit,
  DescriptorProto_ReservedRangeInit,
  DescriptorProtoInit,
  EnumDescriptorProto_EnumReservedRangeInit,
  EnumDescriptorProtoInit,
  EnumOptionsInit,
  EnumValueDescriptorProtoInit,
  EnumValueOptionsInit,
  ExtensionRangeOptions_DeclarationInit,
  ExtensionRangeOptionsInit,
  FeatureSet_ProtoLimitsFeatureInit,
  FeatureSet_VisibilityFeatureInit,
  FeatureSetDefaults_FeatureSetEditionDefaultInit,
  FeatureSetDefaultsInit,
  FeatureSetInit,
  FieldDescriptorProtoInit,
  FieldOptions_EditionDefaultInit,
  FieldOptions_FeatureSupportInit,
  FieldOptionsInit,
  FileDescriptorProtoInit,
  FileDescriptorSetInit,
  FileOptionsInit,
  GeneratedCodeInfo_AnnotationInit,
  GeneratedCodeInfoInit,
  MessageOptionsInit,
  MethodDescriptorProtoInit,
  MethodOptionsInit,
  OneofDescriptorProtoInit,
  OneofOptionsInit,
  ServiceDescriptorProtoInit,
  ServiceOptionsInit,
  SourceCodeInfo_LocationInit,
  SourceCodeInfoInit,
  UninterpretedOption_NamePartInit,
  UninterpretedOptionInit,
} from "./descriptor.js";
export type { DurationInit } from "./duration.js";
export type { EmptyInit } from "./empty.js";
export type { FieldMaskInit } from "./field-mask.js";
export type { SourceContextInit } from "./source-context.js";
export type { ListValueInit, StructInit, ValueInit } from "./struct.js";
export type { TimestampInit } from "./timestamp.js";
export type { EnumInit, EnumValueInit, FieldInit, OptionInit, TypeInit } from "./type.js";
export type {
  BoolValueInit,
  BytesValueInit,
  DoubleValueInit,
  FloatValueInit,
  Int32ValueInit,
  Int64ValueInit,
  StringValueInit,
  UInt32ValueInit,
  UInt64ValueInit,
} from "./wrappers.js";
