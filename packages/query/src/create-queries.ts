import {
  type AnyIterable,
  type BidiStream,
  type CallOptions,
  type ClientStream,
  ConnectError,
  type ServerStream,
  type Spec,
  type UnaryCall,
} from "@connect-ts/runtime";
import { checkOptions } from "@connect-ts/runtime/transport";
import type { QueryFunctionContext, SkipToken } from "@tanstack/query-core";
import { type EntryKind, type KeyParts, partialRequestKey, partsOf, type RpcKey, requestKey } from "./keys.js";
import type { MethodKeys, Mutations, QueryCallOptions, StreamQueries, UnaryQueries } from "./options.js";
import { share } from "./share.js";
import { type Growth, streamed } from "./streamed.js";

/** Options of all queries of a client. */
export interface QueriesOptions {
  /**
   * Stands in all keys. Give one where clients of the same service go to different servers: the base URL, or what you call
   * the server. A page that is rendered on a server needs the same there and in the browser. @default none
   */
  readonly name?: string;
  /** Options of all calls: headers, timeout. @default none */
  readonly call?: QueryCallOptions;
}

/** What a method of a client becomes, by the kind of its RPC. */
export type QueriesOf<Method> = Method extends (options?: CallOptions) => BidiStream<never, unknown>
  ? never
  : Method extends (options?: CallOptions) => ClientStream<infer I, infer O>
    ? MethodKeys<never> & Mutations<AnyIterable<I>, O>
    : Method extends (request: infer I, options?: CallOptions) => UnaryCall<infer O>
      ? UnaryQueries<I, O>
      : Method extends (request: infer I, options?: CallOptions) => ServerStream<infer O>
        ? StreamQueries<I, O>
        : never;

/** Factories of options for TanStack Query, for each RPC of a client. */
export type Queries<Client> = { readonly [Name in keyof Client]: QueriesOf<Client[Name]> };

/**
 * Makes factories of options for TanStack Query from a generated client. React, Vue, Solid and Svelte use the same.
 *
 * @param specs - the specs of the service, which generated code exports beside the client
 * @param client - the client that makes the calls
 * @throws TypeError when the first argument is not the specs of a service
 * @example
 * const eliza = createQueries(elizaServiceSpecs, createElizaServiceClient(transport));
 * const { data } = useQuery(eliza.say.queryOptions({ sentence: "Hello" }));
 */
export function createQueries<Client extends object>(
  specs: { readonly [Name in keyof NoInfer<Client>]: Spec },
  client: Client,
  options: QueriesOptions = {},
): Queries<Client> {
  checkOptions("createQueries", options, { name: undefined, call: undefined });
  // Without a prototype: names come from a schema.
  const queries = Object.create(null) as { [name: string]: unknown };
  for (const [name, spec] of Object.entries(specs as { readonly [name: string]: Spec })) {
    if (typeof spec?.procedure !== "string")
      throw new TypeError(
        "createQueries() takes the specs of a service first, such as elizaServiceSpecs, and then a client of it",
      );
    queries[name] = methodQueries(spec, client as Client & Methods, name, options);
  }
  return queries as Queries<Client>;
}

interface Methods {
  readonly [name: string]: (request: unknown, options: CallOptions) => unknown;
}
type Own = { readonly call?: QueryCallOptions } & { readonly [option: string]: unknown };
type Context = QueryFunctionContext<RpcKey>;
/** What changes the request from page to page. */
type Page = { readonly [field: string]: unknown };

/** A method has all factories, and its type those that its kind of RPC can use. */
function methodQueries(spec: Spec, client: Methods, name: string, { name: clientName, call: forAll }: QueriesOptions) {
  const parts = { ...(clientName !== undefined && { client: clientName }), ...partsOf(spec) };
  const start = (request: unknown, options: QueryCallOptions | undefined, signal?: AbortSignal): unknown =>
    client[name]?.(request, { ...forAll, ...options, ...(signal !== undefined && { signal }) });
  /** What all queries have. A request that is `skipToken`, the only symbol, is the function too: so TanStack wants it. */
  const entry = (
    kind: Pick<KeyParts, "as" | "maxMessages"> & { readonly kind: EntryKind },
    request: unknown,
    queryFn: (message: unknown) => (context: Context) => unknown,
  ) => {
    const skipped = typeof request === "symbol";
    const message = skipped ? request : messageOf(spec, request);
    const queryKey: RpcKey = ["connect-ts", { ...parts, ...kind }, skipped ? null : requestKey(message)];
    return { queryKey, queryFn: skipped ? (request as SkipToken) : queryFn(message) };
  };

  return {
    key(request?: unknown): RpcKey {
      if (request === undefined) return ["connect-ts", parts];
      return ["connect-ts", parts, partialRequestKey(requestKey(messageOf(spec, request)), request)];
    },
    queryOptions(request: unknown, { call, ...options }: Own = {}) {
      const run = (message: unknown) => (context: Context) => start(message, call, context.signal);
      return { structuralSharing: share, ...options, ...entry({ kind: "query" }, request, run) };
    },
    infiniteQueryOptions(request: unknown, { call, pageParam, ...options }: Own & { readonly pageParam: string }) {
      let initialPageParam: unknown;
      const run = (message: unknown) => {
        initialPageParam = (message as Page)[pageParam];
        return ({ signal, pageParam: value }: Context) =>
          // Without its type name it is an init shape, so the parameter may be one too.
          start({ ...(message as Page), $typeName: undefined, [pageParam]: value }, call, signal);
      };
      const { queryKey, queryFn } = entry({ kind: "infinite" }, request, run);
      return { structuralSharing: share, ...options, initialPageParam, queryKey, queryFn };
    },
    streamOptions(request: unknown, own: Own & Growth & { readonly as?: string } = {}) {
      const { call, refetchMode, maxMessages, reducer, initialValue, as, ...options } = own;
      const kind = {
        kind: "stream" as const,
        ...(as !== undefined && { as }),
        ...(maxMessages !== undefined && { maxMessages }),
      };
      const growth = { refetchMode, maxMessages, reducer, initialValue };
      const run = (message: unknown) => (context: Context) =>
        streamed((signal) => start(message, call, signal) as AsyncIterable<unknown>, context, growth);
      return { ...streamDefaults, ...options, ...entry(kind, request, run) };
    },
    mutationOptions({ call, ...options }: Own = {}) {
      const mutationKey: RpcKey = ["connect-ts", { ...parts, kind: "mutation" }];
      return { ...options, mutationKey, mutationFn: (request: unknown) => start(request, call) };
    },
  };
}

/** A stream is no answer that gets old: only who asks for it runs it again, and who finds a part of it. */
const streamDefaults = {
  structuralSharing: share,
  staleTime: Number.POSITIVE_INFINITY,
  refetchOnWindowFocus: false,
  refetchOnReconnect: false,
} as const;

function messageOf({ input, procedure }: Spec, init: unknown): unknown {
  try {
    return input.create(init);
  } catch (cause) {
    throw new ConnectError("internal", `${procedure}: cannot make a ${input.typeName} from the given request`, {
      cause,
    });
  }
}
