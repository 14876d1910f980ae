import { describe, expect, it } from "@jest/globals";
import { dehydrate, hydrate, type QueryClient } from "@tanstack/query-core";
import { hydration } from "./index.js";
import type { BookInit } from "./testing/gen/es/library/v1/library_init.js";
import type { Book } from "./testing/gen/es/library/v1/library_pb.js";
import { bothCodecs, type Library, library, mount, until } from "./testing/library.js";

const full: BookInit = {
  id: 9007199254740993n,
  title: "</script>",
  cover: Uint8Array.of(0, 255),
  printed: { seconds: 1n, nanos: 5 },
  reading: { seconds: -3n },
  extra: { typeUrl: "type.googleapis.com/a.B", value: Uint8Array.of(1) },
  details: { a: [1, null, "b"] },
  copies: { here: 3n },
  price: { case: "cents", value: 18446744073709551615n },
  parts: [{ id: 2n, price: { case: "euros", value: Number.NaN } }],
  language: "",
  shelf: { label: Uint8Array.of(3) },
};

/** What a browser has after a page that a server rendered. */
function crossed({ cache }: Library, target: Library): QueryClient {
  hydrate(target.cache, JSON.parse(JSON.stringify(dehydrate(cache))));
  return target.cache;
}

describe.each(bothCodecs)("hydration with %s", (codecs) => {
  it("carries messages whole", async () => {
    const server = library(codecs);
    server.book = () => full;
    const options = server.queries.getBook.queryOptions({ id: 1n });
    const sent = await server.cache.fetchQuery(options);
    const browser = library(codecs);
    const got = crossed(server, browser).getQueryData(options.queryKey) as Book;
    expect(got).toEqual(sent);
    expect(browser.specs.addBook.input.toBinary(got, 0)).toEqual(server.specs.addBook.input.toBinary(sent, 0));
    expect(got.shelf?.room).toBe("hall");
  });

  it("carries a message whose defaults are on its prototype", async () => {
    const server = library(codecs);
    const options = server.queries.getShelf.queryOptions({});
    await server.cache.prefetchQuery(options);
    const shelf = crossed(server, library(codecs)).getQueryData(options.queryKey);
    expect([shelf?.room, shelf?.length, shelf && Object.hasOwn(shelf, "length")]).toEqual(["cellar", 7n, false]);
  });

  it("carries pages with their parameters, and streams", async () => {
    const server = library(codecs);
    const pages = server.queries.listBooks.infiniteQueryOptions(
      { pageSize: 3 },
      { pageParam: "pageToken", getNextPageParam: ({ nextPageToken }) => nextPageToken },
    );
    const stream = server.queries.watchBooks.streamOptions({ count: 2 });
    await server.cache.prefetchInfiniteQuery({ ...pages, pages: 2 });
    await server.cache.prefetchQuery(stream);
    const browser = library(codecs);
    crossed(server, browser);
    expect(browser.cache.getQueryData(pages.queryKey)).toEqual(server.cache.getQueryData(pages.queryKey));
    expect(browser.cache.getQueryData(pages.queryKey)?.pageParams).toEqual([new Uint8Array(), Uint8Array.of(3)]);
    expect(browser.cache.getQueryData(stream.queryKey)).toEqual(server.cache.getQueryData(stream.queryKey));
  });

  it("a stream that had not ended runs again in the browser", async () => {
    const server = library(codecs);
    server.watch = async function* (_request, { signal }) {
      yield { id: 1n };
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    };
    const rendering = server.queries.watchBooks.streamOptions({ count: 2 });
    void server.cache.prefetchQuery(rendering);
    await until(() => server.cache.getQueryData(rendering.queryKey) !== undefined);
    const browser = library(codecs);
    crossed(server, browser);
    server.cache.clear();
    const shown = mount<readonly Book[]>(browser.cache, browser.queries.watchBooks.streamOptions({ count: 2 }));
    await until(() => shown.result.fetchStatus === "idle");
    expect(shown.result.data?.map(({ id }) => id)).toEqual([1n, 2n]);
    shown.unmount();
  });

  it("saves the call in the browser", async () => {
    const server = library(codecs);
    await server.cache.prefetchQuery(server.queries.getBook.queryOptions({ id: 7n }));
    const browser = library(codecs);
    crossed(server, browser);
    const shown = mount<Book>(browser.cache, browser.queries.getBook.queryOptions({ id: 7n }, { staleTime: 1000 }));
    expect(shown.result.data?.id).toBe(7n);
    expect(browser.calls).toEqual([]);
    shown.unmount();
  });
});

describe("the data of other queries", () => {
  const { specs } = library();
  const there = (data: unknown): unknown => {
    const { dehydrate, hydrate } = hydration(specs);
    return hydrate.deserializeData(JSON.parse(JSON.stringify(dehydrate.serializeData(data))));
  };

  it.each([
    [{ a: 1n, b: [Uint8Array.of(1)], c: null, d: "e", f: true }],
    [{ $connect: "bigint", value: "no number" }],
    [{ deep: { $connect: { $connect: 5n } } }],
    [[Number.NaN, Number.NEGATIVE_INFINITY, -0, 0.5]],
    ["text"],
  ])("crosses as it is: %o", (data) => expect(there(data)).toEqual(data));

  it("has members called __proto__ as before", () => {
    const data = JSON.parse('{"__proto__":1}') as object;
    expect(Object.getOwnPropertyNames(there(data))).toEqual(["__proto__"]);
  });

  it("keeps messages of other types, unless their defaults are on a prototype: then it tells", () => {
    const cursor = { $typeName: "library.v1.Cursor", after: 5n };
    expect(there({ cursor })).toEqual({ cursor });
    const shelf = specs.getShelf.output.create({});
    const { dehydrate } = hydration({ getBook: specs.getBook });
    expect(() => dehydrate.serializeData(shelf)).toThrow(
      "the data of a query has a library.v1.Shelf, which is no request or response of the services that hydration() was given",
    );
  });

  it("of a type that the other side was not told of is an error that names it", () => {
    const data = hydration(specs).dehydrate.serializeData(specs.getBook.output.create({}));
    expect(() => hydration().hydrate.deserializeData(data)).toThrow("the data of a query has a library.v1.Book");
  });
});
