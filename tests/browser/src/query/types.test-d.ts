// What users of React and Vue see of the types. Compiled, not run.
import { createQueries, hydration, retryPolicy, rpcKey } from "@connect-ts/query";
import type { ConnectError } from "@connect-ts/runtime";
import {
  QueryClient,
  queryOptions,
  skipToken,
  useInfiniteQuery,
  useMutation,
  useQueries,
  useQuery,
  useSuspenseInfiniteQuery,
  useSuspenseQueries,
  useSuspenseQuery,
} from "@tanstack/react-query";
import {
  useInfiniteQuery as useVueInfiniteQuery,
  useMutation as useVueMutation,
  useQueries as useVueQueries,
  useQuery as useVueQuery,
} from "@tanstack/vue-query";
import { expectTypeOf } from "expect-type";
import { computed, ref } from "vue";
import { type ElizaServiceClient, elizaServiceSpecs } from "../../../gen/src/connectrpc/eliza/v1/eliza_connect.js";
import type { IntroduceResponse, SayResponse } from "../../../gen/src/connectrpc/eliza/v1/eliza_pb.js";
import { type PingServiceClient, pingServiceSpecs } from "../../../gen/src/ping/v1/ping_connect.js";
import type { PingResponse } from "../../../gen/src/ping/v1/ping_pb.js";

declare const client: ElizaServiceClient;
declare const ping: PingServiceClient;
const eliza = createQueries(elizaServiceSpecs, client);
const pings = createQueries(pingServiceSpecs, ping);
const queryClient = new QueryClient({
  defaultOptions: { ...hydration(elizaServiceSpecs), queries: { retry: retryPolicy() } },
});

export async function useReact(some: boolean): Promise<void> {
  const plain = useQuery(eliza.say.queryOptions({ sentence: "hi" }));
  expectTypeOf(plain.data).toEqualTypeOf<SayResponse | undefined>();
  expectTypeOf(plain.error).toEqualTypeOf<ConnectError | null>();
  const selected = useQuery(eliza.say.queryOptions({ sentence: "hi" }, { select: (reply) => reply.sentence.length }));
  expectTypeOf(selected.data).toEqualTypeOf<number | undefined>();
  const skipped = useQuery(eliza.say.queryOptions(some ? { sentence: "hi" } : skipToken));
  expectTypeOf(skipped.data).toEqualTypeOf<SayResponse | undefined>();
  const suspended = useSuspenseQuery(eliza.say.queryOptions({ sentence: "hi" }));
  expectTypeOf(suspended.data).toEqualTypeOf<SayResponse>();
  // @ts-expect-error a request that may be skipped cannot be waited for
  useSuspenseQuery(eliza.say.queryOptions(some ? { sentence: "hi" } : skipToken));
  const [one, two, three] = useQueries({
    queries: [
      eliza.say.queryOptions({ sentence: "hi" }),
      pings.ping.queryOptions(some ? {} : skipToken, { select: ({ number }) => number }),
      eliza.introduce.streamOptions({ name: "Ada" }),
    ],
  });
  expectTypeOf(one.data).toEqualTypeOf<SayResponse | undefined>();
  expectTypeOf(one.error).toEqualTypeOf<ConnectError | null>();
  expectTypeOf(two.data).toEqualTypeOf<bigint | undefined>();
  expectTypeOf(three.data).toEqualTypeOf<readonly IntroduceResponse[] | undefined>();
  const many = useQueries({ queries: ["a", "b"].map((sentence) => eliza.say.queryOptions({ sentence })) });
  expectTypeOf(many[0]?.error).toEqualTypeOf<ConnectError | null | undefined>();
  const [first, second] = useSuspenseQueries({
    queries: [eliza.say.queryOptions({ sentence: "hi" }), pings.ping.queryOptions({}, { select: ({ text }) => text })],
  });
  expectTypeOf(first.data).toEqualTypeOf<SayResponse>();
  expectTypeOf(first.error).toEqualTypeOf<ConnectError | null>();
  expectTypeOf(second.data).toEqualTypeOf<string>();
  // @ts-expect-error no such field
  eliza.say.queryOptions({ sentenc: "hi" });
  // @ts-expect-error a stream is no answer
  eliza.introduce.queryOptions({ name: "Ada" });
  expectTypeOf(eliza.converse).toEqualTypeOf<never>();

  const options = eliza.say.queryOptions({ sentence: "hi" });
  expectTypeOf(queryClient.getQueryData(options.queryKey)).toEqualTypeOf<SayResponse | undefined>();
  expectTypeOf(await queryClient.fetchQuery(options)).toEqualTypeOf<SayResponse>();
  expectTypeOf(await queryClient.ensureQueryData(options)).toEqualTypeOf<SayResponse>();
  await queryClient.prefetchQuery(options);
  await queryClient.invalidateQueries({ queryKey: rpcKey({ service: elizaServiceSpecs }) });
  expectTypeOf(useQuery(queryOptions(options)).data).toEqualTypeOf<SayResponse | undefined>();
  expectTypeOf(useQuery({ ...options, enabled: some }).data).toEqualTypeOf<SayResponse | undefined>();

  const pages = useInfiniteQuery(
    pings.ping.infiniteQueryOptions(
      { text: "a" },
      { pageParam: "number", getNextPageParam: (last) => (last.number > 5n ? undefined : last.number + 1n) },
    ),
  );
  expectTypeOf(pages.data?.pages).toEqualTypeOf<PingResponse[] | undefined>();
  expectTypeOf(pages.data?.pageParams).toEqualTypeOf<bigint[] | undefined>();
  const whole = useSuspenseInfiniteQuery(
    pings.ping.infiniteQueryOptions({}, { pageParam: "number", getNextPageParam: () => undefined }),
  );
  expectTypeOf(whole.data.pages).toEqualTypeOf<PingResponse[]>();
  await queryClient.prefetchInfiniteQuery(
    pings.ping.infiniteQueryOptions({}, { pageParam: "number", getNextPageParam: () => undefined }),
  );
  // @ts-expect-error no such field
  pings.ping.infiniteQueryOptions({}, { pageParam: "page", getNextPageParam: () => undefined });

  const mutation = useMutation(eliza.say.mutationOptions({ onSuccess: ({ sentence }) => console.log(sentence) }));
  mutation.mutate({ sentence: "hi" });
  expectTypeOf(mutation.data).toEqualTypeOf<SayResponse | undefined>();
  expectTypeOf(mutation.error).toEqualTypeOf<ConnectError | null>();
  useMutation(eliza.collect.mutationOptions()).mutate([{ sentence: "a" }]);

  const stream = useQuery(eliza.introduce.streamOptions({ name: "Ada" }, { maxMessages: 5 }));
  expectTypeOf(stream.data).toEqualTypeOf<readonly IntroduceResponse[] | undefined>();
  const count = useQuery(
    eliza.introduce.streamOptions(
      { name: "Ada" },
      { as: "count", reducer: (n: number, _message) => n + 1, initialValue: 0 },
    ),
  );
  expectTypeOf(count.data).toEqualTypeOf<number | undefined>();
}

export function useVue(): void {
  const name = ref("Ada");
  const plain = useVueQuery(computed(() => eliza.say.queryOptions({ sentence: name.value })));
  expectTypeOf(plain.data.value).toEqualTypeOf<SayResponse | undefined>();
  const direct = useVueQuery(eliza.say.queryOptions({ sentence: "a" }, { select: (reply) => reply.sentence }));
  expectTypeOf(direct.data.value).toEqualTypeOf<string | undefined>();
  const stream = useVueQuery(() => eliza.introduce.streamOptions({ name: name.value }));
  expectTypeOf(stream.data.value).toEqualTypeOf<readonly IntroduceResponse[] | undefined>();
  const mutation = useVueMutation(eliza.say.mutationOptions());
  mutation.mutate({ sentence: "hi" });
  const pages = useVueInfiniteQuery(
    pings.ping.infiniteQueryOptions({}, { pageParam: "number", getNextPageParam: () => undefined }),
  );
  expectTypeOf(pages.data.value?.pages).toEqualTypeOf<PingResponse[] | undefined>();
  const many = useVueQueries({ queries: [eliza.say.queryOptions({ sentence: "hi" }), pings.ping.queryOptions({})] });
  expectTypeOf(many.value[0].data).toEqualTypeOf<SayResponse | undefined>();
  expectTypeOf(many.value[0].error).toEqualTypeOf<ConnectError | null>();
}
