// What the tests of large headers share: those with the platform's node:http2 run on Node alone, whose rules it has.
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import type { ServiceHandler, Transport } from "@connect-ts/runtime";
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

export const names = Object.keys(protocols) as readonly Protocol[];
/** HPACK does not make these shorter. */
export const text = (bytes: number): string => "~".repeat(bytes);

export const service: ServiceHandler = createPingServiceHandler(
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
export interface Place {
  readonly name: string;
  start(): Promise<{ readonly port: number; close(): unknown }>;
}

export async function http2Server(
  options: http2.ServerOptions,
  listener?: Parameters<typeof http2.createServer>[1],
): Promise<{ readonly server: http2.Http2Server; readonly port: number; close(): void }> {
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

export const ownServer: Place = { name: "serve()", start: () => serve({ handlers: service, host: "127.0.0.1" }) };

export const serverOfNode: Place = {
  name: "nodeHandler() on node:http2",
  start: () => http2Server({}, nodeHandler([service]) as never),
};

export const clients: { readonly [name: string]: (baseUrl: string, protocol: Protocol) => Transport } = {
  "the engine": (baseUrl, protocol) => createNodeTransport({ baseUrl, http: "2", protocol: protocols[protocol]() }),
  "node:http2": (baseUrl, protocol) =>
    createTransport({ baseUrl, http: createNodeHttp2Client({ baseUrl }), protocol: protocols[protocol]() }),
};

/** The tests of a client and a server, one of which is too small for the other's headers. */
export function testLargeHeaders(kind: string, place: Place): void {
  describe.each(names)(`headers of 70 KB, %s from ${kind} to ${place.name}`, (protocol) => {
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
}
