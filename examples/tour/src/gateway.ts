// A file of its own: it stands in the documentation.
import { createGateway } from "@connect-ts/gateway";
import { createReflection } from "@connect-ts/reflection";
import { rest } from "@connect-ts/rest";
import { grpc } from "@connect-ts/runtime";
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import { elizaHandler } from "./eliza.js";

// A server behind the gateway, in whatever language: it has gRPC server reflection.
const backend = await serve({ handlers: [elizaHandler, ...createReflection()] });

// #region gateway
const transport = createNodeTransport({ baseUrl: backend.url, protocol: grpc() });
const gateway = createGateway({ transport });
await gateway.refresh(); // asks the server behind it what it serves
const server = await serve({ handlers: [gateway.route, await rest(gateway)] });
// #endregion

const response = await fetch(`${server.url}/connectrpc.eliza.v1.ElizaService/Say`, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ sentence: "I feel happy" }),
});
console.log(`  ${await response.text()}`);

gateway.close();
await server.close();
transport.close?.();
await backend.close();
