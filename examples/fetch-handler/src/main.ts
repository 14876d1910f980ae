// A service as a function of Request: what Bun, Deno, workerd and many frameworks call a handler. Here a small bridge
// runs it on Node, where nodeHandler() does the same with less work, and gRPC too.
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { createFetchRpc, createFetchTransport, fetchHandler } from "@connect-ts/runtime/fetch";
import { createElizaServiceClient, elizaServiceSpecs } from "../../eliza/src/gen/connectrpc/eliza/v1/eliza_connect.js";
import { elizaHandler } from "../../eliza/src/service.js";

// #region handler
const handler = fetchHandler([elizaHandler], {
  fallback: () => new Response("The couch is free."),
});
// Bun, workerd:  export default { fetch: handler };
// Deno:          Deno.serve(handler);
// #endregion

/** Makes a Request of what Node has, and writes the Response. */
async function bridge(incoming: http.IncomingMessage, outgoing: http.ServerResponse): Promise<void> {
  const gone = new AbortController();
  outgoing.on("close", () => gone.abort());
  const hasBody = incoming.method !== "GET" && incoming.method !== "HEAD";
  const request = new Request(`http://${incoming.headers.host}${incoming.url}`, {
    method: incoming.method ?? "GET",
    headers: Object.entries(incoming.headersDistinct).flatMap(([name, values = []]) =>
      values.map((value): [string, string] => [name, value]),
    ),
    signal: gone.signal,
    ...(hasBody ? { body: Readable.toWeb(incoming) as ReadableStream, duplex: "half" } : {}),
  });
  const response = await handler(request);
  outgoing.writeHead(response.status, [...response.headers].flat());
  for await (const chunk of response.body ?? []) {
    if (!outgoing.write(chunk)) await once(outgoing, "drain", { signal: gone.signal });
  }
  outgoing.end();
}

const server = http.createServer((incoming, outgoing) => {
  bridge(incoming, outgoing).catch(() => outgoing.destroy());
});
await once(server.listen(0), "listening");
const baseUrl = `http://localhost:${(server.address() as AddressInfo).port}`;

// #region client
const eliza = createElizaServiceClient(createFetchTransport({ baseUrl }));
console.log((await eliza.say({ sentence: "I want to go home" })).sentence);
for await (const { sentence } of eliza.introduce({ name: "Ada" })) console.log(sentence);
// #endregion

// #region rpc
const say = createFetchRpc(elizaServiceSpecs.say, { baseUrl });
console.log((await say({ sentence: "I feel lost" }, { timeoutMs: 5000 })).sentence);
// #endregion

console.log(await (await fetch(baseUrl)).text());
server.close();
