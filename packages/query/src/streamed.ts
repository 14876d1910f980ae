import type { QueryFunctionContext } from "@tanstack/query-core";
import type { RpcKey } from "./keys.js";

/** How a stream becomes the data of a query. */
export interface Growth {
  readonly refetchMode?: "reset" | "append" | "replace" | undefined;
  readonly maxMessages?: number | undefined;
  readonly reducer?: ((data: never, message: never) => unknown) | undefined;
  readonly initialValue?: unknown;
}

type Context = QueryFunctionContext<RpcKey>;

/** The data that a fetch began with, for its second attempt: all attempts of a fetch have the same signal. */
const begun = new WeakMap<AbortSignal, unknown>();

/**
 * Runs a stream as a query: its data grows while the query is fetching. Messages that come together are added together, so
 * that a thousand of them in one packet render once. Each attempt of a fetch begins with the data that the fetch began with.
 */
export async function streamed(
  open: (signal: AbortSignal) => AsyncIterable<unknown>,
  context: Context,
  { refetchMode = "reset", maxMessages = Number.POSITIVE_INFINITY, reducer, initialValue }: Growth,
): Promise<unknown> {
  const { client, queryKey, signal } = context;
  const query = client.getQueryCache().find({ queryKey, exact: true });
  const before = begun.has(signal) ? begun.get(signal) : query?.state.data;
  if (!begun.has(signal)) {
    begun.set(signal, before);
    if (refetchMode === "reset" && before !== undefined)
      query?.setState({ data: undefined, dataUpdatedAt: 0, error: null, status: "pending" });
  }
  const empty = reducer === undefined ? [] : initialValue;
  const hidden = refetchMode === "replace" && before !== undefined;
  let data = refetchMode === "append" && before !== undefined ? before : empty;
  let waiting: unknown[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let shown = false;

  const take = (): unknown => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.length === 0) return data;
    const all = (data as readonly unknown[]).concat(waiting);
    data = all.length > maxMessages ? all.slice(all.length - maxMessages) : all;
    waiting = [];
    return data;
  };
  const show = (): void => {
    if (signal.aborted) return;
    shown = true;
    client.setQueryData(queryKey, take());
    // Who takes the data elsewhere before the stream has ended takes this along.
    query?.invalidate();
  };
  signal.addEventListener(
    "abort",
    () => {
      clearTimeout(timer);
      // A part of a stream is not to be taken for the whole by the next component that shows it.
      if (shown) query?.invalidate();
    },
    { once: true },
  );
  try {
    for await (const message of open(signal)) {
      // Here, and not when the data is shown: what a reducer throws fails the query.
      if (reducer === undefined) waiting.push(message);
      else data = reducer(data as never, message as never);
      if (!hidden) timer ??= setTimeout(show, 0);
    }
  } catch (error) {
    if (timer !== undefined) show();
    throw error;
  } finally {
    clearTimeout(timer);
  }
  return take();
}
