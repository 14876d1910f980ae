import { ConnectError } from "@connect-ts/runtime";
import { describe, expect, it } from "@jest/globals";
import { InfiniteQueryObserver, MutationObserver, skipToken } from "@tanstack/query-core";
import { createQueries, retryPolicy } from "./index.js";
import type { Book } from "./testing/gen/es/library/v1/library_pb.js";
import { bothCodecs, failure, library, mount, until } from "./testing/library.js";

describe.each(bothCodecs)("queries with %s", (codecs) => {
  it("get one answer, once for equal requests", async () => {
    const { queries, cache, calls } = library(codecs);
    const [one, other] = await Promise.all([
      cache.fetchQuery(queries.getBook.queryOptions({ id: 5n })),
      cache.fetchQuery(queries.getBook.queryOptions({ id: 5n, shelves: [] })),
    ]);
    expect(one).toMatchObject({ $typeName: "library.v1.Book", id: 5n });
    expect(other).toBe(one);
    expect(calls).toEqual(["getBook"]);
  });

  it("keep the object of an answer that came again with the same bytes in it", async () => {
    const it = library(codecs);
    it.book = (id) => ({ id, cover: Uint8Array.of(1, 2), shelf: { label: Uint8Array.of(3) }, parts: [{ id: 1n }] });
    const options = it.queries.getBook.queryOptions({ id: 5n });
    const fetched = async (): Promise<Book> => {
      await it.cache.prefetchQuery(options);
      return it.cache.getQueryData(options.queryKey) as Book;
    };
    const one = await fetched();
    expect(await fetched()).toBe(one);
    it.book = (id) => ({ id, cover: Uint8Array.of(1, 3), shelf: { label: Uint8Array.of(3) }, parts: [{ id: 1n }] });
    const two = await fetched();
    expect(two.cover).toEqual(Uint8Array.of(1, 3));
    expect(two.shelf).toBe(one.shelf);
    expect(two.parts).toBe(one.parts);
    expect(two.$typeName).toBe("library.v1.Book");
  });

  it("get pages, by a field of bytes", async () => {
    const { queries, cache } = library(codecs);
    const options = queries.listBooks.infiniteQueryOptions(
      { pageSize: 3, pageToken: Uint8Array.of(1) },
      {
        pageParam: "pageToken",
        getNextPageParam: ({ nextPageToken }) => (nextPageToken.length > 0 ? nextPageToken : undefined),
      },
    );
    const { pages, pageParams } = await cache.fetchInfiniteQuery({ ...options, pages: 5 });
    expect(pages.map(({ books }) => books.map(({ id }) => id))).toEqual([
      [1n, 2n, 3n],
      [4n, 5n, 6n],
    ]);
    expect(pageParams).toEqual([Uint8Array.of(1), Uint8Array.of(4)]);
  });

  it("get pages, by a field that is a message", async () => {
    const { queries, cache } = library(codecs);
    const options = queries.listBooks.infiniteQueryOptions(
      { pageSize: 3 },
      { pageParam: "cursor", getNextPageParam: ({ next }) => next && { after: next.after } },
    );
    const { pages } = await cache.fetchInfiniteQuery({ ...options, pages: 2 });
    expect(pages.map(({ books }) => books[0]?.id)).toEqual([0n, 3n]);
  });
});

it("select gives what an observer sees", async () => {
  const { queries, cache } = library();
  const shown = mount<bigint>(cache, queries.getBook.queryOptions({ id: 5n }, { select: ({ id }) => id * 2n }));
  await until(() => shown.result.isSuccess);
  expect(shown.result.data).toBe(10n);
  shown.unmount();
});

it("pages are got one by one by an observer", async () => {
  const { queries, cache, calls } = library();
  const options = queries.listBooks.infiniteQueryOptions(
    { pageSize: 3 },
    { pageParam: "cursor", getNextPageParam: ({ next }) => next },
  );
  const observer = new InfiniteQueryObserver(cache, options as never);
  const unmount = observer.subscribe(() => undefined);
  await until(() => observer.getCurrentResult().isSuccess);
  expect(calls.length).toBe(1);
  await observer.fetchNextPage();
  expect(observer.getCurrentResult().hasNextPage).toBe(false);
  expect(calls.length).toBe(2);
  unmount();
});

it("a request that is skipToken makes no call", async () => {
  const { queries, cache, calls } = library();
  const shown = mount(cache, queries.getBook.queryOptions(skipToken));
  const pages = queries.listBooks.infiniteQueryOptions(skipToken, {
    pageParam: "pageToken",
    getNextPageParam: () => undefined,
  });
  const stream = mount(cache, queries.watchBooks.streamOptions(skipToken));
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect([shown.result.fetchStatus, stream.result.fetchStatus, calls.length]).toEqual(["idle", "idle", 0]);
  expect(pages.queryFn).toBe(skipToken);
  expect(pages.queryKey[2]).toBeNull();
  shown.unmount();
  stream.unmount();
});

it("a component that is unmounted gives its call up, and the server sees it", async () => {
  const it = library();
  it.book = (id, { signal }) => new Promise((resolve) => signal.addEventListener("abort", () => resolve({ id })));
  const shown = mount(it.cache, it.queries.getBook.queryOptions({ id: 5n }));
  await until(() => it.calls.length === 1);
  shown.unmount();
  await until(() => it.contexts[0]?.signal.aborted === true);
});

it("call options reach the server: those of the query replace those of all queries", async () => {
  const { queries, cache, contexts } = library("protobuf-es", {
    call: { headers: { "x-from": "all" }, timeoutMs: 5000 },
  });
  await cache.fetchQuery(queries.getBook.queryOptions({}));
  await cache.fetchQuery(queries.getBook.queryOptions({ id: 1n }, { call: { headers: { "x-from": "one" } } }));
  expect(contexts.map(({ requestHeaders }) => requestHeaders.get("x-from"))).toEqual(["all", "one"]);
  expect(contexts.map((context) => (context.timeoutMs() ?? 0) > 0)).toEqual([true, true]);
});

it("a query fails with a ConnectError", async () => {
  const it = library();
  it.failures.push(failure("not_found"));
  const error = await it.cache.fetchQuery(it.queries.getBook.queryOptions({})).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ConnectError);
  expect(error).toMatchObject({ code: "not_found", rawMessage: "asked for" });
});

it("mutations call, with their callbacks, and tell nothing but a mutation's key", async () => {
  const it = library();
  const done: bigint[] = [];
  const mutation = new MutationObserver(
    it.cache,
    it.queries.addBook.mutationOptions({
      onSuccess: ({ id }) => void done.push(id),
      call: { headers: { "x-a": "b" } },
    }),
  );
  expect(await mutation.mutate({ id: 7n })).toMatchObject({ id: 7n });
  expect(done).toEqual([7n]);
  expect(it.contexts[0]?.requestHeaders.get("x-a")).toBe("b");
  const [known] = it.cache.getMutationCache().findAll({ mutationKey: it.queries.addBook.key() });
  expect(known?.state.status).toBe("success");
});

it("an RPC that streams requests is a mutation", async () => {
  const { queries, cache } = library();
  const mutation = new MutationObserver(cache, queries.addBooks.mutationOptions());
  expect((await mutation.mutate([{ id: 1n }, { id: 2n }])).books.length).toBe(2);
});

it("queries are made from a client with some of the methods too", async () => {
  const { specs, client, cache } = library();
  const some = createQueries(specs, { getBook: client.getBook });
  expect((await cache.fetchQuery(some.getBook.queryOptions({ id: 3n }))).id).toBe(3n);
});

describe("retryPolicy()", () => {
  const attempts = async (code: ConnectError["code"], retry = retryPolicy()): Promise<number> => {
    const it = library();
    it.failures.push(...Array.from({ length: 9 }, () => failure(code)));
    await it.cache.fetchQuery(it.queries.getBook.queryOptions({}, { retry })).catch(() => undefined);
    return it.calls.length;
  };

  it.each([
    ["unavailable", 4],
    ["resource_exhausted", 4],
    ["deadline_exceeded", 4],
    ["aborted", 4],
    ["unknown", 4],
    ["canceled", 1],
    ["invalid_argument", 1],
    ["not_found", 1],
    ["already_exists", 1],
    ["permission_denied", 1],
    ["failed_precondition", 1],
    ["out_of_range", 1],
    ["unimplemented", 1],
    ["internal", 1],
    ["data_loss", 1],
    ["unauthenticated", 1],
  ] as const)("after %s there are %i calls", async (code, calls) => {
    expect(await attempts(code)).toBe(calls);
  });

  it("takes how often, and after which codes", async () => {
    expect(await attempts("unavailable", retryPolicy(1))).toBe(2);
    expect(await attempts("internal", retryPolicy(1, ["internal"]))).toBe(2);
    expect(await attempts("unavailable", retryPolicy(0))).toBe(1);
    expect(() => retryPolicy(-1)).toThrow("the retries of retryPolicy() are -1, expected an integer from 0 on");
  });
});
