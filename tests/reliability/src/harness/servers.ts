import { createServer as createHttp1Server } from "node:http";
import { createServer as createHttp2Server, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import { admission } from "@connect-ts/admission";
import type { ServiceHandler } from "@connect-ts/runtime";
import { createHandler, memberName } from "@connect-ts/runtime/dynamic";
import { type ServeOptions, serve } from "@connect-ts/runtime/node";
import { createPingServiceHandler } from "../../../gen/src/ping/v1/ping_connect.js";
import type { PeerName, Wire } from "./outcome.js";
import { type Ran, service } from "./service.js";

export interface ServerInit {
  readonly peer: PeerName;
  readonly port?: number;
  /** connect-node's server speaks one version of HTTP. */
  readonly http?: Wire["http"];
  /** Options of `serve()`; the other libraries do not have them. */
  readonly options?: Partial<ServeOptions>;
  /** With `admission()` of ours. */
  readonly admission?: boolean;
  /** `cost` has messages of many kinds, and answers with nothing: ours alone has it. */
  readonly service?: "ping" | "cost";
}

export interface RunningServer {
  readonly port: number;
  drain(graceMs: number): Promise<unknown>;
  close(): Promise<void>;
}

/** Starts a library's server with the test kit. */
export async function startServer(init: ServerInit, ran: Ran): Promise<RunningServer> {
  switch (init.peer) {
    case "ours":
      return ours(init, ran);
    case "grpc-js":
      return (await import("./grpc-js-server.js")).grpcJsServer(init.port ?? 0, ran);
    case "connect-node":
      return connectNode(init, ran);
  }
}

async function ours(init: ServerInit, ran: Ran): Promise<RunningServer> {
  const { port = 0, options, service: name } = init;
  const handlers = name === "cost" ? await costHandler() : createPingServiceHandler(service(ran));
  const interceptors = init.admission
    ? [admission({ caller: (call) => call.requestHeaders.get("x-caller") ?? "" })]
    : [];
  const server = await serve({ handlers, port, host: "127.0.0.1", interceptors, ...options });
  return {
    port: server.port,
    drain: (graceMs) => server.drain({ graceMs }),
    close: () => server.close(),
  };
}

async function costHandler(): Promise<ServiceHandler> {
  const { costService } = await import("./cost-service.js");
  const methods = costService.methods.map((method) => [memberName(method), () => ({})]);
  return createHandler(costService, Object.fromEntries(methods));
}

async function connectNode({ port = 0, http = "2" }: ServerInit, ran: Ran): Promise<RunningServer> {
  const { connectNodeAdapter } = await import("@connectrpc/connect-node");
  const { PingService } = await import("../../../gen/src/ping/v1/ping_pb.js");
  const listener = connectNodeAdapter({
    routes: (router) => router.service(PingService, service(ran) as never),
    // Its default is no limit; ours and grpc-js's is this.
    readMaxBytes: 4 * 1024 * 1024,
  });
  const sessions = new Set<ServerHttp2Session>();
  const server = http === "2" ? createHttp2Server(listener) : createHttp1Server(listener);
  server.on("session", (session: ServerHttp2Session) => {
    sessions.add(session);
    session.on("close", () => sessions.delete(session));
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const stop = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
  const close = async (): Promise<void> => {
    const stopped = stop();
    for (const session of sessions) session.destroy();
    if ("closeAllConnections" in server) server.closeAllConnections();
    await stopped;
  };
  return {
    port: (server.address() as AddressInfo).port,
    async drain(graceMs) {
      const timer = setTimeout(() => void close(), graceMs);
      const stopped = stop();
      for (const session of sessions) session.close();
      await stopped;
      clearTimeout(timer);
    },
    close,
  };
}
