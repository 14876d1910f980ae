import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import { describe, expect, it } from "@jest/globals";
import { createPingServiceClient } from "../gen/src/ping/v1/ping_connect.js";
import { names, ownServer, service, testLargeHeaders, text } from "./large-headers.js";
import { protocols } from "./pairs.js";

testLargeHeaders("the engine", ownServer);

describe.each(names)("a limit on headers that is raised, %s", (protocol) => {
  it("lets requests and responses through that are below it", async () => {
    const limit = 200_000;
    const server = await serve({ handlers: service, host: "127.0.0.1", maxHeaderBytes: limit });
    const transport = createNodeTransport({
      baseUrl: `http://127.0.0.1:${server.port}`,
      http: "2",
      protocol: protocols[protocol](),
      maxHeaderBytes: limit,
    });
    const client = createPingServiceClient(transport);
    const reply = await client.ping({ number: 150_000n }, { headers: { "x-large": text(150_000) } }).response;
    expect([reply.message.text, reply.headers.get("x-large")?.length]).toEqual(["150000", 150_000]);
    transport.close?.();
    await server.close();
  });
});
