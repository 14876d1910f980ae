import http from "node:http";
import http2 from "node:http2";
import { ConnectError, connect, grpc, grpcHandlerProtocol, json } from "@connect-ts/runtime";
import { createNodeTransport, nodeHandler, type ServeOptions, serve } from "@connect-ts/runtime/node";
import { describe, expect, it } from "@jest/globals";
import { createPingServiceClient, createPingServiceHandler } from "../gen/src/ping/v1/ping_connect.js";
import { rejection } from "./helpers.js";
import { pingService } from "./ping-service.js";

/** What `undefined` is to TypeScript here: JavaScript, or a cast. */
const nothing = undefined as never;

async function withServer(options: Partial<ServeOptions>, use: (url: string) => Promise<void>): Promise<void> {
  const server = await serve({ handlers: createPingServiceHandler(pingService()), host: "127.0.0.1", ...options });
  try {
    await use(server.url);
  } finally {
    await server.close();
  }
}

const refuse = (_: unknown, response: { writeHead(status: 415): { end(): void } }): void =>
  response.writeHead(415).end();

describe("a mistake in the wiring is told with what to do", () => {
  it("pages of other origins, and no option cors", () =>
    withServer({}, async (url) => {
      const headers = { origin: "https://app.example.com", "access-control-request-method": "POST" };
      const response = await fetch(`${url}/ping.v1.PingService/Ping`, { method: "OPTIONS", headers });
      expect([response.status, await response.text()]).toEqual([
        405,
        "method not allowed: the server needs the option cors to allow pages of other origins\n",
      ]);
    }));

  it("a method of HTTP that calls no RPC", () =>
    withServer({}, async (url) => {
      const response = await fetch(`${url}/ping.v1.PingService/Ping`, { method: "PUT" });
      expect(await response.text()).toBe("method not allowed: an RPC is called by GET or POST\n");
    }));

  it.each([
    ["codec", { codecs: [] }, /status 415 for .*: it takes , and this is connect with json$/],
    [
      "protocol",
      { protocols: [grpcHandlerProtocol()] },
      /: it takes application\/grpc, .*, and this is connect with json$/,
    ],
  ])("a %s that the server does not take", (_, options, text) =>
    withServer(options, async (url) => {
      const client = createPingServiceClient(createNodeTransport({ baseUrl: url, codec: json() }));
      expect((await rejection(client.ping({}))).rawMessage).toMatch(text);
    }),
  );

  it.each([
    [
      "connect()",
      () => http.createServer(refuse),
      connect(),
      "connect there? One that speaks gRPC alone needs protocol: grpc()",
    ],
    ["grpc()", () => http2.createServer(refuse), grpc(), "gRPC there, and not only Connect or gRPC-Web?"],
  ])("%s to a server that takes other content types, and does not say which", async (_, create, protocol, spoken) => {
    const server = create();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { readonly port: number };
    using transport = createNodeTransport({ baseUrl: `http://127.0.0.1:${port}`, protocol });
    const error = await rejection(createPingServiceClient(transport).ping({}));
    expect(error.rawMessage).toMatch(/status 415 for .*: does the server speak /);
    expect(error.rawMessage.endsWith(`speak ${spoken}`)).toBe(true);
    server.close();
  });

  it("grpc() to a server that answers in HTTP/1.1", async () => {
    const server = http.createServer(nodeHandler([createPingServiceHandler(pingService())]));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { readonly port: number };
    const transport = createNodeTransport({ baseUrl: `http://127.0.0.1:${port}`, protocol: grpc() });
    const error = await rejection(createPingServiceClient(transport).ping({}));
    expect(error.rawMessage).toMatch(/in place of grpc\(\), connect\(\) or grpcWeb\(\)$/);
    await new Promise((resolve) => server.close(resolve));
  });

  it("a service where the options of serve() belong", async () => {
    await expect(serve(createPingServiceHandler(pingService()) as never)).rejects.toThrow(
      'serve has no option "typeName": services are given as { handlers: [service] }',
    );
  });

  it("a handler without a return, and a yield without a message", async () => {
    const heard: unknown[] = [];
    const onError = (error: unknown): void => {
      heard.push(error);
    };
    const forgetful = {
      ...pingService(),
      ping: () => nothing,
      async *countUp() {
        yield nothing;
      },
    };
    await withServer({ handlers: createPingServiceHandler(forgetful, { onError }) }, async (url) => {
      const client = createPingServiceClient(createNodeTransport({ baseUrl: url }));
      for (const failed of [
        await rejection(client.ping({})),
        await rejection(client.countUp({})[Symbol.asyncIterator]().next()),
      ]) {
        expect([failed.code, failed.rawMessage]).toEqual(["internal", ""]);
      }
    });
    expect(heard.map((error) => ConnectError.from(error).rawMessage)).toEqual([
      "the handler of /ping.v1.PingService/Ping returned undefined, not a message",
      "the handler of /ping.v1.PingService/CountUp yielded undefined, not a message",
    ]);
  });
});
