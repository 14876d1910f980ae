import { createGateway } from "@connect-ts/gateway";
import { createReflection } from "@connect-ts/reflection";
import { grpc } from "@connect-ts/runtime";
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import type { Server, ServerPeer } from "./peer.js";

/** A gateway in front of a server that it learns by reflection: for callers it is that server. */
export function behindGateway(peer: ServerPeer): ServerPeer {
  return {
    name: `${peer.name} behind a gateway`,
    lacks: peer.lacks,
    async serve(_wire, compress): Promise<Server> {
      const upstream = await peer.serve({ protocol: "grpc", codec: "binary", http: "2" }, compress);
      const transport = createNodeTransport({ baseUrl: upstream.url, protocol: grpc() });
      const gateway = createGateway({ transport });
      await gateway.refresh();
      const front = await serve({
        handlers: [gateway.route, ...createReflection(gateway)],
        host: "127.0.0.1",
        compressMinBytes: compress ? 0 : 2 ** 31,
      });
      return {
        url: `http://127.0.0.1:${front.port}`,
        started: (method) => upstream.started(method),
        aborted: (method) => upstream.aborted(method),
        async close() {
          gateway.close();
          await front.close();
          transport.close?.();
          await upstream.close();
        },
      };
    },
    close: () => peer.close(),
  };
}
