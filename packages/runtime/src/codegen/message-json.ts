import type { JsonValue, Message } from "@bufbuild/protobuf";
import { checkType, type GeneratedCodec, missingField } from "./generated-codec.js";
import type { JsonExtensions } from "./json-extensions.js";
import { type JsonForm, textForm } from "./json-form.js";
import { once, oneofTwice } from "./json-reader.js";
import type { JsonType } from "./json-type.js";
import { type MemberWord, membersOf } from "./members.js";

/** A message, as the code for all of them sees it. */
type Fields = { [name: string]: unknown };

/** A name as it is written: of the first member, and of others. */
interface Key {
  readonly first: string;
  readonly next: string;
}

interface Field extends JsonType {
  readonly name: string;
  readonly protoName: string;
  readonly jsonName: string;
  readonly protoKey: Key;
  readonly jsonKey: Key;
  readonly presence: string | undefined;
  /** Whether the prototype has a member of this name: a default, or what every object has. */
  readonly isInherited: boolean;
  /** What the message has: the field, or its oneof. */
  readonly member: string;
  /** The oneof, as it is called in the schema. */
  readonly oneof: string | undefined;
}

interface Table {
  readonly fields: readonly Field[];
  /** By both of their names. Where two fields have one name, the last one is meant: as in protobuf-es. */
  readonly byName: ReadonlyMap<string, Field>;
  readonly isAmbiguous: boolean;
}

/**
 * Makes the JSON half of a codec of a table.
 *
 * @param members - see {@link membersOf}
 * @param types - those of the fields, in the same order. A function: messages refer to each other
 */
export function messageJson<T extends Message>(
  { typeName, weight, empty }: GeneratedCodec<T>,
  members: string,
  types: () => readonly unknown[],
  extensions?: JsonExtensions,
): JsonForm<T> {
  let made: Table | undefined;
  const table = (): Table => (made ??= tableOf(members, types() as readonly JsonType[], empty()));
  return textForm<T>(
    typeName,
    (message, options) => {
      const { fields, isAmbiguous } = table();
      if (fields.length > 0) checkType(message.$typeName, typeName);
      const extended = extensions?.toJson(message, options);
      if (extended !== undefined) return JSON.stringify(extended);
      const m = message as unknown as Fields;
      let text = "";
      for (const field of fields) {
        let value = m[field.member];
        if (field.oneof !== undefined) {
          const choice = value as { readonly case?: string; readonly value?: unknown };
          if (choice.case !== field.name) continue;
          value = choice.value;
        } else if (field.presence === "") {
          if (field.isDefault?.(value as never) && !options.alwaysEmitImplicit) continue;
        } else if (value === undefined || (field.isInherited && !Object.hasOwn(m, field.name))) {
          if (field.presence === "!") throw missingField(`${typeName}.${field.protoName}`);
          continue;
        }
        const key = options.useProtoFieldName ? field.protoKey : field.jsonKey;
        text += (text.length === 0 ? key.first : key.next) + field.toText(value as never, options);
      }
      if (text.length === 0) return "{}";
      // Two fields with one name are one member.
      return isAmbiguous ? JSON.stringify(JSON.parse(`${text}}`)) : `${text}}`;
    },
    (json, reader) => {
      const { byName } = table();
      const object = reader.object(json, typeName, weight);
      const extended = extensions?.fromJson(object, typeName, reader);
      if (extended !== undefined) return extended as T;
      const message = empty();
      const m = message as unknown as Fields;
      let choices: Map<string, string> | undefined;
      for (const key of Object.keys(object)) {
        const field = byName.get(key);
        if (field === undefined) {
          reader.unknown(typeName, key);
          continue;
        }
        const { name, jsonName, oneof } = field;
        const value = object[key] as JsonValue;
        if (key !== jsonName && byName.get(jsonName) === field) once(object, jsonName);
        if (oneof !== undefined) {
          if (value === null && field.isScalar) continue;
          choices ??= new Map();
          const first = choices.get(oneof);
          if (first !== undefined) throw oneofTwice(oneof, first, key);
          choices.set(oneof, key);
        }
        if (value === null && !field.isNullable) continue;
        const read = field.fromJson(value, reader);
        if (read !== undefined) m[field.member] = oneof === undefined ? read : { case: name, value: read };
      }
      reader.leave();
      return message;
    },
  );
}

/** A wrapper stands as its value. */
export function wrapperJson<T extends Message & { value: unknown }>(
  { typeName, empty }: GeneratedCodec<T>,
  type: JsonType,
): JsonForm<T> {
  return textForm<T>(
    typeName,
    ({ value }, options) => type.toText(value as never, options),
    (json, reader) => {
      reader.enter(typeName);
      const message = empty();
      if (json !== null) message.value = type.fromJson(json, reader);
      reader.leave();
      return message;
    },
  );
}

function tableOf(text: string, types: readonly JsonType[], empty: object): Table {
  const prototype = Object.getPrototypeOf(empty) as object;
  const byName = new Map<string, Field>();
  const [words = [], oneofs = []] = membersOf(text);
  let isAmbiguous = false;
  const fields = words.map((word, index): Field => {
    const [, oneofIndex, presence, , name = "", , custom = ""] = word;
    const oneof = oneofIndex === "" ? undefined : oneofs[Number(oneofIndex)];
    const type = types[index] as JsonType;
    const protoName = protoNameOf(word);
    const jsonName = custom === "" ? name : decodeURIComponent(custom);
    isAmbiguous ||= byName.has(protoName) || byName.has(jsonName);
    const field: Field = {
      // One shape for all fields.
      toText: type.toText,
      fromJson: type.fromJson,
      isDefault: type.isDefault,
      isScalar: type.isScalar,
      isNullable: type.isNullable,
      name,
      protoName,
      jsonName,
      protoKey: keyOf(protoName),
      jsonKey: keyOf(jsonName),
      presence,
      isInherited: name in prototype,
      member: oneof?.[4] ?? name,
      oneof: oneof && protoNameOf(oneof),
    };
    byName.set(protoName, field).set(jsonName, field);
    return field;
  });
  return { fields, byName, isAmbiguous };
}

function keyOf(name: string): Key {
  const key = `${JSON.stringify(name)}:`;
  return { first: `{${key}`, next: `,${key}` };
}

function protoNameOf([, , , , name = "", protoName]: MemberWord): string {
  return protoName || name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
