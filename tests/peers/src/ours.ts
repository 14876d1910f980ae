import { once } from "node:events";
import http2, { type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import {
  connect,
  grpc,
  grpcWeb,
  type HandlerOptions,
  type Interceptor,
  json,
  type ServiceHandler,
} from "@connect-ts/runtime";
import { createFetchTransport } from "@connect-ts/runtime/fetch";
import { createNodeTransport, gzip, nodeHandler, serve } from "@connect-ts/runtime/node";
import { pingService } from "../../behaviour/ping-service.js";
import { createPingServiceClient, createPingServiceHandler } from "../../gen/src/ping/v1/ping_connect.js";
import { makeCall } from "./make-call.js";
import type { Client, ClientPeer, Method, Server, ServerPeer, Wire } from "./peer.js";

/** Our client, on Node's HTTP. */
export function ourClient(): ClientPeer {
  return {
    name: "our client",
    lacks: {},
    deadlineMs: 60,
    open: async (...args) => openClient(...args),
    close: async () => {},
  };
}

/** Our client for browsers, on Node's `fetch`: HTTP/1.1. */
export function ourFetchClient(): ClientPeer {
  return {
    name: "our client on fetch",
    lacks: {
      bidi: "HTTP/1.1 is half duplex",
      "compressed requests": "fetch compresses nothing",
      "compressed responses": "the platform asks for them by itself, for all of a body",
    },
    deadlineMs: 60,
    open: async (url, wire) => {
      if (wire.protocol !== "connect" && wire.protocol !== "grpc-web") throw new Error("browsers have no gRPC");
      const client = createPingServiceClient(
        createFetchTransport({
          baseUrl: url,
          protocol: protocols[wire.protocol](),
          ...(wire.codec === "json" && { codec: json() }),
        }),
      );
      return { call: (call) => makeCall(client, call), close: async () => {} };
    },
    close: async () => {},
  };
}

/** Our server: `serve()`. */
export function ourServer(): ServerPeer {
  return serverOf("our server", listen);
}

/** `nodeHandler()` on the platform's HTTP/2. */
export function ourHandlerOnHttp2(): ServerPeer {
  return serverOf("our handler on node:http2", async (service, options) => {
    const sessions = new Set<ServerHttp2Session>();
    const server = http2.createServer(nodeHandler([service], options) as never);
    server.on("session", (session) => sessions.add(session));
    await once(server.listen(0, "127.0.0.1"), "listening");
    return {
      port: (server.address() as AddressInfo).port,
      async close() {
        for (const session of sessions) session.destroy();
        server.close();
      },
    };
  });
}

type Listen = (
  service: ServiceHandler,
  options: HandlerOptions,
) => Promise<{ readonly port: number; close(): Promise<void> }>;

/** By `serve()`, on whatever this runs on. */
export const listen: Listen = (service, options) => serve({ handlers: service, host: "127.0.0.1", ...options });

function serverOf(name: string, listen: Listen): ServerPeer {
  return {
    name,
    lacks: {},
    serve: (_wire, compress) => startServer(listen, compress, () => {}),
    close: async () => {},
  };
}

const protocols = { connect, grpc, "grpc-web": grpcWeb };

function openClient(url: string, wire: Wire, compress: boolean): Client {
  if (wire.protocol === "grpc-web-text") throw new Error("our client has no grpc-web-text");
  const transport = createNodeTransport({
    baseUrl: url,
    http: wire.http,
    protocol: wire.get ? connect({ useHttpGet: true }) : protocols[wire.protocol](),
    ...(wire.codec === "json" && { codec: json() }),
    ...(compress && { sendCompression: gzip(), compressMinBytes: 0 }),
  });
  const client = createPingServiceClient(transport);
  return { call: (call) => makeCall(client, call), close: async () => {} };
}

/** @param tell - is told when a handler began, and when it saw that its call was over early */
export async function startServer(
  listen: Listen,
  compress: boolean,
  tell: (event: "started" | "aborted", method: Method) => void,
): Promise<Server> {
  const started: Method[] = [];
  const aborted: Method[] = [];
  const observe: Interceptor = (call, next) => {
    const left = call.timeoutMs();
    if (left !== undefined) call.responseHeaders.set("x-timeout-ms", String(Math.round(left)));
    const method = call.spec.procedure.slice(call.spec.procedure.lastIndexOf("/") + 1) as Method;
    started.push(method);
    tell("started", method);
    call.signal.addEventListener("abort", () => {
      aborted.push(method);
      tell("aborted", method);
    });
    return next();
  };
  const service = createPingServiceHandler(pingService(), { interceptors: [observe] });
  const server = await listen(service, { compressMinBytes: compress ? 0 : 2 ** 31 });
  return {
    url: `http://127.0.0.1:${server.port}`,
    started: (method) => started.filter((name) => name === method).length,
    aborted: (method) => aborted.filter((name) => name === method).length,
    close: () => server.close(),
  };
}
