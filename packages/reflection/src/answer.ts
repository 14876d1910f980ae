import type { DescFile } from "@bufbuild/protobuf";
import { type Code, codeNumber } from "@connect-ts/runtime";
import type { ServerReflectionRequest } from "./gen/grpc/reflection/v1/reflection_pb.js";
import type { ServerReflectionRequest as AlphaRequest } from "./gen/grpc/reflection/v1alpha/reflection_pb.js";
import type { SchemaIndex } from "./schema-index.js";

/** What answers a request, in both versions of the service: their messages differ in nothing but their names. */
export type Answer =
  | { readonly case: "fileDescriptorResponse"; readonly value: { fileDescriptorProto: Uint8Array[] } }
  | {
      readonly case: "allExtensionNumbersResponse";
      readonly value: { baseTypeName: string; extensionNumber: number[] };
    }
  | { readonly case: "listServicesResponse"; readonly value: { service: { name: string }[] } }
  | { readonly case: "errorResponse"; readonly value: { errorCode: number; errorMessage: string } };

/** @param sent the files that this stream has had, which need not come again */
export function answer(
  index: SchemaIndex,
  { messageRequest }: ServerReflectionRequest | AlphaRequest,
  sent: Set<DescFile>,
): Answer {
  switch (messageRequest.case) {
    case "listServices":
      return { case: "listServicesResponse", value: { service: index.services.map((name) => ({ name })) } };
    case "fileByFilename":
      return fileAnswer(index, index.files.get(messageRequest.value), messageRequest.value, sent);
    case "fileContainingSymbol":
      return fileAnswer(index, index.symbols.get(messageRequest.value), messageRequest.value, sent);
    case "fileContainingExtension": {
      const { containingType, extensionNumber } = messageRequest.value;
      const file = index.extensions.get(containingType)?.get(extensionNumber);
      return fileAnswer(index, file, `extension ${extensionNumber} of ${containingType}`, sent);
    }
    case "allExtensionNumbersOfType": {
      const baseTypeName = messageRequest.value;
      const numbers = index.extensions.get(baseTypeName);
      if (numbers === undefined && !index.symbols.has(baseTypeName)) return notFound(baseTypeName);
      const extensionNumber = [...(numbers?.keys() ?? [])].sort((a, b) => a - b);
      return { case: "allExtensionNumbersResponse", value: { baseTypeName, extensionNumber } };
    }
    case undefined:
      return failed("invalid_argument", "the request asks for nothing: set one field of message_request");
  }
}

function fileAnswer(index: SchemaIndex, file: DescFile | undefined, name: string, sent: Set<DescFile>): Answer {
  if (file === undefined) return notFound(name);
  return { case: "fileDescriptorResponse", value: { fileDescriptorProto: index.withImports(file, sent) } };
}

function notFound(name: string): Answer {
  return failed("not_found", `${name} is not known here`);
}

function failed(code: Code, errorMessage: string): Answer {
  return { case: "errorResponse", value: { errorCode: codeNumber(code), errorMessage } };
}
