// Serve, one gRPC call, and the end.
import { grpc } from "@connect-ts/runtime";
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import type { createBenchServiceClient, createBenchServiceHandler } from "../gen/bench/v1/bench_connect.js";
import { end } from "./end.js";
import { implementation } from "./implementation.js";

export async function oneCall(
  createHandler: typeof createBenchServiceHandler,
  createClient: typeof createBenchServiceClient,
): Promise<void> {
  const server = await serve({ handlers: createHandler(implementation), host: "127.0.0.1" });
  const client = createClient(createNodeTransport({ baseUrl: `http://127.0.0.1:${server.port}`, protocol: grpc() }));
  end((await client.tiny({ text: "hi" })).text === "hi");
}
