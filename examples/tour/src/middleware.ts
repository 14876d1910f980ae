// A stop of the tour: main.ts runs them all.
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { ConnectError } from "@connect-ts/runtime";
import { createNodeTransport, nodeHandler, writeError } from "@connect-ts/runtime/node";
import { createElizaServiceClient, elizaHandler } from "./eliza.js";

// #region middleware
const rpcs = nodeHandler([elizaHandler]);
const server = http.createServer((request, response) => {
  if (request.headers["api-key"] === undefined) {
    // In the caller's protocol, so that its client understands; false when the request is no RPC.
    if (!writeError(request, response, new ConnectError("unauthenticated", "send an api-key"))) {
      response.writeHead(401).end("send an api-key\n");
    }
    return;
  }
  rpcs(request, response);
});
// #endregion
await once(server.listen(0), "listening");

const baseUrl = `http://localhost:${(server.address() as AddressInfo).port}`;
const eliza = createElizaServiceClient(createNodeTransport({ baseUrl }));
await eliza.say({ sentence: "Hello" }).catch((error) => console.log(`  ${error.message}`));
console.log(`  ${(await eliza.say({ sentence: "Hello" }, { headers: { "api-key": "1" } })).sentence}`);
server.close();
server.closeAllConnections();
