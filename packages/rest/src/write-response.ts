import { type DescField, type DescMethod, fromBinary, isMessage, ScalarType } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import type { Codec, MessageCodec } from "@connect-ts/runtime";
import type { Binding } from "./binding.js";
import { isHttpBody, readHttpBody } from "./http-body.js";

/** A response's body: JSON, or bytes with a type of their own. */
export type ResponseContent =
  | { readonly kind: "json"; readonly bytes: Uint8Array }
  | { readonly kind: "raw"; readonly bytes: Uint8Array; readonly contentType: string };

/** Makes the body of a response message. */
export function writeResponse<T>(
  { method, responseBody }: Binding,
  message: T,
  type: MessageCodec<T>,
  json: Codec,
): ResponseContent {
  if (isHttpBody(method.output)) return raw(reflected(method, message, type));
  if (responseBody?.fieldKind === "message" && isHttpBody(responseBody.message)) {
    return raw(reflected(method, message, type).get(responseBody) as ReflectMessage);
  }
  const bytes = json.encode(message, type, 0);
  return { kind: "json", bytes: responseBody === undefined ? bytes : member(responseBody, bytes) };
}

/** A gateway's messages are not those of protobuf-es. */
function reflected<T>({ output }: DescMethod, message: T, type: MessageCodec<T>): ReflectMessage {
  return reflect(output, isMessage(message) ? message : fromBinary(output, type.toBinary(message, 0)));
}

function raw(body: ReflectMessage): ResponseContent {
  const { contentType, data } = readHttpBody(body);
  return { kind: "raw", bytes: data, contentType: contentType || "application/octet-stream" };
}

/** One member of a message in JSON. */
function member(field: DescField, bytes: Uint8Array): Uint8Array {
  const all = JSON.parse(new TextDecoder().decode(bytes)) as { readonly [name: string]: unknown };
  const name = [field.jsonName, field.name].find((one) => Object.hasOwn(all, one));
  return new TextEncoder().encode(JSON.stringify(name === undefined ? implicit(field) : all[name]));
}

/** What JSON leaves out, since it is the default. */
function implicit(field: DescField): unknown {
  switch (field.fieldKind) {
    case "list":
      return [];
    case "map":
      return {};
    case "enum":
      return field.enum.values[0]?.name;
    case "message":
      return null;
    case "scalar":
      return zero(field.scalar);
  }
}

function zero(type: ScalarType): unknown {
  switch (type) {
    case ScalarType.BOOL:
      return false;
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return "";
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return "0";
    default:
      return 0;
  }
}
