import { describe, expect, it } from "@jest/globals";
import { hashKey, type QueryKey } from "@tanstack/query-core";
import { createQueries, rpcKey } from "./index.js";
import { bothCodecs, library } from "./testing/library.js";

const service = "library.v1.LibraryService";

describe.each(bothCodecs)("keys with %s", (codecs) => {
  const { queries, specs, client, cache } = library(codecs);
  const keyOf = (request: Parameters<typeof queries.getBook.queryOptions>[0]): QueryKey =>
    queries.getBook.queryOptions(request).queryKey;

  it("are JSON that reads well, bigint and bytes included", () => {
    const key = keyOf({ id: 9007199254740993n, token: Uint8Array.of(255, 0), shelves: [1n] });
    expect(key.slice(0, 2)).toEqual(["connect-ts", { service, method: "GetBook", kind: "query" }]);
    expect(key[2]).toMatchObject({ id: "9007199254740993", token: "/wA=", shelves: ["1"] });
    expect(JSON.parse(JSON.stringify(key))).toEqual(key);
  });

  it("are the same whether a default is named or not", () => {
    const plain = hashKey(keyOf({}));
    expect(hashKey(keyOf({ id: 0n, token: new Uint8Array(), weights: {}, shelves: [], score: 0 }))).toBe(plain);
    expect(hashKey(keyOf({ language: "" }))).not.toBe(plain);
    expect(hashKey(keyOf({ filter: {} }))).not.toBe(plain);
    expect(hashKey(keyOf({ filter: {} }))).toBe(hashKey(keyOf({ filter: { author: "", year: 0n } })));
  });

  it("are the same for a request and for the message made from it, in any order of its members", () => {
    const one = keyOf({
      weights: { a: 1n, b: 2n },
      filter: { author: "A", year: 3n },
      by: { case: "number", value: 1n },
    });
    const other = keyOf(
      specs.getBook.input.create({
        by: { value: 1n, case: "number" },
        filter: { year: 3n, author: "A" },
        weights: { b: 2n, a: 1n },
      }),
    );
    expect(hashKey(one)).toBe(hashKey(other));
  });

  it.each([
    [{ score: Number.NaN }, { score: 0 }],
    [{ score: Number.NaN }, { score: Number.POSITIVE_INFINITY }],
    [{ score: -0 }, { score: 0 }],
    [{ by: { case: "number", value: 1n } }, { by: { case: "title", value: "1" } }],
    [{ weights: JSON.parse('{"__proto__":"1"}') as { [key: string]: bigint } }, { weights: {} }],
    [{ extra: { typeUrl: "a/b", value: Uint8Array.of(1) } }, { extra: { typeUrl: "a/b", value: Uint8Array.of(2) } }],
    [{ since: { seconds: 1n } }, { since: { seconds: 1n, nanos: 1 } }],
    [{ details: { a: [1, null] } }, { details: { a: [1] } }],
  ] as const)("differ for %o and %o", (one, other) => {
    expect(hashKey(keyOf(one as never))).not.toBe(hashKey(keyOf(other as never)));
  });

  it("differ between a query, its pages and a mutation", () => {
    const { listBooks } = queries;
    const pages = listBooks.infiniteQueryOptions({}, { pageParam: "pageToken", getNextPageParam: () => undefined });
    const hashes = [listBooks.queryOptions({}), pages].map(({ queryKey }) => hashKey(queryKey));
    expect(new Set([...hashes, hashKey(listBooks.mutationOptions().mutationKey)]).size).toBe(3);
  });

  it("without parts match all that have the others", () => {
    const other = createQueries(specs, client, { name: "eu" });
    cache.clear();
    const entries = {
      query: queries.getBook.queryOptions({ id: 1n, filter: { author: "A", year: 2n } }),
      elsewhere: other.getBook.queryOptions({ id: 1n }),
      list: queries.listBooks.queryOptions({}),
      stream: queries.watchBooks.streamOptions({ count: 1 }),
    };
    for (const { queryKey } of Object.values(entries)) cache.setQueryData(queryKey as QueryKey, {});
    cache.setQueryData(["connect-ts-not", "mine"], {});
    const found = (queryKey: QueryKey): string[] =>
      Object.entries(entries).flatMap(([name, entry]) =>
        cache
          .getQueryCache()
          .findAll({ queryKey })
          .some(({ queryHash }) => queryHash === hashKey(entry.queryKey))
          ? [name]
          : [],
      );
    expect(found(rpcKey())).toEqual(["query", "elsewhere", "list", "stream"]);
    expect(found(rpcKey({ service: specs }))).toEqual(["query", "elsewhere", "list", "stream"]);
    expect(found(rpcKey({ service: { other: { ...specs.getBook, procedure: "/a.B/C" } } }))).toEqual([]);
    expect(found(rpcKey({ client: "eu" }))).toEqual(["elsewhere"]);
    expect(found(rpcKey({ kind: "stream" }))).toEqual(["stream"]);
    expect(found(queries.getBook.key())).toEqual(["query", "elsewhere"]);
    expect(found(other.getBook.key())).toEqual(["elsewhere"]);
    expect(found(queries.getBook.key({ id: 1n }))).toEqual(["query", "elsewhere"]);
    expect(found(queries.getBook.key({ filter: { author: "A" } }))).toEqual(["query"]);
    expect(found(queries.getBook.key({ filter: { author: "B" } }))).toEqual([]);
  });
});

it("a service without RPCs has no key", () => {
  expect(() => rpcKey({ service: {} })).toThrow("a service without RPCs");
});

it("a request that is none is told with the RPC's name", () => {
  const { queries } = library();
  expect(() => queries.getBook.queryOptions(5 as never)).toThrow(
    "/library.v1.LibraryService/GetBook: cannot make a library.v1.GetBookRequest from the given request",
  );
});

it("createQueries() tells when its arguments are the wrong way round", () => {
  const { specs, client } = library();
  expect(() => createQueries(client as never, specs)).toThrow("createQueries() takes the specs of a service first");
});

it("createQueries() names an option that it does not have", () => {
  const { specs, client } = library();
  expect(() => createQueries(specs, client, { nmae: "eu" } as never)).toThrow('createQueries has no option "nmae"');
});
