import type { DescMessage, Registry } from "@bufbuild/protobuf";

/** A detail of an error: a message in its binary form. */
export interface ErrorDetail {
  /** The full name of the message type, without a URL before it. */
  readonly type: string;
  /** The message, as binary protobuf. */
  readonly value: Uint8Array;
  /** The message as ProtoJSON, for people. The Connect protocol carries it; it is never decoded. */
  readonly debug?: unknown;
  /** @internal The message that a handler attached: what `debug` is made from. */
  readonly source?: { readonly type: DetailType; readonly message: unknown };
}

/** What can encode and decode the messages of a detail's type: every `MessageCodec` can. */
export interface DetailType<T = unknown> {
  readonly typeName: string;
  readonly schema?: DescMessage;
  create(init: unknown): T;
  toBinary(message: T, headroom: number): Uint8Array;
  fromBinary(bytes: Uint8Array, start: number, end: number): T;
  toJsonString?(message: T, options: object): string;
}

let typeOf: ((schema: DescMessage) => DetailType) | undefined;

/**
 * Lets details be given by their schemas. It is `esCodec` that makes a type of a schema, and it sets itself here when it
 * is loaded: a client of generated codecs has neither.
 */
export function setDetailTypes(bySchema: (schema: DescMessage) => DetailType): void {
  typeOf = bySchema;
}

function detailType(type: DescMessage | DetailType): DetailType {
  if (!("kind" in type)) return type;
  if (typeOf === undefined) {
    throw new TypeError(
      `nothing in this bundle reads the schema of ${type.name}: give esCodec(${type.name}Schema) instead`,
    );
  }
  return typeOf(type);
}

/** Makes a detail from an init shape. */
export function makeDetail(given: DescMessage | DetailType, init: unknown): ErrorDetail {
  const type = detailType(given);
  const message = type.create(init);
  const detail: ErrorDetail = { type: type.typeName, value: type.toBinary(message, 0) };
  // Not enumerable: a type has functions, and its schema refers to itself, so that neither JSON nor workers could take the error.
  return Object.defineProperty(detail, "source", { value: { type, message } });
}

/** Decodes those of `details` that `given` knows, and leaves out what does not decode. */
export function findDetails(details: readonly ErrorDetail[], given: DescMessage | Registry | DetailType): unknown[] {
  const type = "kind" in given && given.kind === "registry" ? given : detailType(given);
  const found: unknown[] = [];
  for (const detail of details) {
    const known = "kind" in type ? type.getMessage(detail.type) : type.typeName === detail.type ? type : undefined;
    if (known === undefined) continue;
    const decoder = detailType(known);
    try {
      found.push(decoder.fromBinary(detail.value, 0, detail.value.length));
    } catch {
      // A detail is advice: one that does not decode must not hide the error that carries it.
    }
  }
  return found;
}
