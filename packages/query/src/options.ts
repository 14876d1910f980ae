import type { CallOptions, ConnectError } from "@connect-ts/runtime";
import type {
  DataTag,
  GetNextPageParamFunction,
  GetPreviousPageParamFunction,
  InfiniteData,
  InfiniteQueryObserverOptions,
  MutationObserverOptions,
  QueryFunctionContext,
  QueryObserverOptions,
  SkipToken,
} from "@tanstack/query-core";
import type { RpcKey } from "./keys.js";

/** Options of the calls that queries make. Their signal is that of the query. */
export type QueryCallOptions = Omit<CallOptions, "signal">;

/** Options for TanStack Query of one answer: all of TanStack's but those that say what is fetched. */
export interface AnswerOptions<O, Data>
  extends Omit<
    QueryObserverOptions<O, ConnectError, Data, O, RpcKey>,
    "queryKey" | "queryFn" | "queryHash" | "queryKeyHashFn" | "persister"
  > {
  /** Options of the call: headers, timeout. They are no part of the key. They replace those given to `createQueries`. */
  readonly call?: QueryCallOptions;
}

/**
 * Options to give to `useQuery`, `queryClient.prefetchQuery` and the like. The types have what all frameworks need to see.
 * The other options that were given are there too, unseen: Vue and Solid have types of their own for them.
 */
export interface AnswerQuery<O, Data, Skip = never> {
  readonly queryKey: DataTag<RpcKey, O, ConnectError>;
  readonly queryFn: ((context: QueryRun) => Promise<O>) | Skip;
  readonly select?: (data: O) => Data;
  readonly retry?: NonNullable<QueryObserverOptions<O, ConnectError>["retry"]>;
  /** `useQueries` and its like learn the type of errors from it. */
  readonly throwOnError?: boolean | ((error: ConnectError) => boolean);
}

/** What a query gives the function that fetches it. */
export type QueryRun = Pick<QueryFunctionContext, "client" | "queryKey" | "signal">;

/** The fields of a request: what may say which page is wanted. */
export type PageField<I> = Exclude<keyof I, "$typeName" | "$unknown"> & string;
/** What a field of a request may be, but absent. */
export type PageParam<I, Field extends PageField<I>> = NonNullable<I[Field]>;

/** Options for TanStack Query of answers that come page by page. */
export interface PagesOptions<I, O, Field extends PageField<I>, Data>
  extends Omit<
      InfiniteQueryObserverOptions<O, ConnectError, Data, RpcKey, PageParam<I, Field>>,
      Exclude<keyof PagesQuery<I, O, Data>, "select" | "retry"> | "queryHash" | "queryKeyHashFn" | "persister"
    >,
    Pick<AnswerOptions<O, Data>, "call"> {
  /** The field of the request that says which page is wanted, such as `pageToken`. The first page has it as in the request. */
  readonly pageParam: Field;
  /** The field's value for the page after the last, or `undefined` when there is none. */
  readonly getNextPageParam: GetNextPageParamFunction<PageParam<I, Field>, O>;
  readonly getPreviousPageParam?: GetPreviousPageParamFunction<PageParam<I, Field>, O>;
}

/** Options to give to `useInfiniteQuery`, `queryClient.prefetchInfiniteQuery` and the like. */
export interface PagesQuery<O, Param, Data, Skip = never>
  extends Omit<AnswerQuery<InfiniteData<O, Param>, Data>, "queryFn"> {
  readonly queryFn: ((context: QueryRun & { readonly pageParam: Param }) => Promise<O>) | Skip;
  readonly initialPageParam: Param;
  readonly getNextPageParam: GetNextPageParamFunction<Param, O>;
  readonly getPreviousPageParam?: GetPreviousPageParamFunction<Param, O>;
}

/** Options for TanStack Query of a stream. */
export interface StreamOptions<All, Data> extends AnswerOptions<All, Data> {
  /**
   * What becomes of the data when the query is fetched again: `"reset"` begins with none, `"append"` adds to it, `"replace"`
   * shows it until the new stream has ended. @default "reset"
   */
  readonly refetchMode?: "reset" | "append" | "replace";
  /** How many messages are kept, the newest. @default all */
  readonly maxMessages?: number;
}

/** Options for TanStack Query of a stream whose data is no list of its messages. */
export interface ReducedStreamOptions<O, All, Data> extends Omit<StreamOptions<All, Data>, "maxMessages"> {
  /** What the data is, in a word: it stands in the key, since data that other reducers make of the same stream is other data. */
  readonly as: string;
  /** The data after a message. It makes a new value, and leaves the old as it was. */
  readonly reducer: (data: All, message: O) => All;
  /** The data before the first message. */
  readonly initialValue: All;
}

/** Options for TanStack Query of a mutation: all of TanStack's but key and function. */
export interface ChangeOptions<I, O, Context>
  extends Omit<MutationObserverOptions<O, ConnectError, I, Context>, "mutationKey" | "mutationFn">,
    Pick<AnswerOptions<O, unknown>, "call"> {}

/** Options to give to `useMutation`. */
export interface ChangeMutation<I, O, Context> extends Omit<ChangeOptions<I, O, Context>, "call"> {
  readonly mutationKey: RpcKey;
  readonly mutationFn: (request: I) => Promise<O>;
}

/** What every method has. */
export interface MethodKeys<I> {
  /**
   * The key of all entries of this RPC; with a request, or a part of one, of the entries whose request has the same fields.
   *
   * @throws ConnectError `internal` when no request can be made from it
   */
  key(request?: I): RpcKey;
}

/** What a unary RPC has. */
export interface UnaryQueries<I, O> extends MethodKeys<I>, Mutations<I, O> {
  /**
   * One answer.
   *
   * @example
   * const { data } = useQuery(eliza.say.queryOptions({ sentence: "Hello" }, { select: (reply) => reply.sentence }));
   */
  queryOptions<Data = O>(request: I, options?: AnswerOptions<O, Data>): AnswerQuery<O, Data>;
  queryOptions<Data = O>(request: I | SkipToken, options?: AnswerOptions<O, Data>): AnswerQuery<O, Data, SkipToken>;
  /** Answers page by page. */
  infiniteQueryOptions<const Field extends PageField<I>, Data = InfiniteData<O, PageParam<I, Field>>>(
    request: I,
    options: PagesOptions<I, O, Field, Data>,
  ): PagesQuery<O, PageParam<I, Field>, Data>;
  infiniteQueryOptions<const Field extends PageField<I>, Data = InfiniteData<O, PageParam<I, Field>>>(
    request: I | SkipToken,
    options: PagesOptions<I, O, Field, Data>,
  ): PagesQuery<O, PageParam<I, Field>, Data, SkipToken>;
}

/** What changes something on the server. */
export interface Mutations<I, O> {
  /** A call that is made when `mutate(request)` is called. */
  mutationOptions<Context = unknown>(options?: ChangeOptions<I, O, Context>): ChangeMutation<I, O, Context>;
}

/** What an RPC that streams responses has. */
export interface StreamQueries<I, O> extends MethodKeys<I> {
  /**
   * The messages of a stream, which grow while the query is fetching. A stream does not run again when a window gets the
   * focus or a component shows it again, but by `refetch()`, by invalidation, or when it had not come to its end.
   *
   * @example
   * const { data = [], fetchStatus } = useQuery(eliza.introduce.streamOptions({ name: "Ada" }));
   */
  streamOptions<Data = readonly O[]>(
    request: I | SkipToken,
    options?: StreamOptions<readonly O[], Data>,
  ): AnswerQuery<readonly O[], Data, SkipToken>;
  streamOptions<All, Data = All>(
    request: I | SkipToken,
    options: ReducedStreamOptions<O, All, Data>,
  ): AnswerQuery<All, Data, SkipToken>;
}
