import { type DescField, type DescMethod, getOption, hasOption } from "@bufbuild/protobuf";
import { findField } from "./field-path.js";
import { http } from "./gen/google/api/annotations_pb.js";
import type { HttpRule } from "./gen/google/api/http_pb.js";
import { parseTemplate, type Template, type Variable } from "./template.js";

/** An RPC at a method and a path of HTTP. */
export interface Binding {
  readonly method: DescMethod;
  readonly procedure: string;
  /** `"GET"`; `"*"` is any method. */
  readonly httpMethod: string;
  readonly template: Template;
  readonly variables: readonly BoundVariable[];
  /** What the request's body is: the whole message, a field of it, or nothing. */
  readonly body: "*" | DescField | undefined;
  /** The field that is the response's body, when it is not the whole message. */
  readonly responseBody: DescField | undefined;
}

export interface BoundVariable extends Variable {
  readonly fields: readonly DescField[];
}

/** Rules of a service config, by the full names of RPCs. They replace those of the schema. */
export type Overrides = ReadonlyMap<string, HttpRule>;

/**
 * The bindings of an RPC: by the rules in its schema, and by those of a service config.
 *
 * @throws TypeError for a rule that cannot be followed
 */
export function bindingsOf(method: DescMethod, overrides: Overrides): Binding[] {
  const name = fullName(method);
  const rule = overrides.get(name) ?? (hasOption(method, http) ? getOption(method, http) : undefined);
  if (rule === undefined) return [];
  try {
    return [rule, ...rule.additionalBindings].map((one, index) => bind(method, one, index));
  } catch (cause) {
    const { message } = cause as TypeError;
    throw new TypeError(`the HTTP rule of ${name} cannot be served: ${message}`, { cause });
  }
}

export function fullName({ parent, name }: DescMethod): string {
  return `${parent.typeName}.${name}`;
}

function bind(method: DescMethod, rule: HttpRule, index: number): Binding {
  if (method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming") {
    throw new TypeError("REST has one request, and this RPC takes a stream of them: call it by Connect or gRPC");
  }
  if (index > 0 && rule.additionalBindings.length > 0) {
    throw new TypeError("an additional binding must not have additional bindings itself");
  }
  const [httpMethod, path] = patternOf(rule);
  const template = parseTemplate(path);
  return {
    method,
    procedure: `/${method.parent.typeName}/${method.name}`,
    httpMethod,
    template,
    variables: template.variables.map((variable) => ({ ...variable, fields: variableFields(method, variable) })),
    body: rule.body === "*" ? "*" : topField(method, "input", "body", rule.body),
    responseBody: topField(method, "output", "response_body", rule.responseBody),
  };
}

function patternOf({ pattern }: HttpRule): readonly [method: string, path: string] {
  switch (pattern.case) {
    case undefined:
      throw new TypeError("it has neither get, put, post, delete, patch nor custom");
    case "custom":
      if (!/^(\*|[A-Z][A-Z-]*)$/.test(pattern.value.kind)) {
        throw new TypeError(
          `the kind of custom must be such as "HEAD" or "*", not ${JSON.stringify(pattern.value.kind)}`,
        );
      }
      return [pattern.value.kind, pattern.value.path];
    default:
      return [pattern.case.toUpperCase(), pattern.value];
  }
}

function variableFields({ input }: DescMethod, { field }: Variable): readonly DescField[] {
  const fields = findField(input, field);
  if (typeof fields === "string") throw new TypeError(`the path has "${field}", but ${fields}`);
  const kind = fields.at(-1)?.fieldKind;
  if (kind !== "scalar" && kind !== "enum") {
    throw new TypeError(
      `the path has the field "${field}": only single fields that are no messages can stand in a path`,
    );
  }
  return fields;
}

function topField(method: DescMethod, side: "input" | "output", member: string, name: string): DescField | undefined {
  if (name === "") return undefined;
  const field = method[side].fields.find((one) => one.name === name);
  if (field !== undefined) return field;
  throw new TypeError(`${member} is "${name}", but ${method[side].typeName} has no such field`);
}
