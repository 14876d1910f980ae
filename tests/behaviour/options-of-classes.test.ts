import http from "node:http";
import { type Codec, connect, type HandlerOptions, json, type Transport } from "@connect-ts/runtime";
import { createFetchRpc, createFetchTransport, fetchHandler } from "@connect-ts/runtime/fetch";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import { createNodeTransport, nodeHandler, serve } from "@connect-ts/runtime/node";
import { createRouter } from "@connect-ts/runtime/transport";
import { describe, expect, it } from "@jest/globals";
import {
  createPingServiceClient,
  createPingServiceHandler,
  pingServiceSpecs,
} from "../gen/src/ping/v1/ping_connect.js";
import { rejection } from "./helpers.js";
import { pingService } from "./ping-service.js";

const service = createPingServiceHandler(pingService());
const text = "x".repeat(200);
const tooLarge = "readMaxBytes";

/** Options as an application's own class has them: by its getters. */
class Limited {
  get readMaxBytes(): number {
    return 100;
  }
}

function limited<T extends object>(options: T): T & HandlerOptions {
  return Object.assign(new Limited(), options);
}

async function served<T>(use: (baseUrl: string) => Promise<T>): Promise<T> {
  const server = await serve({ handlers: service, host: "127.0.0.1" });
  try {
    return await use(server.url);
  } finally {
    await server.close();
  }
}

const fails = async (transport: Transport): Promise<void> => {
  try {
    expect((await rejection(createPingServiceClient(transport).ping({ text }))).message).toContain(tooLarge);
  } finally {
    transport.close?.();
  }
};

describe("options that an object has of its class are options of", () => {
  it("serve()", async () => {
    const server = await serve(limited({ handlers: service, host: "127.0.0.1" }));
    try {
      await fails(createNodeTransport({ baseUrl: server.url }));
    } finally {
      await server.close();
    }
  });

  it("nodeHandler()", async () => {
    const server = http.createServer(nodeHandler([service], limited({})));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      await fails(createNodeTransport({ baseUrl: `http://127.0.0.1:${(server.address() as { port: number }).port}` }));
    } finally {
      server.close();
    }
  });

  it("fetchHandler()", async () => {
    const handler = fetchHandler([service], limited({}));
    await fails(
      createFetchTransport({ baseUrl: "http://a.example", fetch: (url, init) => handler(new Request(url, init)) }),
    );
  });

  it("a router", () => fails(createInProcessTransport(createRouter(service, limited({})))));

  it("a service", () => fails(createInProcessTransport(createPingServiceHandler(pingService(), limited({})))));

  it("perMethod", () => fails(createInProcessTransport(service, { router: { perMethod: () => new Limited() } })));

  it("createInProcessTransport()", () => fails(createInProcessTransport(service, new Limited())));

  it("createNodeTransport()", () => served((baseUrl) => fails(createNodeTransport(limited({ baseUrl })))));

  it("createFetchTransport()", () => served((baseUrl) => fails(createFetchTransport(limited({ baseUrl })))));

  it("createFetchRpc()", () =>
    served(async (baseUrl) => {
      const ping = createFetchRpc(pingServiceSpecs.ping, limited({ baseUrl }));
      expect((await rejection(ping({ text }))).message).toContain(tooLarge);
    }));
});

it("options of json() that are undefined are those that it has without", async () => {
  // A field that the client's codec adds, as a newer schema would.
  const newer: Codec = {
    ...json(),
    encode: (_message, _type, headroom) => {
      const body = new TextEncoder().encode('{"newer":1}');
      const bytes = new Uint8Array(headroom + body.length);
      bytes.set(body, headroom);
      return bytes;
    },
  };
  const none: { readonly [name: string]: undefined } = { ignoreUnknownFields: undefined, registry: undefined };
  const router = createRouter(service, { codecs: [json(none as object)] });
  const client = createPingServiceClient(createInProcessTransport(router, { protocol: connect(), codec: newer }));
  await expect(client.ping({})).resolves.toMatchObject({ text: "" });
});
