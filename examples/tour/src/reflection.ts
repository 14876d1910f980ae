// The code of docs/reflection.md: what a server tells of its schema, and a client that learns it.
import { fromJson, isMessage, toJson } from "@bufbuild/protobuf";
import { createReflection, reflectServer } from "@connect-ts/reflection";
import { grpc } from "@connect-ts/runtime";
import { createClient } from "@connect-ts/runtime/dynamic";
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import { elizaHandler } from "./eliza.js";

// #region serve
const server = await serve({ handlers: [elizaHandler, ...createReflection()] });
// #endregion

// #region learn
const transport = createNodeTransport({ baseUrl: server.url, protocol: grpc() });
const registry = await reflectServer(transport);
const service = registry.getService("connectrpc.eliza.v1.ElizaService");
const say = service?.methods.find(({ name }) => name === "Say");
if (service === undefined || say === undefined) throw new Error("this server has no Eliza");
const reply = await createClient(service, transport).say?.(fromJson(say.input, { sentence: "Hello" }));
// #endregion
if (isMessage(reply, say.output)) console.log(`  ${JSON.stringify(toJson(say.output, reply))}`);

transport.close?.();
await server.close();

// #region hide
const shown = createReflection({ hide: ["acme.v1.AdminService"] });
// #endregion
console.log(`  ${shown.length} versions`);
