import { type Awaitable, ConnectError, type HandlerContext } from "@connect-ts/runtime";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import { QueryClient, QueryObserver, type QueryObserverResult } from "@tanstack/query-core";
import { createQueries, hydration, type Queries, type QueriesOptions } from "../index.js";
import * as generated from "./gen/codecs/library/v1/library_connect.js";
import * as es from "./gen/es/library/v1/library_connect.js";
import type { BookInit, WatchBooksRequestInit } from "./gen/es/library/v1/library_init.js";
import type { Book } from "./gen/es/library/v1/library_pb.js";

export type Codecs = "protobuf-es" | "generated codecs";
export const bothCodecs: readonly Codecs[] = ["protobuf-es", "generated codecs"];

export type LibraryQueries = Queries<es.LibraryServiceClient>;

/** A library in this process, what it saw of its callers, and a cache. */
export interface Library {
  readonly queries: LibraryQueries;
  readonly specs: typeof es.libraryServiceSpecs;
  readonly client: es.LibraryServiceClient;
  readonly cache: QueryClient;
  /** The RPCs that were called. */
  readonly calls: string[];
  /** The contexts of the calls. */
  readonly contexts: HandlerContext[];
  /** The next calls fail with these. */
  readonly failures: ConnectError[];
  /** The library's books. */
  book: (id: bigint, context: HandlerContext) => Awaitable<BookInit>;
  /** What `watchBooks` sends. */
  watch: (request: WatchBooksRequestInit, context: HandlerContext) => AsyncIterable<BookInit>;
}

export function library(codecs: Codecs = "protobuf-es", options: QueriesOptions = {}): Library {
  const { createLibraryServiceClient, createLibraryServiceHandler, libraryServiceSpecs } =
    codecs === "protobuf-es" ? es : (generated as unknown as typeof es);
  const seen = (rpc: string, context: HandlerContext): void => {
    it.calls.push(rpc);
    it.contexts.push(context);
    const failure = it.failures.shift();
    if (failure !== undefined) throw failure;
  };
  const handler = createLibraryServiceHandler({
    getBook({ id }, context) {
      seen("getBook", context);
      return it.book(id, context);
    },
    listBooks({ pageSize, pageToken, cursor }, context) {
      seen("listBooks", context);
      const first = BigInt(pageToken[0] ?? cursor?.after ?? 0);
      const books = Array.from({ length: pageSize }, (_, index) => ({ id: first + BigInt(index) }));
      const next = Number(first) + pageSize;
      return next >= 6 ? { books } : { books, nextPageToken: Uint8Array.of(next), next: { after: BigInt(next) } };
    },
    getShelf(_request, context) {
      seen("getShelf", context);
      return { room: "cellar" };
    },
    addBook(book, context) {
      seen("addBook", context);
      return book;
    },
    async addBooks(books, context) {
      seen("addBooks", context);
      const all: Book[] = [];
      for await (const book of books) all.push(book);
      return { books: all };
    },
    watchBooks(request, context) {
      seen("watchBooks", context);
      return untilAborted(it.watch(request, context), context.signal);
    },
    talk: (books) => books,
  });
  const client = createLibraryServiceClient(createInProcessTransport(handler));
  const it: Library = {
    queries: createQueries(libraryServiceSpecs, client, options),
    specs: libraryServiceSpecs,
    client,
    cache: new QueryClient({ defaultOptions: { ...hydration(libraryServiceSpecs), queries: { retryDelay: 1 } } }),
    calls: [],
    contexts: [],
    failures: [],
    book: (id) => ({ id }),
    async *watch({ count = 0 }) {
      for (let id = 1n; id <= count; id++) yield { id };
    },
  };
  return it;
}

async function* untilAborted<T>(messages: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const iterator = messages[Symbol.asyncIterator]();
  const aborted = new Promise<{ readonly done: true }>((resolve) => {
    signal.addEventListener("abort", () => resolve({ done: true }));
  });
  for (;;) {
    const result = await Promise.race([iterator.next(), aborted]);
    if (result.done === true) return;
    yield result.value;
  }
}

/** What a component does: it shows a query until it is unmounted. */
export interface Mounted<Data> {
  readonly results: QueryObserverResult<Data, ConnectError>[];
  readonly result: QueryObserverResult<Data, ConnectError>;
  readonly observer: QueryObserver<Data, ConnectError, Data>;
  unmount(): void;
}

export function mount<Data>(
  cache: QueryClient,
  options: { readonly queryKey: readonly unknown[]; readonly queryFn: unknown },
): Mounted<Data> {
  const observer = new QueryObserver<Data, ConnectError, Data>(cache, options as never);
  const results: QueryObserverResult<Data, ConnectError>[] = [];
  const unmount = observer.subscribe((result) => results.push(result));
  return {
    results,
    observer,
    unmount,
    get result() {
      return observer.getCurrentResult();
    },
  };
}

/** Waits until something holds, for half a minute at the most. */
export async function until(what: () => boolean): Promise<void> {
  const end = Date.now() + 30_000;
  while (!what()) {
    if (Date.now() > end) throw new Error(`it never held: ${what.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** A failure of the server. */
export const failure = (code: ConnectError["code"]): ConnectError => new ConnectError(code, "asked for");
