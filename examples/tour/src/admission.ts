import { admission } from "@connect-ts/admission";
import { ConnectError } from "@connect-ts/runtime";
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import { createElizaServiceClient, createElizaServiceHandler, UnimplementedElizaServiceHandler } from "./eliza.js";

class SlowEliza extends UnimplementedElizaServiceHandler {
  override async say({ sentence }: { readonly sentence: string }): Promise<{ sentence: string }> {
    await new Promise((resolve) => setTimeout(resolve, 50));
    return { sentence };
  }
}
const elizaHandler = createElizaServiceHandler(new SlowEliza());

// #region server
const desk = admission({
  caller: (call) => call.requestHeaders.get("x-tenant") ?? undefined,
  maxPerCaller: 2,
});
const server = await serve({ handlers: elizaHandler, interceptors: [desk] }); // before all other interceptors
// #endregion

const transport = createNodeTransport({ baseUrl: server.url });
const eliza = createElizaServiceClient(transport, { headers: { "x-tenant": "acme" } });
const results = await Promise.allSettled(["one", "two", "three"].map((sentence) => eliza.say({ sentence })));
// #region refused
const refused = results.find((result) => result.status === "rejected");
const error = ConnectError.from(refused?.reason);
console.log(`  ${error.code}, come again in ${error.metadata.has("grpc-retry-pushback-ms") ? "a while" : "?"}`);
console.log(`  refused so far: ${desk.state().refused}`);
// #endregion
transport.close?.();
await server.close();
