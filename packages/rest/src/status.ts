import { create, type JsonObject, type JsonValue, type Registry, toJson } from "@bufbuild/protobuf";
import { base64Encode } from "@bufbuild/protobuf/wire";
import { AnySchema } from "@bufbuild/protobuf/wkt";
import { type Code, type ConnectError, codeNumber } from "@connect-ts/runtime";

/** The HTTP status of an error: the comments in google/rpc/code.proto. */
const statuses: ReadonlyMap<Code, number> = new Map<Code, number>([
  ["canceled", 499],
  ["unknown", 500],
  ["invalid_argument", 400],
  ["deadline_exceeded", 504],
  ["not_found", 404],
  ["already_exists", 409],
  ["permission_denied", 403],
  ["unauthenticated", 401],
  ["resource_exhausted", 429],
  ["failed_precondition", 400],
  ["aborted", 409],
  ["out_of_range", 400],
  ["unimplemented", 501],
  ["internal", 500],
  ["unavailable", 503],
  ["data_loss", 500],
]);

export function httpStatusOf(code: Code): number {
  return statuses.get(code) ?? 500;
}

/** An error as the JSON of `google.rpc.Status`. A detail whose type the registry does not have goes as the base64 of its bytes. */
export function statusJson({ code, rawMessage, details }: ConnectError, registry: Registry): JsonObject {
  return {
    code: codeNumber(code),
    message: rawMessage,
    details: details.map(({ type, value }) => detailJson(type, value, registry)),
  };
}

function detailJson(type: string, value: Uint8Array, registry: Registry): JsonValue {
  const typeUrl = `type.googleapis.com/${type}`;
  if (registry.getMessage(type) !== undefined) {
    try {
      return toJson(AnySchema, create(AnySchema, { typeUrl, value }), { registry });
    } catch {
      // A detail is advice: one that does not decode must not hide the error that carries it.
    }
  }
  return { "@type": typeUrl, value: base64Encode(value) };
}
