import { connect, grpc } from "@connect-ts/runtime";
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import { describe, expect, it } from "@jest/globals";
import { createPingServiceClient, createPingServiceHandler } from "../gen/src/ping/v1/ping_connect.js";
import { pingService } from "./ping-service.js";

const mebibyte = 1 << 20;
const readMaxBytes = 65 * mebibyte;

// Many times the window of a stream: the HTTP/2 of some platforms stood still there.
describe.each([
  ["gRPC", grpc],
  ["Connect", connect],
] as const)("64 MiB over HTTP/2, by %s", (_name, protocol) => {
  it.each([
    ["in one message", 1],
    ["in a stream", 64],
  ])("come whole %s", async (_how, count) => {
    const padding = new Uint8Array((64 * mebibyte) / count).fill(7);
    const service = {
      ...pingService(),
      async *countUp() {
        for (let number = 0; number < count; number++) yield { padding };
      },
    };
    const server = await serve({ handlers: createPingServiceHandler(service), host: "127.0.0.1" });
    const transport = createNodeTransport({ baseUrl: server.url, http: "2", protocol: protocol(), readMaxBytes });
    try {
      let received = 0;
      for await (const message of createPingServiceClient(transport).countUp({})) {
        received += message.padding.length;
        expect(message.padding.at(-1)).toBe(7);
      }
      expect(received).toBe(64 * mebibyte);
    } finally {
      transport.close?.();
      await server.close();
    }
  });
});
