import type {
  CodeGeneratorRequest,
  CodeGeneratorResponse,
  CodeGeneratorResponse_File,
  Version,
} from "@bufbuild/protobuf/wkt";
import type { FileDescriptorProtoInit, GeneratedCodeInfoInit } from "./descriptor.js";

/** What a Version can be made from. */
export type VersionInit =
  | Version
  | {
      $typeName?: never;
      major?: number;
      minor?: number;
      patch?: number;
      suffix?: string;
    };

/** What a CodeGeneratorRequest can be made from. */
export type CodeGeneratorRequestInit =
  | CodeGeneratorRequest
  | {
      $typeName?: never;
      fileToGenerate?: string[];
      parameter?: string;
      protoFile?: FileDescriptorProtoInit[];
      sourceFileDescriptors?: FileDescriptorProtoInit[];
      compilerVersion?: VersionInit | undefined;
    };

/** What a CodeGeneratorResponse can be made from. */
export type CodeGeneratorResponseInit =
  | CodeGeneratorResponse
  | {
      $typeName?: never;
      error?: string;
      supportedFeatures?: bigint;
      minimumEdition?: number;
      maximumEdition?: number;
      file?: CodeGeneratorResponse_FileInit[];
    };

/** What a File can be made from. */
export type CodeGeneratorResponse_FileInit =
  | CodeGeneratorResponse_File
  | {
      $typeName?: never;
      name?: string;
      insertionPoint?: string;
      content?: string;
      generatedCodeInfo?: GeneratedCodeInfoInit | undefined;
    };
