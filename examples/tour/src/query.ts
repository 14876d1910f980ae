import { createQueries, hydration, retryPolicy, rpcKey } from "@connect-ts/query";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import { dehydrate, hydrate, MutationObserver, QueryClient, QueryObserver, skipToken } from "@tanstack/query-core";
import { elizaServiceSpecs } from "../../eliza/src/gen/connectrpc/eliza/v1/eliza_connect.js";
import { createElizaServiceClient, elizaHandler } from "./eliza.js";

const transport = createInProcessTransport(elizaHandler);

// #region create
const eliza = createQueries(elizaServiceSpecs, createElizaServiceClient(transport));
// #endregion

// #region client
const queryClient = new QueryClient({
  defaultOptions: { ...hydration(elizaServiceSpecs), queries: { retry: retryPolicy() } },
});
// #endregion

// #region fetch
const reply = await queryClient.fetchQuery(eliza.say.queryOptions({ sentence: "I feel happy" }));
// #endregion
console.log(`  ${reply.sentence}`);

// #region keys
await queryClient.invalidateQueries({ queryKey: eliza.say.key() }); // the RPC, whatever it was asked
await queryClient.invalidateQueries({ queryKey: eliza.say.key({ sentence: "I feel happy" }) }); // those with this field
await queryClient.invalidateQueries({ queryKey: rpcKey({ service: elizaServiceSpecs }) }); // the service
await queryClient.invalidateQueries({ queryKey: rpcKey({ client: "eu" }) }); // one client
await queryClient.invalidateQueries({ queryKey: rpcKey() }); // all RPCs

const { queryKey } = eliza.say.queryOptions({ sentence: "I feel happy" });
const known = queryClient.getQueryData(queryKey); // a SayResponse, or undefined
// #endregion
console.log(`  ${JSON.stringify(queryKey)}: ${known?.sentence}`);

const here: { readonly sentence?: string } = {};
// #region options
const options = eliza.say.queryOptions(here.sentence === undefined ? skipToken : { sentence: here.sentence }, {
  select: ({ sentence }) => sentence.toUpperCase(),
  staleTime: 60_000,
  call: { timeoutMs: 2000, headers: { "x-tenant": "acme" } },
});
// #endregion
console.log(`  ${new QueryObserver(queryClient, options).getCurrentResult().fetchStatus}`);

// #region stream
const lines = eliza.introduce.streamOptions({ name: "Ada" });
const letters = eliza.introduce.streamOptions(
  { name: "Ada" },
  { as: "letters", reducer: (count: number, { sentence }) => count + sentence.length, initialValue: 0 },
);
// #endregion
console.log(`  ${(await queryClient.fetchQuery(lines)).length} lines`);
console.log(`  ${await queryClient.fetchQuery(letters)} letters`);

// #region mutation
const saying = eliza.say.mutationOptions({
  onSuccess: () => queryClient.invalidateQueries({ queryKey: rpcKey({ service: elizaServiceSpecs }) }),
});
// #endregion
console.log(`  ${(await new MutationObserver(queryClient, saying).mutate({ sentence: "hi" })).sentence}`);

// #region dehydrate
await queryClient.prefetchQuery(eliza.say.queryOptions({ sentence: "I feel happy" }));
// A "<" could end the script that it stands in.
const state = JSON.stringify(dehydrate(queryClient)).replaceAll("<", "\\u003c");
const html = `<script type="application/json" id="state">${state}</script>`;
// #endregion
console.log(`  ${html.slice(0, 48)}`);

const inBrowser = new QueryClient({ defaultOptions: { ...hydration(elizaServiceSpecs) } });
// #region hydrate
hydrate(inBrowser, JSON.parse(state));
// #endregion
console.log(`  ${inBrowser.getQueryData(queryKey)?.sentence}`);
