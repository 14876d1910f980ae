import {
  create,
  type DescMessage,
  fromJson,
  type Message,
  type MessageShape,
  mergeFromBinary,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { esCodec } from "../message/es-codec.js";
import { checkWeight, emptyWeight } from "../message/es-size.js";
import type { MessageCodec } from "../message/message-codec.js";
import { codecOfFunctions, type GeneratedCodec } from "./generated-codec.js";
import { type JsonForm, jsonForm } from "./json-form.js";
import type { Reader } from "./reader.js";

/**
 * The codec of a message that has no generated one, from its protobuf-es schema: messages of
 * packages that were generated elsewhere, and those that describe schemas.
 */
export function schemaCodec<Desc extends DescMessage>(schema: Desc): GeneratedCodec<MessageShape<Desc>> {
  const es = esCodec(schema) as MessageCodec<MessageShape<Desc>>;
  const codec = codecOfFunctions<MessageShape<Desc> & Message>(
    schema.typeName,
    emptyWeight(schema),
    () => create(schema),
    (init) => es.create(init),
    (writer, message) => {
      writer.raw(toBinary(schema, message, { writeUnknownFields: false }));
    },
    (reader, message) => {
      const start = reader.pos;
      const end = reader.groupEnd !== 0 && reader.groupDepth === reader.depth ? endGroup(reader) : reader.end;
      reader.pos = reader.end;
      checkWeight(schema, reader.bytes, start, end, reader.maxWeight - reader.weight);
      // This message is counted once here and once there.
      mergeFromBinary(schema, message, reader.slice(start, end), { recursionLimit: 101 - reader.depth });
    },
  );
  return { ...codec, schema };
}

/** The JSON of a message that has no generated codec. */
export function schemaJson<Desc extends DescMessage>(schema: Desc): JsonForm<MessageShape<Desc>> {
  return jsonForm<MessageShape<Desc>>(
    schema.typeName,
    (message, options) => toJson(schema, message, options),
    (json, reader) => fromJson(schema, json, reader.nested()),
  );
}

/** Skips what is left of a group, and its end. Gives where its fields end. */
function endGroup(reader: Reader): number {
  for (;;) {
    const end = reader.pos;
    const tag = reader.innerTag();
    if (tag !== reader.groupEnd) {
      reader.skip(tag);
      continue;
    }
    reader.groupEnd = 0;
    reader.end = reader.pos;
    return end;
  }
}
