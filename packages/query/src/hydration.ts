import type { MessageCodec } from "@connect-ts/runtime";
import { fromBase64, isBytes, toBase64 } from "./base64.js";
import type { ServiceSpecs } from "./keys.js";

/** Default options of a `QueryClient` with which its data crosses from a server to the browser, or to a store, as JSON. */
export interface Hydration {
  readonly dehydrate: { readonly serializeData: (data: unknown) => unknown };
  readonly hydrate: { readonly deserializeData: (data: unknown) => unknown };
}

/** What JSON has no form for, in an object that no data of users is taken for: one with such a member is wrapped too. */
interface Wrapped {
  readonly $connect: "bigint" | "bytes" | "number" | "object" | "message";
  readonly value: unknown;
  readonly type?: string;
}

/**
 * Lets the data of queries cross between processes as JSON: messages of the services' RPCs go in their binary form and come
 * back as messages, `bigint` and `Uint8Array` elsewhere in the data stay what they are.
 *
 * @param services - the specs of the services whose messages are in the data: `elizaServiceSpecs`
 * @example
 * const queryClient = new QueryClient({ defaultOptions: { ...hydration(elizaServiceSpecs) } });
 */
export function hydration(...services: readonly ServiceSpecs[]): Hydration {
  const codecs = new Map<string, MessageCodec>();
  for (const { input, output } of services.flatMap((specs) => Object.values(specs))) {
    codecs.set(input.typeName, input);
    codecs.set(output.typeName, output);
  }
  return {
    dehydrate: { serializeData: (data) => serialize(data, codecs) },
    hydrate: { deserializeData: (data) => deserialize(data, codecs) },
  };
}

type Codecs = ReadonlyMap<string, MessageCodec>;

function serialize(data: unknown, codecs: Codecs): unknown {
  switch (typeof data) {
    case "bigint":
      return wrap("bigint", String(data));
    case "number":
      if (Object.is(data, -0)) return wrap("number", "-0");
      return Number.isFinite(data) ? data : wrap("number", String(data));
    case "object":
      return data === null ? null : serializeObject(data, codecs);
    default:
      return data;
  }
}

function serializeObject(data: object, codecs: Codecs): unknown {
  if (isBytes(data)) return wrap("bytes", toBase64(data));
  if (Array.isArray(data)) return data.map((item) => serialize(item, codecs));
  const type = (data as { readonly $typeName?: unknown }).$typeName;
  if (typeof type === "string") {
    const codec = codecs.get(type);
    if (codec !== undefined) return { ...wrap("message", toBase64(codec.toBinary(data, 0))), type };
    if (!isPlain(data)) throw unknownType(type);
  }
  // A `Date` and the like have a JSON form of their own, or none.
  if (!isPlain(data)) return data;
  const members = mapMembers(data, (member) => serialize(member, codecs));
  return "$connect" in data ? wrap("object", members) : members;
}

function deserialize(data: unknown, codecs: Codecs): unknown {
  if (typeof data !== "object" || data === null) return data;
  if (Array.isArray(data)) return data.map((item) => deserialize(item, codecs));
  if (!isPlain(data)) return data;
  return "$connect" in data
    ? unwrap(data as Wrapped, codecs)
    : mapMembers(data, (member) => deserialize(member, codecs));
}

function unwrap({ $connect, value, type = "" }: Wrapped, codecs: Codecs): unknown {
  switch ($connect) {
    case "bigint":
      return BigInt(value as string);
    case "number":
      return Number(value);
    case "bytes":
      return fromBase64(value as string);
    case "object":
      return mapMembers(value as object, (member) => deserialize(member, codecs));
    case "message": {
      const codec = codecs.get(type);
      if (codec === undefined) throw unknownType(type);
      const bytes = fromBase64(value as string);
      return codec.fromBinary(bytes, 0, bytes.length);
    }
  }
}

function wrap($connect: Wrapped["$connect"], value: unknown): Wrapped {
  return { $connect, value };
}

function mapMembers(data: object, change: (member: unknown) => unknown): object {
  return Object.fromEntries(Object.entries(data).map(([name, member]) => [name, change(member)]));
}

function isPlain(data: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(data);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function unknownType(type: string): TypeError {
  return new TypeError(
    `the data of a query has a ${type}, which is no request or response of the services that hydration() was given: give it the specs of a service with that type`,
  );
}
