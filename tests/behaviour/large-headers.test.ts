import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import type { Transport } from "@connect-ts/runtime";
import { createNodeTransport, nodeHandler, serve } from "@connect-ts/runtime/node";
import { createNodeHttp2Client } from "@connect-ts/runtime/node-http2";
import { createTransport } from "@connect-ts/runtime/transport";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  createPingServiceClient,
  createPingServiceHandler,
  type PingServiceClient,
} from "../gen/src/ping/v1/ping_connect.js";
import { rejection } from "./helpers.js";
import { type Protocol, protocols } from "./pairs.js";
import { pingService } from "./ping-service.js";

const names = Object.keys(protocols) as readonly Protocol[];
/** HPACK does not make these shorter. */
const text = (bytes: number): string => "~".repeat(bytes);

const service = createPingServiceHandler(
  {
    ...pingService(),
    ping({ number }, { responseHeaders, requestHeaders }) {
      if (number > 0n) responseHeaders.set("x-large", text(Number(number)));
      return { text: `${requestHeaders.get("x-large")?.length}` };
    },
  },
  { sendMaxHeaderBytes: 1_000_000 },
);

/** What clients tell of headers that are too large, by who is too small for them. */
interface Place {
  readonly name: string;
  start(): Promise<{ readonly port: number; close(): unknown }>;
}

async function http2Server(options: http2.ServerOptions, listener?: Parameters<typeof http2.createServer>[1]) {
  const server = http2.createServer(options, listener);
  const sessions: http2.ServerHttp2Session[] = [];
  server.on("session", (session) => {
    sessions.push(session);
    session.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  return {
    server,
    port: (server.address() as AddressInfo).port,
    close() {
      for (const session of sessions) session.destroy();
      server.close();
    },
  };
}

const places: readonly Place[] = [
  { name: "serve()", start: () => serve({ handlers: service, host: "127.0.0.1" }) },
  { name: "nodeHandler() on node:http2", start: () => http2Server({}, nodeHandler([service]) as never) },
];

const clients: { readonly [name: string]: (baseUrl: string, protocol: Protocol) => Transport } = {
  "the engine": (baseUrl, protocol) => createNodeTransport({ baseUrl, http: "2", protocol: protocols[protocol]() }),
  "node:http2": (baseUrl, protocol) =>
    createTransport({ baseUrl, http: createNodeHttp2Client({ baseUrl }), protocol: protocols[protocol]() }),
};

const rows = Object.keys(clients).flatMap((client) =>
  places.flatMap((place) => names.map((protocol) => ({ client, place, protocol, name: place.name }))),
);

describe.each(rows)("headers of 70 KB, $protocol from $client to $name", ({ client: kind, place, protocol }) => {
  let server: Awaited<ReturnType<Place["start"]>>;
  let transport: Transport;
  let client: PingServiceClient;
  beforeAll(async () => {
    server = await place.start();
    transport = (clients[kind] as (typeof clients)[string])(`http://127.0.0.1:${server.port}`, protocol);
    client = createPingServiceClient(transport);
  });
  afterAll(async () => {
    transport.close?.();
    await server.close();
  });

  // A server on node:http2 neither says what it takes nor what it did not take; our engine asks whether it lives.
  const isTold = kind === "node:http2" || place.name === "serve()";
  const inRequest = async (): Promise<void> => {
    const error = await rejection(client.ping({}, { headers: { "x-large": text(70_000) } }));
    expect(error).toMatchObject({
      code: "resource_exhausted",
      rawMessage: expect.stringMatching(
        /^the request has 70\d\d\d bytes of header fields, and (the server takes 16384|node:http2 sends 65536 \(maxSendHeaderBlockLength\))$/,
      ),
    });
    expect((await client.ping({}, { headers: { "x-large": text(4_000) } })).text).toBe("4000");
  };
  if (isTold) it("in a request are too large: the size and the limit are told", inRequest);

  it("in a response are too large", async () => {
    expect(await rejection(client.ping({ number: 70_000n }))).toMatchObject({ code: "resource_exhausted" });
    expect((await client.ping({ number: 4_000n })).text).toBe("undefined");
  });
});

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
