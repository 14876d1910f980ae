import type { DescMessage } from "@bufbuild/protobuf";
import { esCodec } from "./es-codec.js";
import type { MessageCodec } from "./message-codec.js";

/**
 * {@link esCodec} for generated code, whose specs give the codec its type: a `MessageCodec<never>`
 * is assignable to every other. To find the type here costs the type checker 14 instantiations for each RPC.
 */
export function codecOf(schema: { readonly kind: "message" }): MessageCodec<never> {
  return esCodec(schema as DescMessage) as MessageCodec<never>;
}
