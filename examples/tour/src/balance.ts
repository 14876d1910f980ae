import { balance } from "@connect-ts/balance";
import { dnsAddresses, nodeConnector } from "@connect-ts/balance/node";
import { withRetry } from "@connect-ts/retry";
import { grpc, type Transport } from "@connect-ts/runtime";
import { createFetchTransport } from "@connect-ts/runtime/fetch";
import { serve } from "@connect-ts/runtime/node";
import { createElizaServiceClient, createElizaServiceHandler, UnimplementedElizaServiceHandler } from "./eliza.js";

class NamedEliza extends UnimplementedElizaServiceHandler {
  readonly name: string;
  constructor(name: string) {
    super();
    this.name = name;
  }
  override say({ sentence }: { readonly sentence: string }): { sentence: string } {
    return { sentence: `${this.name} heard ${sentence}` };
  }
}
const servers = await Promise.all(
  ["one", "two"].map((name) => serve({ handlers: createElizaServiceHandler(new NamedEliza(name)) })),
);
const urls = servers.map(({ url }) => url);

// #region client
const transport = balance({
  addresses: urls, // or a function, or dnsAddresses("http://eliza.internal:8080")
  connect: nodeConnector({ protocol: grpc() }),
});
const eliza = createElizaServiceClient(transport);
const replies = await Promise.all([eliza.say({ sentence: "Hello" }), eliza.say({ sentence: "Hello" })]);
// #endregion
for (const line of replies.map(({ sentence }) => `  ${sentence}`).sort()) console.log(line);

/** Not called here: there is no such name. */
export function connectByDns(): Transport {
  // #region dns
  const byDns = balance({
    addresses: dnsAddresses("http://eliza.internal:8080"),
    connect: nodeConnector({ protocol: grpc() }),
    policy: "least_request",
    healthService: "", // only servers that say that they serve
  });
  const careful = withRetry(byDns); // each attempt picks a server anew
  // #endregion
  return careful;
}

// #region hash
const sharded = balance({
  addresses: urls.map((url) => ({ url, weight: 2 })),
  connect: ({ url }) => createFetchTransport({ baseUrl: url }),
  policy: { hash: ({ requestHeaders }) => requestHeaders.get("x-tenant") ?? undefined },
});
const tenant = createElizaServiceClient(sharded, { headers: { "x-tenant": "acme" } });
const same = [await tenant.say({ sentence: "Hi" }), await tenant.say({ sentence: "Hi" })];
// #endregion
console.log(`  the same server: ${same[0]?.sentence === same[1]?.sentence}`);

sharded.close();
// #region drain
await transport.drain(); // takes no more calls, and waits for those that run
// #endregion
await Promise.all(servers.map((server) => server.close()));
