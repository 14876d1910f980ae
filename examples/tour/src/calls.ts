import { createContextKey, createContextValues, type Interceptor } from "@connect-ts/runtime";
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import { createElizaServiceClient, elizaHandler } from "./eliza.js";

const server = await serve({ handlers: elizaHandler });
const log: Interceptor = (_call, next) => next();

// #region client
const transport = createNodeTransport({ baseUrl: server.url });
const eliza = createElizaServiceClient(transport, {
  interceptors: [log],
  timeoutMs: 5_000, // for calls that are given no deadline
  headers: { "user-agent": "tour/1.0" },
});
// #endregion

// #region options
const tenant = createContextKey("nobody", { description: "tenant" });
const reply = await eliza.say(
  { sentence: "Hello" },
  {
    headers: { "accept-language": "en" },
    timeoutMs: 1_000,
    signal: AbortSignal.timeout(10_000),
    values: createContextValues().set(tenant, "acme"), // for interceptors
  },
);
// #endregion
console.log(`  ${reply.sentence}`);

// #region response
const { message, headers, peer } = await eliza.say({ sentence: "Hello" }).response;
console.log(`  ${message.sentence} (${headers.get("content-type")}, ${peer.protocol} over HTTP/${peer.httpVersion})`);
// #endregion

// #region cancel
const call = eliza.say({ sentence: "Hello" });
call.cancel();
await call.catch((error) => console.log(`  ${error.code}`)); // canceled
// #endregion

// #region close
transport.close?.(); // not needed to let the process end
// #endregion
await server.close();
