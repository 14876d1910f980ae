import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tiny } from "../messages.js";
import { check, type Peer } from "./peer.js";

const body = Buffer.from(JSON.stringify(tiny));

/** Echoes the bytes of the request, and looks at none of them. */
export const rawH1: Peer = {
  async serve() {
    const server = http.createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const answer = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
        response.writeHead(200, { "content-type": "application/json", "content-length": answer.length });
        response.end(answer);
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  },

  connect(_setup, port) {
    const agent = new http.Agent({ keepAlive: true });
    const headers = {
      "content-type": "application/json",
      "content-length": body.length,
      "connect-protocol-version": "1",
      "accept-encoding": "gzip",
      "user-agent": "bare-transport",
    };
    const options = { host: "127.0.0.1", port, path: "/bench.v1.BenchService/Tiny", method: "POST", agent, headers };
    return {
      tiny: () =>
        new Promise((resolve, reject) => {
          const request = http.request(options, (response) => {
            let length = 0;
            response.on("data", (chunk: Buffer) => {
              length += chunk.length;
            });
            response.on("end", () => {
              check(length === body.length);
              resolve();
            });
          });
          request.on("error", reject);
          request.end(body);
        }),
    };
  },
};
