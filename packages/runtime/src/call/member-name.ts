import type { DescMethod } from "@bufbuild/protobuf";

/**
 * Members that an object must not have: with "then" it would be taken for a promise, and be called
 * when it is awaited; the others are those that every object has already. protobuf-es has escaped
 * "constructor", "toString", "toJSON" and "valueOf" in the same way.
 */
export type ReservedMember =
  | "then"
  | "__proto__"
  | "__defineGetter__"
  | "__defineSetter__"
  | "__lookupGetter__"
  | "__lookupSetter__"
  | "hasOwnProperty"
  | "isPrototypeOf"
  | "propertyIsEnumerable"
  | "toLocaleString";

/** The member for an RPC with this local name: a `$` follows what an object must not have. */
export type MemberName<LocalName> = LocalName extends ReservedMember ? `${LocalName}$` : LocalName;

/**
 * The member of clients and handlers that stands for an RPC: `say` for `Say`, but `then$` for
 * `Then`, since a client with a method `then` would be a promise. Use it with `createClient` and
 * `createHandler` where RPCs are known only at run time.
 */
export function memberName(method: DescMethod): string {
  const { localName } = method;
  // The rule of ReservedMember. Deno's objects have no "__proto__", which makes it no better name.
  const isReserved = localName === "then" || localName === "__proto__" || Object.hasOwn(Object.prototype, localName);
  return isReserved ? `${localName}$` : localName;
}
