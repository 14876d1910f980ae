// What a server does for a page. A file of its own: tests are no JSX.
import { dehydrate, HydrationBoundary, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { renderToString } from "react-dom/server";
import { eliza, pings, queryClientConfig, services } from "./eliza.js";
import { App } from "./react.js";
import { inProcess, step } from "./services.js";

/** The page with its data, from services in this process. */
export async function rendered(): Promise<string> {
  services.transport = inProcess;
  const queryClient = new QueryClient(queryClientConfig);
  const streaming = queryClient.prefetchQuery(eliza.introduce.streamOptions({ name: "Ada" }));
  for (const end of [false, false, true]) await step(end);
  await Promise.all([
    streaming,
    queryClient.prefetchQuery(eliza.say.queryOptions({ sentence: "hello" })),
    queryClient.prefetchInfiniteQuery(
      pings.ping.infiniteQueryOptions(
        { number: 9007199254740993n, data: Uint8Array.of(255) },
        { pageParam: "number", getNextPageParam: () => undefined },
      ),
    ),
  ]);
  const state = dehydrate(queryClient);
  const html = renderToString(
    <QueryClientProvider client={queryClient}>
      <HydrationBoundary state={state}>
        <App />
      </HydrationBoundary>
    </QueryClientProvider>,
  );
  const json = JSON.stringify(state).replaceAll("<", "\\u003c");
  return `<div id="root">${html}</div><script type="application/json" id="state">${json}</script>`;
}
