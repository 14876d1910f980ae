import { createNodeTransport } from "@connect-ts/runtime/node";
import { describe, expect, it } from "@jest/globals";
import { createPingServiceClient } from "../gen/src/ping/v1/ping_connect.js";
import { rejection } from "./helpers.js";
import { clients, http2Server, names, ownServer, serverOfNode, testLargeHeaders, text } from "./large-headers.js";
import { protocols } from "./pairs.js";

const nodeMajor = Number(process.versions.node.split(".")[0]);

testLargeHeaders("the engine", serverOfNode);
testLargeHeaders("node:http2", ownServer);
testLargeHeaders("node:http2", serverOfNode);

describe("a server that sends more header fields than its client takes", () => {
  it.each(["the engine", "node:http2"])("fails the call alone by its size: %s", async (kind) => {
    const { server, port, close } = await http2Server({ maxSendHeaderBlockLength: 1_000_000 });
    server.on("stream", (stream, headers) => {
      stream.on("error", () => {});
      const bytes = headers["x-one"] === undefined ? 0 : kind === "the engine" ? 70_000 : 35_000;
      stream.respond({ ":status": 200, "x-a": text(bytes), "x-b": text(bytes === 70_000 ? 0 : bytes) });
      stream.end();
    });
    const baseUrl = `http://127.0.0.1:${port}`;
    const transport = (clients[kind] as (typeof clients)[string])(baseUrl, "connect");
    const client = createPingServiceClient(transport);
    expect(await rejection(client.ping({}, { headers: { "x-one": "1" } }))).toMatchObject({
      code: "resource_exhausted",
      rawMessage: expect.stringMatching(
        /^(a header block of more than 65536 bytes|70\d\d\d bytes of header fields where 65535 are allowed)$/,
      ),
    });
    transport.close?.();
    close();
  });
});

describe("a server on node:http2 that a request's headers are too large for", () => {
  it.each(names)("is told to be silent, and why it may be, or how it ended the connection: %s", async (protocol) => {
    const { port, close } = await serverOfNode.start();
    const transport = createNodeTransport({
      baseUrl: `http://127.0.0.1:${port}`,
      http: "2",
      protocol: protocols[protocol](),
      pingIntervalMs: 20,
      pingTimeoutMs: 300,
    });
    const client = createPingServiceClient(transport);
    const error = await rejection(client.ping({}, { headers: { "x-large": text(70_000) } }));
    expect(error).toMatchObject({
      code: "unavailable",
      rawMessage: expect.stringMatching(
        // Since Node 22 it ends the connection with an error, and falls silent for ever before that.
        nodeMajor < 22
          ? /: the server answered no ping within 300 ms; the request has 70\d\d\d bytes of header fields, and node:http2 falls silent for ever above 65536$/
          : /(falls silent for ever above 65536|after a GOAWAY with COMPRESSION_ERROR)$/,
      ),
    });
    transport.close?.();
    close();
  });
});
