import { create, type DescField, type DescMessage, type Message } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";

/** By number, so that every copy of the schema will do. */
const contentTypeNumber = 1;
const dataNumber = 2;

/** Whether a message is `google.api.HttpBody`: bytes with a type of their own. */
export function isHttpBody(message: DescMessage | undefined): boolean {
  return message?.typeName === "google.api.HttpBody";
}

/** Makes a `google.api.HttpBody`. */
export function makeHttpBody(schema: DescMessage, contentType: string, data: Uint8Array): Message {
  const body = reflect(schema, create(schema));
  body.set(field(schema, contentTypeNumber), contentType);
  body.set(field(schema, dataNumber), data);
  return body.message;
}

/** Reads a `google.api.HttpBody`. */
export function readHttpBody(body: ReflectMessage): { readonly contentType: string; readonly data: Uint8Array } {
  return {
    contentType: body.get(field(body.desc, contentTypeNumber)) as string,
    data: body.get(field(body.desc, dataNumber)) as Uint8Array,
  };
}

function field(schema: DescMessage, number: number): DescField {
  const found = schema.fields.find((one) => one.number === number);
  if (found === undefined) throw new TypeError(`${schema.typeName} has no field ${number}: its schema is not Google's`);
  return found;
}
