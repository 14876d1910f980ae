// A stop of the tour: main.ts runs them all.
import { createRegistry, type DescService, fromJson, isMessage, toJson } from "@bufbuild/protobuf";
import { createClient, createHandler, memberName } from "@connect-ts/runtime/dynamic";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import { ElizaService } from "./eliza.js";

const registry = createRegistry(ElizaService);
const found = registry.getService("connectrpc.eliza.v1.ElizaService");
if (found === undefined) throw new Error("no such service");
const service: DescService = found;

// #region handler
const handler = createHandler(service, {
  say: (request: { sentence: string }) => ({ sentence: request.sentence.toUpperCase() }),
}); // the other RPCs answer `unimplemented`
// #endregion
const transport = createInProcessTransport(handler);

// #region client
const client = createClient(service, transport);
const method = service.methods.find(({ name }) => name === "Say");
if (method?.methodKind !== "unary") throw new Error("Say is a unary RPC");
const request = fromJson(method.input, { sentence: "hello" });
const reply = await client[memberName(method)]?.(request);
if (isMessage(reply, method.output)) console.log(`  ${JSON.stringify(toJson(method.output, reply))}`);
// #endregion
