import type { DescMessage, Message } from "@bufbuild/protobuf";

interface Values {
  [name: string]: unknown;
}

/**
 * An init shape of what a message has: objects in the place of some of its messages, arrays of numbers in the place of
 * bytes, and `null` and `undefined` for some of what is not set. `pick` gives numbers from 0 to 11.
 */
export function initOf(desc: DescMessage, message: Message, pick: () => number): unknown {
  if (pick() === 0) return message;
  const values = message as unknown as Values;
  const init: Values = {};
  for (const member of desc.members) {
    const { localName: name } = member;
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined || pick() === 1) {
      const left = pick();
      // protobuf-es takes what all objects have for a value.
      if (left < 2 || name in init) init[name] = left === 0 ? null : undefined;
      continue;
    }
    if (member.kind === "oneof") {
      const { case: chosen, value: inner } = value as { case: string | undefined; value?: unknown };
      const field = member.fields.find(({ localName }) => localName === chosen);
      init[name] =
        field === undefined ? { case: undefined } : { case: chosen, value: nested(field.message, inner, pick) };
    } else if (member.fieldKind === "list") {
      init[name] = (value as unknown[]).map((item) => nested(member.message, item, pick));
    } else if (member.fieldKind === "map") {
      const entries = Object.entries(value as Values).map(([key, item]) => [key, nested(member.message, item, pick)]);
      init[name] = Object.fromEntries(entries);
    } else init[name] = nested(member.message, value, pick);
  }
  return init;
}

function nested(desc: DescMessage | undefined, value: unknown, pick: () => number): unknown {
  if (value instanceof Uint8Array) return pick() < 2 ? [...value] : value;
  // Wrappers and Struct stand for plain values in fields.
  const isMessage = desc !== undefined && (value as Partial<Message> | null)?.$typeName === desc.typeName;
  return isMessage ? initOf(desc, value as Message, pick) : value;
}
