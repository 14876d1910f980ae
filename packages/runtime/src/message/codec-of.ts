// A file of its own: generated code alone calls it.
import type { DescMessage } from "@bufbuild/protobuf";
import { esCodec } from "./es-codec.js";
import { jsonReflection } from "./json-reflection.js";
import type { MessageCodec } from "./message-codec.js";

/**
 * {@link esCodec} for generated code. The specs give the codec its type: a `MessageCodec<never>` is assignable to every other.
 * To find the type here costs the type checker 14 instantiations for each RPC.
 */
export function binaryCodecOf(schema: { readonly kind: "message" }): MessageCodec<never> {
  return esCodec(schema as DescMessage) as MessageCodec<never>;
}

/** The same with JSON, so that `json()` itself can do without: it is to bring no descriptors along where codecs are generated. */
export function codecOf(schema: { readonly kind: "message" }): MessageCodec<never> {
  const desc = schema as DescMessage;
  return {
    ...binaryCodecOf(schema),
    toJsonString: (message, options) => jsonReflection.toJsonString(desc, message, options),
    fromJsonString: (text, options, decodedMaxBytes) =>
      jsonReflection.fromJsonString(desc, text, options, decodedMaxBytes) as never,
  };
}
