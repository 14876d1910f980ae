import type { Api, Method, Mixin } from "@bufbuild/protobuf/wkt/google/protobuf/api_pb.js";
import type { Syntax } from "@bufbuild/protobuf/wkt/google/protobuf/type_pb.js";
import type { SourceContextInit } from "./source-context.js";
import type { OptionInit } from "./type.js";

/** What an Api can be made from. */
export type ApiInit =
  | Api
  | {
      $typeName?: never;
      name?: string;
      methods?: MethodInit[];
      options?: OptionInit[];
      version?: string;
      sourceContext?: SourceContextInit | undefined;
      mixins?: MixinInit[];
      syntax?: Syntax;
      edition?: string;
    };

/** What a Method can be made from. */
export type MethodInit =
  | Method
  | {
      $typeName?: never;
      name?: string;
      requestTypeUrl?: string;
      requestStreaming?: boolean;
      responseTypeUrl?: string;
      responseStreaming?: boolean;
      options?: OptionInit[];
      /** @deprecated */
      syntax?: Syntax;
      /** @deprecated */
      edition?: string;
    };

/** What a Mixin can be made from. */
export type MixinInit =
  | Mixin
  | {
      $typeName?: never;
      name?: string;
      root?: string;
    };
