import http from "node:http";
import https from "node:https";
import net, { type AddressInfo, type Socket } from "node:net";
import tls from "node:tls";
import { describe, expect, it } from "@jest/globals";
import { makeCertificates } from "../../testing/node/certificates.js";
import { useCleanup } from "../../testing/node/cleanup.js";
import { Collector } from "../../testing/node/collector.js";
import { requestTo } from "../../testing/node/request-head.js";
import { createNodeHttpClient } from "./http-client.js";

const onCleanup = useCleanup();
const certificates = makeCertificates();
const body = Buffer.alloc(16 * 1024 * 1024);
const answer = "HTTP/1.1 413 Payload Too Large\r\ncontent-length: 0\r\n\r\n";

/** A server that answers as soon as a request begins, and does not read the rest. */
async function earlyServer(secure: boolean, drop: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const accept = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("data", () => {
      socket.pause();
      socket.write(answer);
      drop(socket);
    });
  };
  const server = secure
    ? tls.createServer({ key: certificates.server.key, cert: certificates.server.cert }, accept)
    : net.createServer(accept);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onCleanup(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const drops: readonly (readonly [string, (socket: Socket) => void])[] = [
  ["at once", (socket) => void socket.destroy()],
  // Node resets plain sockets only.
  ["by a reset", (socket) => void socket.resetAndDestroy()],
  [
    "after its end",
    (socket) => {
      socket.end();
      setTimeout(() => socket.destroy(), 1);
    },
  ],
];

describe.each([
  ["plain", false, 40],
  ["TLS", true, 15],
] as const)("a large request over %s that is answered early", (_, secure, tries) => {
  describe.each(["our own agent", "an agent of the user's"])("with %s", (whose) => {
    // An error that nobody hears ends the process, and here the test.
    it.each(drops.filter(([name]) => !secure || name !== "by a reset"))(
      "ends by its answer or a failure when the connection is dropped %s",
      async (_name, drop) => {
        const port = await earlyServer(secure, drop);
        const agent = secure
          ? new https.Agent({ keepAlive: true, ca: certificates.ca })
          : new http.Agent({ keepAlive: true });
        const client = createNodeHttpClient({
          baseUrl: `${secure ? "https" : "http"}://localhost:${port}`,
          http: "1.1",
          ...(whose === "our own agent" ? undefined : { agent }),
          ...(secure ? { tls: { ca: certificates.ca } } : undefined),
        });
        onCleanup(() => client.close?.());
        onCleanup(() => agent.destroy());
        for (let i = 0; i < tries; i++) {
          const response = new Collector();
          client.request(requestTo("/"), response).end(body);
          await response.over;
          expect(response.failure?.reason ?? response.status).toBe(response.failure ? "lost" : 413);
        }
        // What was still being written has failed by then.
        await new Promise((resolve) => setTimeout(resolve, 20));
      },
    );
  });
});

it("a large request that is answered early does not hold the only connection of its agent, also when its server holds it", async () => {
  const port = await earlyServer(false, () => undefined);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const client = createNodeHttpClient({ baseUrl: `http://localhost:${port}`, http: "1.1", agent });
  onCleanup(() => agent.destroy());
  for (let i = 0; i < 3; i++) {
    const response = new Collector();
    client.request(requestTo("/"), response).end(body);
    await response.over;
    expect(response.status).toBe(413);
  }
});
