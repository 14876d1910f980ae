import { fileURLToPath } from "node:url";
import { reflectServer } from "@connect-ts/reflection";
import { grpc } from "@connect-ts/runtime";
import { createNodeTransport } from "@connect-ts/runtime/node";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { ReflectionService } from "@grpc/reflection";
import { expect, it } from "@jest/globals";

it.each([
  ["connectrpc/eliza/v1/eliza.proto", "connectrpc.eliza.v1.ElizaService", "Converse"],
  // It imports google.protobuf.Any, and options of RPCs, which grpc-js tells otherwise than protoc.
  ["ping/v1/ping.proto", "ping.v1.PingService", "CumSum"],
])("a server of grpc-js with @grpc/reflection is learned: %s", async (file, service, bidi) => {
  const proto = fileURLToPath(new URL("../../../proto", import.meta.url));
  const definition = loadSync(file, { includeDirs: [proto] });
  const server = new Server();
  new ReflectionService(definition).addToServer(server);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  const transport = createNodeTransport({ baseUrl: `http://127.0.0.1:${port}`, protocol: grpc() });
  try {
    const registry = await reflectServer(transport);
    const methods = registry.getService(service)?.methods.map(({ name, methodKind }) => [name, methodKind]);
    expect(methods).toContainEqual([bidi, "bidi_streaming"]);
  } finally {
    transport.close?.();
    server.forceShutdown();
  }
});
