import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  type Registry,
  toBinary,
} from "@bufbuild/protobuf";

/** A detail of an error: a message in its binary form. */
export interface ErrorDetail {
  /** The full name of the message type, without a URL before it. */
  readonly type: string;
  /** The message, as binary protobuf. */
  readonly value: Uint8Array;
  /** The message as ProtoJSON, for people. The Connect protocol carries it; it is never decoded. */
  readonly debug?: unknown;
  /** @internal The message that a handler attached: what `debug` is made from. */
  readonly source?: { readonly schema: DescMessage; readonly message: MessageShape<DescMessage> };
}

/** Makes a detail from an init shape. */
export function makeDetail<Desc extends DescMessage>(schema: Desc, init: MessageInitShape<Desc>): ErrorDetail {
  const message = create(schema, init);
  return { type: schema.typeName, value: toBinary(schema, message), source: { schema, message } };
}

/** Decodes those of `details` that `type` knows, and leaves out what does not decode. */
export function findDetails(
  details: readonly ErrorDetail[],
  type: DescMessage | Registry,
): MessageShape<DescMessage>[] {
  const found: MessageShape<DescMessage>[] = [];
  for (const detail of details) {
    const schema =
      type.kind === "registry" ? type.getMessage(detail.type) : type.typeName === detail.type ? type : undefined;
    if (schema === undefined) continue;
    try {
      found.push(fromBinary(schema, detail.value));
    } catch {
      // A detail is advice: one that does not decode must not hide the error that carries it.
    }
  }
  return found;
}
