// A process that stands still sees the ends of its connections later: beside the race that no client can see.
import { spawn } from "node:child_process";
import { once } from "node:events";
import http from "node:http";
import { describe, expect, it } from "@jest/globals";
import { busy } from "../../testing/node/busy.js";
import { useCleanup } from "../../testing/node/cleanup.js";
import { Collector } from "../../testing/node/collector.js";
import { requestTo } from "../../testing/node/request-head.js";
import { createNodeHttpClient } from "./http-client.js";

const onCleanup = useCleanup();

/** A server in a process of its own. It ends each connection soon after an answer, and says so by its last argument. */
const program = `
  const [how] = process.argv.slice(-1);
  const server = require("node:http").createServer((request, response) => {
    request.resume().on("end", () => response.end("hello"));
    const { socket } = request;
    response.on("finish", () => setTimeout(() => (how === "end" ? socket.end() : socket.resetAndDestroy()), 30));
  });
  server.keepAliveTimeout = 0;
  server.listen(0, "127.0.0.1", () => console.log(server.address().port));
`;

describe.each([
  ["our agent", () => undefined],
  ["an agent of the user's", () => new http.Agent({ keepAlive: true })],
])("with %s", (_, agentOf) => {
  it.each(["end", "reset"])(
    "a call after the process stood still does not go on a connection that ended meanwhile, by %s",
    async (how) => {
      const child = spawn(process.execPath, ["-e", program, how], { stdio: ["ignore", "pipe", "inherit"] });
      onCleanup(() => child.kill());
      const [port] = (await once(child.stdout, "data")) as [Buffer];
      const agent = agentOf();
      onCleanup(() => agent?.destroy());
      const client = createNodeHttpClient({ baseUrl: `http://127.0.0.1:${Number(port)}`, http: "1.1", agent });
      onCleanup(() => client.close?.());
      for (let made = 0; made < 5; made++) {
        const response = new Collector();
        client.request(requestTo("/"), response).end(Buffer.from("x"));
        await response.over;
        expect(response).toMatchObject({ failure: undefined, text: "hello" });
        // The connection is kept a turn later.
        await new Promise((resolve) => setTimeout(resolve, 5));
        busy(300);
      }
    },
  );
});
