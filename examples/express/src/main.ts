// An Express application that answers RPCs too.
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { grpc } from "@connect-ts/runtime";
import { createNodeTransport, nodeHandler, serve } from "@connect-ts/runtime/node";
import express from "express";
import { createElizaServiceClient } from "../../eliza/src/gen/connectrpc/eliza/v1/eliza_connect.js";
import { elizaHandler } from "../../eliza/src/service.js";

// #region use
const app = express();
app.use(...nodeHandler(elizaHandler)); // before any body parser
app.get("/", (_request, response) => {
  response.send("The couch is free.");
});
// #endregion
// #region mount
app.use("/api", nodeHandler([elizaHandler])); // and clients get a baseUrl that ends with /api
// #endregion
const listening = app.listen(0);
await once(listening, "listening");
const appUrl = `http://localhost:${(listening.address() as AddressInfo).port}`;
const overConnect = createElizaServiceClient(createNodeTransport({ baseUrl: appUrl }));
console.log("page:", await (await fetch(appUrl)).text());
console.log("rpc:", (await overConnect.say({ sentence: "Hello" })).sentence);
const belowApi = createElizaServiceClient(createNodeTransport({ baseUrl: `${appUrl}/api` }));
console.log("rpc below /api:", (await belowApi.say({ sentence: "Hello" })).sentence);
listening.close();

// #region fallback
// The other way round: serve() listens, so there are HTTP/2, gRPC and drain(); the application gets all other paths.
const server = await serve({ handlers: elizaHandler, fallback: app });
// #endregion
const overGrpc = createElizaServiceClient(createNodeTransport({ baseUrl: server.url, protocol: grpc() }));
console.log("page:", await (await fetch(server.url)).text());
console.log("rpc over gRPC:", (await overGrpc.say({ sentence: "Hello" })).sentence);
await server.drain();
