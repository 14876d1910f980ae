// The init types of the well-known types take what those of protobuf-es take, and the other way round.
import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import type * as wkt from "@bufbuild/protobuf/wkt";
import type { ApiSchema, MethodSchema, MixinSchema } from "@bufbuild/protobuf/wkt/google/protobuf/api_pb.js";
import type { SourceContextSchema } from "@bufbuild/protobuf/wkt/google/protobuf/source_context_pb.js";
import type {
  EnumSchema,
  EnumValueSchema,
  FieldSchema,
  OptionSchema,
  TypeSchema,
} from "@bufbuild/protobuf/wkt/google/protobuf/type_pb.js";
import type * as init from "./wkt/index.js";

function sameInit<Init, Schema extends DescMessage>(
  ..._proof: [Init] extends [MessageInitShape<Schema>]
    ? [MessageInitShape<Schema>] extends [Init]
      ? []
      : ["protobuf-es takes more"]
    : ["protobuf-es takes less"]
): void {}

sameInit<init.AnyInit, typeof wkt.AnySchema>();
sameInit<init.ApiInit, typeof ApiSchema>();
sameInit<init.MethodInit, typeof MethodSchema>();
sameInit<init.MixinInit, typeof MixinSchema>();
sameInit<init.CodeGeneratorRequestInit, typeof wkt.CodeGeneratorRequestSchema>();
sameInit<init.CodeGeneratorResponse_FileInit, typeof wkt.CodeGeneratorResponse_FileSchema>();
sameInit<init.CodeGeneratorResponseInit, typeof wkt.CodeGeneratorResponseSchema>();
sameInit<init.VersionInit, typeof wkt.VersionSchema>();
sameInit<init.DescriptorProto_ExtensionRangeInit, typeof wkt.DescriptorProto_ExtensionRangeSchema>();
sameInit<init.DescriptorProto_ReservedRangeInit, typeof wkt.DescriptorProto_ReservedRangeSchema>();
sameInit<init.DescriptorProtoInit, typeof wkt.DescriptorProtoSchema>();
sameInit<init.EnumDescriptorProto_EnumReservedRangeInit, typeof wkt.EnumDescriptorProto_EnumReservedRangeSchema>();
sameInit<init.EnumDescriptorProtoInit, typeof wkt.EnumDescriptorProtoSchema>();
sameInit<init.EnumOptionsInit, typeof wkt.EnumOptionsSchema>();
sameInit<init.EnumValueDescriptorProtoInit, typeof wkt.EnumValueDescriptorProtoSchema>();
sameInit<init.EnumValueOptionsInit, typeof wkt.EnumValueOptionsSchema>();
sameInit<init.ExtensionRangeOptions_DeclarationInit, typeof wkt.ExtensionRangeOptions_DeclarationSchema>();
sameInit<init.ExtensionRangeOptionsInit, typeof wkt.ExtensionRangeOptionsSchema>();
sameInit<init.FeatureSet_ProtoLimitsFeatureInit, typeof wkt.FeatureSet_ProtoLimitsFeatureSchema>();
sameInit<init.FeatureSet_VisibilityFeatureInit, typeof wkt.FeatureSet_VisibilityFeatureSchema>();
sameInit<
  init.FeatureSetDefaults_FeatureSetEditionDefaultInit,
  typeof wkt.FeatureSetDefaults_FeatureSetEditionDefaultSchema
>();
sameInit<init.FeatureSetDefaultsInit, typeof wkt.FeatureSetDefaultsSchema>();
sameInit<init.FeatureSetInit, typeof wkt.FeatureSetSchema>();
sameInit<init.FieldDescriptorProtoInit, typeof wkt.FieldDescriptorProtoSchema>();
sameInit<init.FieldOptions_EditionDefaultInit, typeof wkt.FieldOptions_EditionDefaultSchema>();
sameInit<init.FieldOptions_FeatureSupportInit, typeof wkt.FieldOptions_FeatureSupportSchema>();
sameInit<init.FieldOptionsInit, typeof wkt.FieldOptionsSchema>();
sameInit<init.FileDescriptorProtoInit, typeof wkt.FileDescriptorProtoSchema>();
sameInit<init.FileDescriptorSetInit, typeof wkt.FileDescriptorSetSchema>();
sameInit<init.FileOptionsInit, typeof wkt.FileOptionsSchema>();
sameInit<init.GeneratedCodeInfo_AnnotationInit, typeof wkt.GeneratedCodeInfo_AnnotationSchema>();
sameInit<init.GeneratedCodeInfoInit, typeof wkt.GeneratedCodeInfoSchema>();
sameInit<init.MessageOptionsInit, typeof wkt.MessageOptionsSchema>();
sameInit<init.MethodDescriptorProtoInit, typeof wkt.MethodDescriptorProtoSchema>();
sameInit<init.MethodOptionsInit, typeof wkt.MethodOptionsSchema>();
sameInit<init.OneofDescriptorProtoInit, typeof wkt.OneofDescriptorProtoSchema>();
sameInit<init.OneofOptionsInit, typeof wkt.OneofOptionsSchema>();
sameInit<init.ServiceDescriptorProtoInit, typeof wkt.ServiceDescriptorProtoSchema>();
sameInit<init.ServiceOptionsInit, typeof wkt.ServiceOptionsSchema>();
sameInit<init.SourceCodeInfo_LocationInit, typeof wkt.SourceCodeInfo_LocationSchema>();
sameInit<init.SourceCodeInfoInit, typeof wkt.SourceCodeInfoSchema>();
sameInit<init.UninterpretedOption_NamePartInit, typeof wkt.UninterpretedOption_NamePartSchema>();
sameInit<init.UninterpretedOptionInit, typeof wkt.UninterpretedOptionSchema>();
sameInit<init.DurationInit, typeof wkt.DurationSchema>();
sameInit<init.EmptyInit, typeof wkt.EmptySchema>();
sameInit<init.FieldMaskInit, typeof wkt.FieldMaskSchema>();
sameInit<init.SourceContextInit, typeof SourceContextSchema>();
sameInit<init.ListValueInit, typeof wkt.ListValueSchema>();
sameInit<init.StructInit, typeof wkt.StructSchema>();
sameInit<init.ValueInit, typeof wkt.ValueSchema>();
sameInit<init.TimestampInit, typeof wkt.TimestampSchema>();
sameInit<init.EnumInit, typeof EnumSchema>();
sameInit<init.EnumValueInit, typeof EnumValueSchema>();
sameInit<init.FieldInit, typeof FieldSchema>();
sameInit<init.OptionInit, typeof OptionSchema>();
sameInit<init.TypeInit, typeof TypeSchema>();
sameInit<init.BoolValueInit, typeof wkt.BoolValueSchema>();
sameInit<init.BytesValueInit, typeof wkt.BytesValueSchema>();
sameInit<init.DoubleValueInit, typeof wkt.DoubleValueSchema>();
sameInit<init.FloatValueInit, typeof wkt.FloatValueSchema>();
sameInit<init.Int32ValueInit, typeof wkt.Int32ValueSchema>();
sameInit<init.Int64ValueInit, typeof wkt.Int64ValueSchema>();
sameInit<init.StringValueInit, typeof wkt.StringValueSchema>();
sameInit<init.UInt32ValueInit, typeof wkt.UInt32ValueSchema>();
sameInit<init.UInt64ValueInit, typeof wkt.UInt64ValueSchema>();
