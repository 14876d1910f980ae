import type {
  DescriptorProto,
  DescriptorProto_ExtensionRange,
  DescriptorProto_ReservedRange,
  Edition,
  EnumDescriptorProto,
  EnumDescriptorProto_EnumReservedRange,
  EnumOptions,
  EnumValueDescriptorProto,
  EnumValueOptions,
  ExtensionRangeOptions,
  ExtensionRangeOptions_Declaration,
  ExtensionRangeOptions_VerificationState,
  FeatureSet,
  FeatureSet_EnforceNamingStyle,
  FeatureSet_EnumType,
  FeatureSet_FieldPresence,
  FeatureSet_JsonFormat,
  FeatureSet_MessageEncoding,
  FeatureSet_ProtoLimitsFeature,
  FeatureSet_ProtoLimitsFeature_EnforceProtoLimits,
  FeatureSet_RepeatedFieldEncoding,
  FeatureSet_Utf8Validation,
  FeatureSet_VisibilityFeature,
  FeatureSet_VisibilityFeature_DefaultSymbolVisibility,
  FeatureSetDefaults,
  FeatureSetDefaults_FeatureSetEditionDefault,
  FieldDescriptorProto,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FieldOptions,
  FieldOptions_CType,
  FieldOptions_EditionDefault,
  FieldOptions_FeatureSupport,
  FieldOptions_JSType,
  FieldOptions_OptionRetention,
  FieldOptions_OptionTargetType,
  FileDescriptorProto,
  FileDescriptorSet,
  FileOptions,
  FileOptions_OptimizeMode,
  GeneratedCodeInfo,
  GeneratedCodeInfo_Annotation,
  GeneratedCodeInfo_Annotation_Semantic,
  MessageOptions,
  MethodDescriptorProto,
  MethodOptions,
  MethodOptions_IdempotencyLevel,
  OneofDescriptorProto,
  OneofOptions,
  ServiceDescriptorProto,
  ServiceOptions,
  SourceCodeInfo,
  SourceCodeInfo_Location,
  SymbolVisibility,
  UninterpretedOption,
  UninterpretedOption_NamePart,
} from "@bufbuild/protobuf/wkt";

/** What a FileDescriptorSet can be made from. */
export type FileDescriptorSetInit =
  | FileDescriptorSet
  | {
      $typeName?: never;
      file?: FileDescriptorProtoInit[];
    };

/** What a FileDescriptorProto can be made from. */
export type FileDescriptorProtoInit =
  | FileDescriptorProto
  | {
      $typeName?: never;
      name?: string;
      package?: string;
      dependency?: string[];
      publicDependency?: number[];
      weakDependency?: number[];
      optionDependency?: string[];
      messageType?: DescriptorProtoInit[];
      enumType?: EnumDescriptorProtoInit[];
      service?: ServiceDescriptorProtoInit[];
      extension?: FieldDescriptorProtoInit[];
      options?: FileOptionsInit | undefined;
      sourceCodeInfo?: SourceCodeInfoInit | undefined;
      syntax?: string;
      edition?: Edition;
    };

/** What a DescriptorProto can be made from. */
export type DescriptorProtoInit =
  | DescriptorProto
  | {
      $typeName?: never;
      name?: string;
      field?: FieldDescriptorProtoInit[];
      extension?: FieldDescriptorProtoInit[];
      nestedType?: DescriptorProtoInit[];
      enumType?: EnumDescriptorProtoInit[];
      extensionRange?: DescriptorProto_ExtensionRangeInit[];
      oneofDecl?: OneofDescriptorProtoInit[];
      options?: MessageOptionsInit | undefined;
      reservedRange?: DescriptorProto_ReservedRangeInit[];
      reservedName?: string[];
      visibility?: SymbolVisibility;
    };

/** What an ExtensionRange can be made from. */
export type DescriptorProto_ExtensionRangeInit =
  | DescriptorProto_ExtensionRange
  | {
      $typeName?: never;
      start?: number;
      end?: number;
      options?: ExtensionRangeOptionsInit | undefined;
    };

/** What a ReservedRange can be made from. */
export type DescriptorProto_ReservedRangeInit =
  | DescriptorProto_ReservedRange
  | {
      $typeName?: never;
      start?: number;
      end?: number;
    };

/** What an ExtensionRangeOptions can be made from. */
export type ExtensionRangeOptionsInit =
  | ExtensionRangeOptions
  | {
      $typeName?: never;
      uninterpretedOption?: UninterpretedOptionInit[];
      declaration?: ExtensionRangeOptions_DeclarationInit[];
      features?: FeatureSetInit | undefined;
      verification?: ExtensionRangeOptions_VerificationState;
    };

/** What a Declaration can be made from. */
export type ExtensionRangeOptions_DeclarationInit =
  | ExtensionRangeOptions_Declaration
  | {
      $typeName?: never;
      number?: number;
      fullName?: string;
      type?: string;
      reserved?: boolean;
      repeated?: boolean;
    };

/** What a FieldDescriptorProto can be made from. */
export type FieldDescriptorProtoInit =
  | FieldDescriptorProto
  | {
      $typeName?: never;
      name?: string;
      number?: number;
      label?: FieldDescriptorProto_Label;
      type?: FieldDescriptorProto_Type;
      typeName?: string;
      extendee?: string;
      defaultValue?: string;
      oneofIndex?: number;
      jsonName?: string;
      options?: FieldOptionsInit | undefined;
      proto3Optional?: boolean;
    };

/** What an OneofDescriptorProto can be made from. */
export type OneofDescriptorProtoInit =
  | OneofDescriptorProto
  | {
      $typeName?: never;
      name?: string;
      options?: OneofOptionsInit | undefined;
    };

/** What an EnumDescriptorProto can be made from. */
export type EnumDescriptorProtoInit =
  | EnumDescriptorProto
  | {
      $typeName?: never;
      name?: string;
      value?: EnumValueDescriptorProtoInit[];
      options?: EnumOptionsInit | undefined;
      reservedRange?: EnumDescriptorProto_EnumReservedRangeInit[];
      reservedName?: string[];
      visibility?: SymbolVisibility;
    };

/** What an EnumReservedRange can be made from. */
export type EnumDescriptorProto_EnumReservedRangeInit =
  | EnumDescriptorProto_EnumReservedRange
  | {
      $typeName?: never;
      start?: number;
      end?: number;
    };

/** What an EnumValueDescriptorProto can be made from. */
export type EnumValueDescriptorProtoInit =
  | EnumValueDescriptorProto
  | {
      $typeName?: never;
      name?: string;
      number?: number;
      options?: EnumValueOptionsInit | undefined;
    };

/** What a ServiceDescriptorProto can be made from. */
export type ServiceDescriptorProtoInit =
  | ServiceDescriptorProto
  | {
      $typeName?: never;
      name?: string;
      method?: MethodDescriptorProtoInit[];
      options?: ServiceOptionsInit | undefined;
    };

/** What a MethodDescriptorProto can be made from. */
export type MethodDescriptorProtoInit =
  | MethodDescriptorProto
  | {
      $typeName?: never;
      name?: string;
      inputType?: string;
      outputType?: string;
      options?: MethodOptionsInit | undefined;
      clientStreaming?: boolean;
      serverStreaming?: boolean;
    };

/** What a FileOptions can be made from. */
export type FileOptionsInit =
  | FileOptions
  | {
      $typeName?: never;
      javaPackage?: string;
      javaOuterClassname?: string;
      javaMultipleFiles?: boolean;
      /** @deprecated */
      javaGenerateEqualsAndHash?: boolean;
      javaStringCheckUtf8?: boolean;
      optimizeFor?: FileOptions_OptimizeMode;
      goPackage?: string;
      ccGenericServices?: boolean;
      javaGenericServices?: boolean;
      pyGenericServices?: boolean;
      deprecated?: boolean;
      ccEnableArenas?: boolean;
      objcClassPrefix?: string;
      csharpNamespace?: string;
      swiftPrefix?: string;
      phpClassPrefix?: string;
      phpNamespace?: string;
      phpMetadataNamespace?: string;
      rubyPackage?: string;
      features?: FeatureSetInit | undefined;
      uninterpretedOption?: UninterpretedOptionInit[];
    };

/** What a MessageOptions can be made from. */
export type MessageOptionsInit =
  | MessageOptions
  | {
      $typeName?: never;
      messageSetWireFormat?: boolean;
      noStandardDescriptorAccessor?: boolean;
      deprecated?: boolean;
      mapEntry?: boolean;
      /** @deprecated */
      deprecatedLegacyJsonFieldConflicts?: boolean;
      features?: FeatureSetInit | undefined;
      uninterpretedOption?: UninterpretedOptionInit[];
    };

/** What a FieldOptions can be made from. */
export type FieldOptionsInit =
  | FieldOptions
  | {
      $typeName?: never;
      ctype?: FieldOptions_CType;
      packed?: boolean;
      jstype?: FieldOptions_JSType;
      lazy?: boolean;
      unverifiedLazy?: boolean;
      deprecated?: boolean;
      /** @deprecated */
      weak?: boolean;
      debugRedact?: boolean;
      retention?: FieldOptions_OptionRetention;
      targets?: FieldOptions_OptionTargetType[];
      editionDefaults?: FieldOptions_EditionDefaultInit[];
      features?: FeatureSetInit | undefined;
      featureSupport?: FieldOptions_FeatureSupportInit | undefined;
      uninterpretedOption?: UninterpretedOptionInit[];
    };

/** What an EditionDefault can be made from. */
export type FieldOptions_EditionDefaultInit =
  | FieldOptions_EditionDefault
  | {
      $typeName?: never;
      edition?: Edition;
      value?: string;
    };

/** What a FeatureSupport can be made from. */
export type FieldOptions_FeatureSupportInit =
  | FieldOptions_FeatureSupport
  | {
      $typeName?: never;
      editionIntroduced?: Edition;
      editionDeprecated?: Edition;
      deprecationWarning?: string;
      editionRemoved?: Edition;
      removalError?: string;
    };

/** What an OneofOptions can be made from. */
export type OneofOptionsInit =
  | OneofOptions
  | {
      $typeName?: never;
      features?: FeatureSetInit | undefined;
      uninterpretedOption?: UninterpretedOptionInit[];
    };

/** What an EnumOptions can be made from. */
export type EnumOptionsInit =
  | EnumOptions
  | {
      $typeName?: never;
      allowAlias?: boolean;
      deprecated?: boolean;
      /** @deprecated */
      deprecatedLegacyJsonFieldConflicts?: boolean;
      features?: FeatureSetInit | undefined;
      uninterpretedOption?: UninterpretedOptionInit[];
    };

/** What an EnumValueOptions can be made from. */
export type EnumValueOptionsInit =
  | EnumValueOptions
  | {
      $typeName?: never;
      deprecated?: boolean;
      features?: FeatureSetInit | undefined;
      debugRedact?: boolean;
      featureSupport?: FieldOptions_FeatureSupportInit | undefined;
      uninterpretedOption?: UninterpretedOptionInit[];
    };

/** What a ServiceOptions can be made from. */
export type ServiceOptionsInit =
  | ServiceOptions
  | {
      $typeName?: never;
      features?: FeatureSetInit | undefined;
      deprecated?: boolean;
      uninterpretedOption?: UninterpretedOptionInit[];
    };

/** What a MethodOptions can be made from. */
export type MethodOptionsInit =
  | MethodOptions
  | {
      $typeName?: never;
      deprecated?: boolean;
      idempotencyLevel?: MethodOptions_IdempotencyLevel;
      features?: FeatureSetInit | undefined;
      uninterpretedOption?: UninterpretedOptionInit[];
    };

/** What an UninterpretedOption can be made from. */
export type UninterpretedOptionInit =
  | UninterpretedOption
  | {
      $typeName?: never;
      name?: UninterpretedOption_NamePartInit[];
      identifierValue?: string;
      positiveIntValue?: bigint;
      negativeIntValue?: bigint;
      doubleValue?: number;
      stringValue?: Uint8Array;
      aggregateValue?: string;
    };

/** What a NamePart can be made from. */
export type UninterpretedOption_NamePartInit =
  | UninterpretedOption_NamePart
  | {
      $typeName?: never;
      namePart?: string;
      isExtension?: boolean;
    };

/** What a FeatureSet can be made from. */
export type FeatureSetInit =
  | FeatureSet
  | {
      $typeName?: never;
      fieldPresence?: FeatureSet_FieldPresence;
      enumType?: FeatureSet_EnumType;
      repeatedFieldEncoding?: FeatureSet_RepeatedFieldEncoding;
      utf8Validation?: FeatureSet_Utf8Validation;
      messageEncoding?: FeatureSet_MessageEncoding;
      jsonFormat?: FeatureSet_JsonFormat;
      enforceNamingStyle?: FeatureSet_EnforceNamingStyle;
      defaultSymbolVisibility?: FeatureSet_VisibilityFeature_DefaultSymbolVisibility;
      enforceProtoLimits?: FeatureSet_ProtoLimitsFeature_EnforceProtoLimits;
    };

/** What a VisibilityFeature can be made from. */
export type FeatureSet_VisibilityFeatureInit =
  | FeatureSet_VisibilityFeature
  | {
      $typeName?: never;
    };

/** What a ProtoLimitsFeature can be made from. */
export type FeatureSet_ProtoLimitsFeatureInit =
  | FeatureSet_ProtoLimitsFeature
  | {
      $typeName?: never;
    };

/** What a FeatureSetDefaults can be made from. */
export type FeatureSetDefaultsInit =
  | FeatureSetDefaults
  | {
      $typeName?: never;
      defaults?: FeatureSetDefaults_FeatureSetEditionDefaultInit[];
      minimumEdition?: Edition;
      maximumEdition?: Edition;
    };

/** What a FeatureSetEditionDefault can be made from. */
export type FeatureSetDefaults_FeatureSetEditionDefaultInit =
  | FeatureSetDefaults_FeatureSetEditionDefault
  | {
      $typeName?: never;
      edition?: Edition;
      overridableFeatures?: FeatureSetInit | undefined;
      fixedFeatures?: FeatureSetInit | undefined;
    };

/** What a SourceCodeInfo can be made from. */
export type SourceCodeInfoInit =
  | SourceCodeInfo
  | {
      $typeName?: never;
      location?: SourceCodeInfo_LocationInit[];
    };

/** What a Location can be made from. */
export type SourceCodeInfo_LocationInit =
  | SourceCodeInfo_Location
  | {
      $typeName?: never;
      path?: number[];
      span?: number[];
      leadingComments?: string;
      trailingComments?: string;
      leadingDetachedComments?: string[];
    };

/** What a GeneratedCodeInfo can be made from. */
export type GeneratedCodeInfoInit =
  | GeneratedCodeInfo
  | {
      $typeName?: never;
      annotation?: GeneratedCodeInfo_AnnotationInit[];
    };

/** What an Annotation can be made from. */
export type GeneratedCodeInfo_AnnotationInit =
  | GeneratedCodeInfo_Annotation
  | {
      $typeName?: never;
      path?: number[];
      sourceFile?: string;
      begin?: number;
      end?: number;
      semantic?: GeneratedCodeInfo_Annotation_Semantic;
    };
