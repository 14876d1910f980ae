import type { Spec } from "@connect-ts/runtime";
import { isBytes, toBase64 } from "./base64.js";

/** What an entry of the cache is: one answer, pages of answers, the messages of a stream, or a mutation. */
export type EntryKind = "query" | "infinite" | "stream" | "mutation";

/** What a key says of the RPC. */
export interface KeyParts {
  /** The `name` that was given to `createQueries`, where there was one. */
  readonly client?: string;
  /** The full name of the service: `"connectrpc.eliza.v1.ElizaService"`. */
  readonly service?: string;
  /** The name of the RPC in the schema: `"Say"`. */
  readonly method?: string;
  readonly kind?: EntryKind;
  /** What a reducer makes of a stream: its option `as`. */
  readonly as?: string;
  /** How many messages of a stream are kept, where not all are. */
  readonly maxMessages?: number;
}

/**
 * The key of an RPC in the cache: JSON, the same for equal requests, in every process. A key that lacks parts matches all
 * that has the others.
 */
export type RpcKey = readonly [library: "connect-ts", parts?: KeyParts, request?: unknown];

/** The specs of a service, as generated code exports them: `elizaServiceSpecs`. */
export interface ServiceSpecs {
  readonly [method: string]: Spec;
}

/** Which entries of the cache are meant. */
export interface KeyFilter {
  /** Those of one client: the `name` that was given to `createQueries`. */
  readonly client?: string;
  /** Those of one service: `elizaServiceSpecs`. */
  readonly service?: ServiceSpecs;
  readonly kind?: EntryKind;
}

/**
 * The partial key of many entries: of all RPCs, of a client, of a service. A method's own is `eliza.say.key()`.
 *
 * @example
 * await queryClient.invalidateQueries({ queryKey: rpcKey({ service: elizaServiceSpecs }) });
 */
export function rpcKey({ client, service, kind }: KeyFilter = {}): RpcKey {
  const parts = {
    ...(client !== undefined && { client }),
    ...(service !== undefined && { service: serviceOf(service) }),
    ...(kind !== undefined && { kind }),
  };
  return ["connect-ts", parts];
}

function serviceOf(specs: ServiceSpecs): string {
  const [spec] = Object.values(specs);
  if (spec === undefined) throw new TypeError("rpcKey() got a service without RPCs, which has no entries in the cache");
  return partsOf(spec).service;
}

/** The names of a service and of its RPC, from `"/connectrpc.eliza.v1.ElizaService/Say"`. */
export function partsOf({ procedure }: Spec): { readonly service: string; readonly method: string } {
  const slash = procedure.lastIndexOf("/");
  return { service: procedure.slice(1, slash), method: procedure.slice(slash + 1) };
}

/**
 * A message as JSON that tells it from every other of its type. Not ProtoJSON: that needs a registry for
 * `google.protobuf.Any`, and messages may be generated without it. Absent fields are left out; a field without presence
 * is never absent, so it makes no difference whether a request names its default.
 */
export function requestKey(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  // JSON has neither.
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0) ? value : text(value);
  if (typeof value !== "object" || value === null) return value;
  if (isBytes(value)) return toBase64(value);
  if (Array.isArray(value)) return value.map(requestKey);
  const members = Object.entries(value).filter(([name, member]) => name !== "$typeName" && member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [keyName(name), requestKey(member)]));
}

/** TanStack Query hashes objects member by member, and would lose this name of a map's entry. */
function keyName(name: string): string {
  return name.startsWith("__proto__") ? `${name}_` : name;
}

function text(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

/** Of a request's key the members that an init shape names. */
export function partialRequestKey(key: unknown, init: unknown): unknown {
  if (!isObject(key) || !isObject(init)) return key;
  const named = Object.entries(key).filter(([name]) => init[name] !== undefined && init[name] !== null);
  return Object.fromEntries(named.map(([name, member]) => [name, partialRequestKey(member, init[name])]));
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isBytes(value);
}
