// What cannot be a message, or the value of a field: it would be sent as an empty one, or as "[object Promise]". Browsers
// load this: it is short on purpose.
import { kindOf } from "../check-options.js";
import { isPromiseLike } from "../http/awaitable.js";

/**
 * Checks what a message is to be made of: a plain object, or one of a class that has one of the message's fields.
 *
 * @throws TypeError for messages of other types, lists, maps, dates, promises, errors and what else would be an empty message
 */
export function checkInit(init: object, typeName: string, hasField: (init: object) => boolean): void {
  const { $typeName } = init as { readonly $typeName?: unknown };
  if ($typeName !== undefined) throw new TypeError(`expected a ${typeName}, got a ${String($typeName)}`);
  if (!isPlain(init) && !(kindOf(init) === "Object" && hasField(init) && !isPromiseLike(init)))
    throw new TypeError(`expected a ${typeName}, got ${described(init)}`);
}

/** Checks an object in the place of a member's value. @throws TypeError when it is no list, no bytes, and has no members itself */
export function checkMember(value: object, typeName: string, name: string): void {
  if (isPlain(value) || Array.isArray(value) || ArrayBuffer.isView(value)) return;
  // An object of the platform may have a `name`, a `size` or a `status`.
  if (kindOf(value) !== "Object" || isPromiseLike(value)) throw misfit(value, typeName, name);
}

export function misfit(value: object, typeName: string, name: string): TypeError {
  return new TypeError(`${typeName}.${name} cannot be ${described(value)}`);
}

function described(value: object): string {
  return isPromiseLike(value) ? "a promise: await it" : `an instance of ${value.constructor?.name || kindOf(value)}`;
}

/** An object of a literal or of JSON, in any realm, and no promise of the user's. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return !(prototype && Object.getPrototypeOf(prototype)) && !isPromiseLike(value);
}
