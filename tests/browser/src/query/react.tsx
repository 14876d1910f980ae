import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { eliza, pings } from "./eliza.js";

// #region components
export function Answer({ sentence }: { readonly sentence: string }): ReactNode {
  const { data, error } = useQuery(eliza.say.queryOptions({ sentence }));
  if (error !== null) return <p role="alert">{error.rawMessage}</p>; // a ConnectError
  return <p>{data?.sentence ?? "…"}</p>;
}

export function Introduction({ name }: { readonly name: string }): ReactNode {
  const { data = [], fetchStatus, refetch } = useQuery(eliza.introduce.streamOptions({ name }));
  return (
    <section aria-busy={fetchStatus === "fetching"}>
      {data.map(({ sentence }) => (
        <p key={sentence}>{sentence}</p>
      ))}
      <button type="button" onClick={() => refetch()}>
        Again
      </button>
    </section>
  );
}

export function Ask(): ReactNode {
  const queryClient = useQueryClient();
  const ask = useMutation(
    eliza.say.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries({ queryKey: eliza.say.key() }),
    }),
  );
  return (
    <button type="button" disabled={ask.isPending} onClick={() => ask.mutate({ sentence: "asked" })}>
      Ask
    </button>
  );
}
// #endregion

// #region pages
export function Numbers(): ReactNode {
  const { data, fetchNextPage, hasNextPage } = useInfiniteQuery(
    pings.ping.infiniteQueryOptions(
      { number: 9007199254740993n, data: Uint8Array.of(255) },
      { pageParam: "number", getNextPageParam: ({ number }) => (number % 10n < 5n ? number + 1n : undefined) },
    ),
  );
  return (
    <section>
      <output>{data?.pages.map(({ number, data }) => `${number} ${data[0]}`).join(", ")}</output>
      <button type="button" disabled={!hasNextPage} onClick={() => fetchNextPage()}>
        More
      </button>
    </section>
  );
}
// #endregion

/** The page: the introduction can be taken away, and brought back. */
export function App(): ReactNode {
  const [introduced, setIntroduced] = useState(true);
  return (
    <main>
      <Answer sentence="hello" />
      <Ask />
      <Numbers />
      {introduced && <Introduction name="Ada" />}
      <button type="button" onClick={() => setIntroduced(!introduced)}>
        Toggle
      </button>
    </main>
  );
}
