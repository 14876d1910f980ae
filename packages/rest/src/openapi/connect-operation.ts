import type { DescMethod, JsonObject, JsonValue } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { described, type Schemas } from "./schemas.js";

/** The schema of errors of Connect (https://connectrpc.com/docs/protocol#error-end-stream). */
export const errorName = "connect.Error";
export const errorSchema: JsonObject = {
  type: "object",
  title: "Error",
  description: "An error: its code, its text and its details.",
  properties: {
    code: { type: "string" },
    message: { type: "string" },
    details: {
      type: "array",
      items: {
        type: "object",
        properties: { type: { type: "string" }, value: { type: "string", contentEncoding: "base64" }, debug: {} },
      },
    },
  },
  required: ["code"],
};

/** What a unary RPC is in a document: a POST of JSON, and a GET where it has no side effects. */
export function connectPath(method: DescMethod, schemas: Schemas): JsonObject {
  const id = `connect.${method.parent.typeName}.${method.name}`;
  const shared: { readonly [name: string]: JsonValue } = {
    tags: [method.parent.typeName],
    ...described(method),
    responses: {
      "200": {
        description: "The response.",
        content: { "application/json": { schema: schemas.message(method.output) } },
      },
      default: {
        description: "An error.",
        content: { "application/json": { schema: { $ref: `#/components/schemas/${errorName}` } } },
      },
    },
  };
  const post: JsonObject = {
    operationId: id,
    ...shared,
    requestBody: { required: true, content: { "application/json": { schema: schemas.message(method.input) } } },
  };
  if (method.idempotency !== MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS) return { post };
  const parameters = [
    {
      name: "message",
      in: "query",
      required: true,
      content: { "application/json": { schema: schemas.message(method.input) } },
    },
    { name: "encoding", in: "query", required: true, schema: { const: "json" } },
    { name: "connect", in: "query", schema: { const: "v1" } },
  ];
  return { get: { operationId: `${id}.get`, ...shared, parameters }, post };
}
