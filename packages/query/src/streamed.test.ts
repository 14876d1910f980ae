import { describe, expect, it } from "@jest/globals";
import { QueryClient } from "@tanstack/query-core";
import type { Book } from "./testing/gen/es/library/v1/library_pb.js";
import { bothCodecs, failure, library, type Mounted, mount, until } from "./testing/library.js";

type Books = readonly Book[];
const ids = ({ result }: Mounted<Books>): (number | undefined)[] => (result.data ?? []).map(({ id }) => Number(id));

/** A stream that goes on when it is told to. */
function steps(): { readonly stream: AsyncGenerator<{ id: bigint }>; next(): void; end(error?: Error): void } {
  const waiting: ((go: Error | "next" | "end") => void)[] = [];
  async function* generate(): AsyncGenerator<{ id: bigint }> {
    for (let id = 1n; ; id++) {
      const go = await new Promise<Error | "next" | "end">((resolve) => waiting.push(resolve));
      if (go === "end") return;
      if (go !== "next") throw go;
      yield { id };
    }
  }
  const tell = async (go: Error | "next" | "end"): Promise<void> => {
    await until(() => waiting.length > 0);
    waiting.shift()?.(go);
  };
  return { stream: generate(), next: () => void tell("next"), end: (error) => void tell(error ?? "end") };
}

describe.each(bothCodecs)("a stream with %s", (codecs) => {
  it("is a query that grows until the stream ends", async () => {
    const it = library(codecs);
    const { stream, next, end } = steps();
    it.watch = () => stream;
    const shown = mount<Books>(it.cache, it.queries.watchBooks.streamOptions({ count: 2 }));
    expect(shown.result).toMatchObject({ status: "pending", fetchStatus: "fetching" });
    next();
    await until(() => ids(shown).length === 1);
    expect(shown.result).toMatchObject({ status: "success", fetchStatus: "fetching" });
    next();
    await until(() => ids(shown).length === 2);
    const [first] = shown.result.data ?? [];
    end();
    await until(() => shown.result.fetchStatus === "idle");
    expect(ids(shown)).toEqual([1, 2]);
    expect(shown.result.data?.[0]).toBe(first);
    shown.unmount();
  });
});

it("a thousand messages that come together are shown together", async () => {
  const { queries, cache } = library();
  const options = queries.watchBooks.streamOptions({ count: 1000 });
  expect((await cache.fetchQuery(options)).length).toBe(1000);
  expect(cache.getQueryState(options.queryKey)?.dataUpdateCount).toBeLessThan(500);
});

it("a stream without messages is an empty list", async () => {
  const { queries, cache } = library();
  expect(await cache.fetchQuery(queries.watchBooks.streamOptions({}))).toEqual([]);
});

it("unmount cancels the stream, the server sees it, and the next mount runs it again", async () => {
  const it = library();
  const { stream, next } = steps();
  it.watch = () => stream;
  const options = it.queries.watchBooks.streamOptions({ count: 9 });
  const shown = mount<Books>(it.cache, options);
  next();
  await until(() => ids(shown).length === 1);
  shown.unmount();
  await until(() => it.contexts[0]?.signal.aborted === true);
  it.watch = async function* () {
    yield { id: 8n };
  };
  const again = mount<Books>(it.cache, options);
  await until(() => again.result.fetchStatus === "idle");
  expect(ids(again)).toEqual([8]);
  again.unmount();
});

it("a stream that has ended does not run again when it is mounted again", async () => {
  const { queries, cache, calls } = library();
  const options = queries.watchBooks.streamOptions({ count: 2 });
  await cache.fetchQuery(options);
  const shown = mount<Books>(cache, options);
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect([ids(shown), calls.length]).toEqual([[1, 2], 1]);
  await shown.observer.refetch();
  expect([ids(shown), calls.length]).toEqual([[1, 2], 2]);
  shown.unmount();
});

describe("fetched again,", () => {
  const during = async (refetchMode?: "reset" | "append" | "replace"): Promise<unknown[]> => {
    const it = library();
    const options = it.queries.watchBooks.streamOptions({ count: 2 }, refetchMode && { refetchMode });
    await it.cache.fetchQuery(options);
    const shown = mount<Books>(it.cache, options);
    const { stream, next, end } = steps();
    it.watch = () => stream;
    const seen: unknown[] = [];
    const fetched = shown.observer.refetch();
    await until(() => it.calls.length === 2);
    seen.push(ids(shown));
    next();
    const lengths = { reset: 1, append: 3, replace: 2 };
    await until(() => ids(shown).length === lengths[refetchMode ?? "reset"]);
    seen.push(ids(shown));
    end();
    await fetched;
    seen.push(ids(shown));
    shown.unmount();
    return seen;
  };

  it("it begins anew", async () => expect(await during()).toEqual([[], [1], [1]]));
  it("it may add to what was there", async () =>
    expect(await during("append")).toEqual([
      [1, 2],
      [1, 2, 1],
      [1, 2, 1],
    ]));
  it("it may show the old data until the new is whole", async () =>
    expect(await during("replace")).toEqual([[1, 2], [1, 2], [1]]));
});

it("a stream that breaks keeps what came, and tells the error", async () => {
  const it = library();
  const { stream, next, end } = steps();
  it.watch = () => stream;
  const shown = mount<Books>(it.cache, it.queries.watchBooks.streamOptions({ count: 2 }, { retry: false }));
  next();
  await until(() => ids(shown).length === 1);
  end(failure("data_loss"));
  await until(() => shown.result.isError);
  expect(ids(shown)).toEqual([1]);
  expect(shown.result.error?.code).toBe("data_loss");
  shown.unmount();
});

it.each([
  ["append", [1, 2, 1, 2]],
  ["reset", [1, 2]],
] as const)("a stream that breaks and is tried again has no message twice: %s", async (refetchMode, expected) => {
  const it = library();
  const options = it.queries.watchBooks.streamOptions({ count: 2 }, { refetchMode, retry: 1 });
  await it.cache.fetchQuery(options);
  const whole = it.watch;
  it.watch = async function* () {
    it.watch = whole;
    yield { id: 1n };
    await new Promise((resolve) => setTimeout(resolve, 10));
    throw failure("unavailable");
  };
  const shown = mount<Books>(it.cache, options);
  await shown.observer.refetch();
  expect(it.calls.length).toBe(3);
  expect(ids(shown)).toEqual(expected);
  shown.unmount();
});

it("the newest messages are kept", async () => {
  const { queries, cache } = library();
  const books = await cache.fetchQuery(queries.watchBooks.streamOptions({ count: 50 }, { maxMessages: 3 }));
  expect(books.map(({ id }) => id)).toEqual([48n, 49n, 50n]);
});

it("a reducer makes other data of the messages; what it throws fails the query", async () => {
  const { queries, cache } = library();
  const sum = queries.watchBooks.streamOptions(
    { count: 4 },
    { as: "sum", reducer: (all: bigint, { id }) => all + id, initialValue: 0n },
  );
  expect(await cache.fetchQuery(sum)).toBe(10n);
  const bad = queries.watchBooks.streamOptions(
    { count: 3 },
    {
      as: "bad",
      reducer: (): string => {
        throw new Error("no reason");
      },
      initialValue: "",
    },
  );
  await expect(cache.fetchQuery(bad)).rejects.toThrow("no reason");
});

it("data of other shapes that is made of one stream has entries of its own", () => {
  const { watchBooks } = library().queries;
  const reduced = (as: string): object =>
    watchBooks.streamOptions({}, { as, reducer: (n: number) => n + 1, initialValue: 0 }).queryKey;
  const keys = [
    watchBooks.streamOptions({}).queryKey,
    watchBooks.streamOptions({}, { maxMessages: 3 }).queryKey,
    reduced("count"),
    reduced("size"),
  ];
  expect(new Set(keys.map((key) => JSON.stringify(key))).size).toBe(4);
});

it("a stream whose cache is cleared is canceled", async () => {
  const it = library();
  const { stream, next } = steps();
  it.watch = () => stream;
  const cache = new QueryClient();
  const shown = mount<Books>(cache, it.queries.watchBooks.streamOptions({ count: 2 }));
  next();
  await until(() => ids(shown).length === 1);
  cache.clear();
  await until(() => it.contexts[0]?.signal.aborted === true);
  shown.unmount();
});
