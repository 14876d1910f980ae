import type { DescField, DescMessage, JsonObject } from "@bufbuild/protobuf";
import type { Binding } from "../binding.js";
import { notText } from "../field-path.js";
import { isHttpBody } from "../http-body.js";
import type { DocumentPath } from "./paths.js";
import { isRequired } from "./rules.js";
import { described, type Schemas } from "./schemas.js";

/** The schema of errors of REST. */
export const statusName = "google.rpc.Status";
export const statusSchema: JsonObject = {
  type: "object",
  title: "Status",
  description: "An error: its code of gRPC, its text and its details.",
  properties: {
    code: { type: "integer", format: "int32" },
    message: { type: "string" },
    details: { type: "array", items: { type: "object", properties: { "@type": { type: "string" } } } },
  },
};

/** What a binding is in a document. */
export function restOperation(
  binding: Binding,
  { parameters }: DocumentPath,
  id: string,
  schemas: Schemas,
): JsonObject {
  const { method } = binding;
  const query = queryParameters(binding, schemas);
  const body = requestBody(binding, schemas);
  const inPath = parameters.map(({ name, field, deep }) => {
    const last = field?.fields.at(-1);
    const schema = last === undefined ? { type: "string" } : schemas.field(last);
    return {
      name,
      in: "path",
      required: true,
      ...(deep ? { description: "Any number of segments." } : {}),
      schema,
    };
  });
  return {
    operationId: id,
    tags: [method.parent.typeName],
    ...described(method),
    ...(inPath.length + query.length === 0 ? {} : { parameters: [...inPath, ...query] }),
    ...(body === undefined ? {} : { requestBody: body }),
    responses: {
      "200": { description: "The response.", content: responseContent(binding, schemas) },
      default: {
        description: "An error.",
        content: { "application/json": { schema: { $ref: `#/components/schemas/${statusName}` } } },
      },
    },
  };
}

function requestBody({ body, method, variables }: Binding, schemas: Schemas): JsonObject | undefined {
  if (body === undefined) return undefined;
  const { input } = method;
  if (isHttpBody(body === "*" ? input : body.message)) return { content: { "*/*": { schema: {} } } };
  if (body !== "*") return json(schemas.field(body), isRequired(body));
  const bound = new Set(variables.filter(({ fields }) => fields.length === 1).map(({ fields }) => fields[0]));
  if (bound.size === 0) return json(schemas.message(input), false);
  return json(
    schemas.fields(
      input,
      input.fields.filter((field) => !bound.has(field)),
    ),
    false,
  );
}

function json(schema: JsonObject, required: boolean): JsonObject {
  return { ...(required ? { required } : {}), content: { "application/json": { schema } } };
}

function responseContent({ method, responseBody }: Binding, schemas: Schemas): JsonObject {
  const { output, methodKind } = method;
  if (isHttpBody(output) || isHttpBody(responseBody?.message)) return { "*/*": { schema: {} } };
  const schema = responseBody === undefined ? schemas.message(output) : schemas.field(responseBody);
  if (methodKind === "unary") return { "application/json": { schema } };
  const line = {
    type: "object",
    properties: { result: schema, error: { $ref: `#/components/schemas/${statusName}` } },
  };
  return { "application/x-ndjson": { schema: line }, "text/event-stream": { schema: { type: "string" } } };
}

/** Messages may contain themselves: parameters go this deep. */
const maxDepth = 4;

function queryParameters({ body, method, variables }: Binding, schemas: Schemas): readonly JsonObject[] {
  if (body === "*") return [];
  const bound = new Set(variables.map(({ field }) => field));
  const found: JsonObject[] = [];
  const walk = (message: DescMessage, prefix: string, jsonPrefix: string, depth: number): void => {
    for (const field of message.fields) {
      if (depth === 1 && field === body) continue;
      if (bound.has(prefix + field.name)) continue;
      if (notText(field) === undefined) found.push(parameter(field, jsonPrefix + field.jsonName, depth, schemas));
      else if (
        field.fieldKind === "message" &&
        depth < maxDepth &&
        !field.message.typeName.startsWith("google.protobuf.")
      ) {
        walk(field.message, `${prefix}${field.name}.`, `${jsonPrefix}${field.jsonName}.`, depth + 1);
      }
    }
  };
  walk(method.input, "", "", 1);
  return found;
}

function parameter(field: DescField, name: string, depth: number, schemas: Schemas): JsonObject {
  const { description, deprecated, ...schema } = schemas.field(field);
  return {
    name,
    in: "query",
    ...(description === undefined ? {} : { description }),
    ...(deprecated === undefined ? {} : { deprecated }),
    ...(depth === 1 && isRequired(field) ? { required: true } : {}),
    schema,
  };
}
