// A client on undici: the same generated client, another HTTP stack under its transport.
import { ConnectError } from "@connect-ts/runtime";
import { serve } from "@connect-ts/runtime/node";
import { createTransport } from "@connect-ts/runtime/transport";
import { createElizaServiceClient } from "../../eliza/src/gen/connectrpc/eliza/v1/eliza_connect.js";
import { elizaHandler } from "../../eliza/src/service.js";
import { createUndiciHttpClient } from "./undici-http-client.js";

const server = await serve({ handlers: elizaHandler, host: "127.0.0.1" });

// #region client
const baseUrl = `http://127.0.0.1:${server.port}`;
const http = createUndiciHttpClient(baseUrl);
const eliza = createElizaServiceClient(createTransport({ baseUrl, http }));
// #endregion

console.log((await eliza.say({ sentence: "I feel tired." })).sentence);

for await (const { sentence } of eliza.introduce({ name: "Ada" })) console.log(sentence);

const { summary } = await eliza.collect([{ sentence: "It rains." }, { sentence: "I feel tired." }]);
console.log(summary);

// Leaving the loop cancels the call.
for await (const first of eliza.introduce({ name: "Grace" })) {
  console.log(first.sentence);
  break;
}

const failures = [
  () => eliza.say({ sentence: " " }),
  () => eliza.say({ sentence: "Hello" }, { timeoutMs: 0 }),
  async () => {
    for await (const answer of eliza.converse([{ sentence: "Hi" }])) console.log(answer.sentence);
  },
];
for (const call of failures) await call().catch((error: unknown) => console.log(ConnectError.from(error).message));

await server.close();
await eliza.say({ sentence: "Anybody there?" }).catch((error: unknown) => console.log(ConnectError.from(error).code));
http.close?.();
