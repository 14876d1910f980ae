import type { DescField, Message } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import type { Codec, MessageCodec } from "@connect-ts/runtime";
import { esCodec } from "@connect-ts/runtime/dynamic";
import type { Binding } from "./binding.js";
import { findField, notText } from "./field-path.js";
import { isHttpBody, makeHttpBody } from "./http-body.js";
import { multiSegmentDecoded, percentDecoded, queryDecoded } from "./percent.js";
import type { Match } from "./route-table.js";
import { invalid, setField } from "./set-field.js";

/** A request of REST, but for its body. */
export interface RestRequest {
  readonly match: Match;
  /** Without the `?`. */
  readonly query: string;
  readonly contentType: string;
  readonly ignoreUnknownParameters: boolean;
}

/** A request's body, as a codec gets it. */
export interface RequestBytes {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly decodedMaxBytes: number | undefined;
}

/**
 * Makes the request message of the body, the path and the query.
 *
 * @throws ConnectError `invalid_argument` for what is not as the schema has it
 */
export function readRequest<T>(request: RestRequest, body: RequestBytes, type: MessageCodec<T>, json: Codec): T {
  const { binding } = request.match;
  const message = readBody(request, body, type, json);
  const reflected = reflect(binding.method.input, message as Message);
  setVariables(reflected, request.match);
  setParameters(reflected, request);
  return message;
}

function readBody<T>(
  { match, contentType }: RestRequest,
  { bytes, start, end, decodedMaxBytes }: RequestBytes,
  type: MessageCodec<T>,
  json: Codec,
): T {
  const { body, method } = match.binding;
  if (body === undefined) return type.create(undefined);
  // A plain view: of a Node Buffer the message's bytes would be a Buffer too.
  const raw = (): Uint8Array => new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start);
  if (body === "*") {
    if (isHttpBody(method.input)) return makeHttpBody(method.input, contentType, raw()) as T;
    return start === end ? type.create(undefined) : json.decode(bytes, start, end, type, decodedMaxBytes);
  }
  if (body.fieldKind !== "message" || !isObject(body)) {
    return start === end ? type.create(undefined) : wrapped(body, raw(), type, json, decodedMaxBytes);
  }
  const message = type.create(undefined);
  const inner = isHttpBody(body.message)
    ? makeHttpBody(body.message, contentType, raw())
    : start === end
      ? undefined
      : json.decode(bytes, start, end, esCodec(body.message), decodedMaxBytes);
  if (inner !== undefined) {
    reflect(method.input, message as Message).set(
      body,
      reflect(body.message as NonNullable<typeof body.message>, inner),
    );
  }
  return message;
}

/** Whether a message field holds a message as it is: those of `google.protobuf` have forms of their own in memory. */
function isObject({ message }: DescField): boolean {
  return message?.typeName.startsWith("google.protobuf.") === false;
}

/** Reads JSON that is the value of a field which is no message: as the one member of an object. */
function wrapped<T>(
  { jsonName }: DescField,
  value: Uint8Array,
  type: MessageCodec<T>,
  json: Codec,
  decodedMaxBytes: number | undefined,
): T {
  const prefix = new TextEncoder().encode(`{${JSON.stringify(jsonName)}:`);
  const all = new Uint8Array(prefix.length + value.length + 1);
  all.set(prefix);
  all.set(value, prefix.length);
  all[all.length - 1] = 0x7d;
  const message = json.decode(all, 0, all.length, type, decodedMaxBytes);
  // It must be one value by itself: a text such as `1,"other":2` would set other fields too.
  try {
    JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(value));
  } catch {
    throw invalid(`the body must be the JSON value of the field "${jsonName}"`);
  }
  return message;
}

function setVariables(message: ReflectMessage, { binding, segments }: Match): void {
  for (const { field, fields, start, end, multi } of binding.variables) {
    const raw = segments.slice(start, end).join("/");
    const value = multi ? multiSegmentDecoded(raw) : percentDecoded(raw);
    if (value === undefined) throw invalid(`the path's part for "${field}" is not percent-encoded UTF-8`);
    // What the body has for the field is replaced.
    setField(message, fields, field, [value]);
  }
}

function setParameters(message: ReflectMessage, request: RestRequest): void {
  if (request.query === "") return;
  const { binding } = request.match;
  const values = new Map<string, string[]>();
  for (const pair of request.query.split("&")) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const name = queryDecoded(equals < 0 ? pair : pair.slice(0, equals));
    const value = queryDecoded(equals < 0 ? "" : pair.slice(equals + 1));
    if (name === undefined || value === undefined) throw invalid("the query is not percent-encoded UTF-8");
    const known = values.get(name);
    if (known === undefined) values.set(name, [value]);
    else known.push(value);
  }
  for (const [name, given] of values) {
    const fields = parameterFields(binding, name);
    if (typeof fields !== "string") setField(message, fields, name, given);
    else if (!request.ignoreUnknownParameters) {
      throw invalid(`the query has a parameter "${name.slice(0, 64)}" that is none here: ${fields}`);
    }
  }
}

/** The fields of a parameter, or why it is none. */
function parameterFields(binding: Binding, name: string): readonly DescField[] | string {
  const { body, method, variables } = binding;
  if (body === "*") return "all that is not in the path is in the body";
  const fields = findField(method.input, name);
  if (typeof fields === "string") return fields;
  if (body !== undefined && fields[0] === body) return "it is in the body";
  if (variables.some((variable) => same(variable.fields, fields))) return "it is in the path";
  return notText(fields.at(-1) as DescField) ?? fields;
}

function same(one: readonly DescField[], other: readonly DescField[]): boolean {
  return one.length === other.length && one.every((field, index) => field === other[index]);
}
