// JSON over HTTP/1.1 in front of a gRPC server, for any service of a schema that is read at run time.
import { readFile } from "node:fs/promises";
import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { grpc, grpcHandlerProtocol } from "@connect-ts/runtime";
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import { elizaHandler } from "../../eliza/src/service.js";
import { createGateway } from "./gateway.js";

const backend = await serve({ handlers: elizaHandler, protocols: [grpcHandlerProtocol()] });

// #region registry
// Made by: buf build --as-file-descriptor-set -o schema.binpb
const schema = await readFile(new URL("../../schema.binpb", import.meta.url));
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, schema));
const service = registry.getService("connectrpc.eliza.v1.ElizaService");
if (service === undefined) throw new Error("the schema has no Eliza");
const upstream = createNodeTransport({ baseUrl: backend.url, protocol: grpc() });
const gateway = await serve({ handlers: createGateway(service, upstream) });
// #endregion

for (const sentence of ["I am a client that speaks JSON", ""]) {
  const response = await fetch(`${gateway.url}/connectrpc.eliza.v1.ElizaService/Say`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ sentence }),
  });
  console.log(response.status, await response.text());
}
await gateway.close();
await backend.close();
