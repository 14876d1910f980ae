import {
  ConnectError,
  connect,
  connectHandlerProtocol,
  grpc,
  grpcHandlerProtocol,
  grpcWebHandlerProtocol,
  type HandlerContext,
  type HandlerOptions,
} from "@connect-ts/runtime";
import { errorResponse, fetchHandler } from "@connect-ts/runtime/fetch";
import { createRouter } from "@connect-ts/runtime/transport";
import { describe, expect, it } from "@jest/globals";
import { createPingServiceClient, createPingServiceHandler } from "../gen/src/ping/v1/ping_connect.js";
import { connected } from "./helpers.js";
import { pairs } from "./pairs.js";
import { pingService } from "./ping-service.js";
import { toy, toyHandlerProtocol } from "./toy-protocol.js";

const service = createPingServiceHandler(pingService());
const ping = "http://toy.test/ping.v1.PingService/Ping";

describe.each(pairs)("a protocol of a user's own over $name", (pair) => {
  const open = (methods = {}, options: HandlerOptions = { protocols: [toyHandlerProtocol()] }) =>
    connected({ pair, protocol: "connect" }, methods, options, { protocol: toy() });

  it("carries all kinds of RPCs", async () => {
    const protocols: string[] = [];
    const running = await open({
      ping({ number }: { number: bigint }, context: HandlerContext) {
        protocols.push(context.peer.protocol);
        return { number };
      },
    });
    try {
      const { client } = running;
      expect((await client.ping({ number: 7n })).number).toBe(7n);
      expect(protocols).toEqual(["toy"]);
      expect((await client.sum([{ number: 1n }, { number: 2n }])).sum).toBe(3n);
      const counted: bigint[] = [];
      for await (const { number } of client.countUp({ number: 3n })) counted.push(number);
      expect(counted).toEqual([1n, 2n, 3n]);
      const sums: bigint[] = [];
      for await (const { sum } of client.cumSum([{ number: 1n }, { number: 2n }])) sums.push(sum);
      expect(sums).toEqual([1n, 3n]);
    } finally {
      await running.close();
    }
  });

  it("carries errors, before and after the first message", async () => {
    const running = await open();
    try {
      await expect(running.client.fail({ code: 5, message: "no such thing" })).rejects.toMatchObject({
        code: "not_found",
        rawMessage: "no such thing",
        isRemote: true,
      });
    } finally {
      await running.close();
    }
  });

  it("stands beside ours, whose requests it leaves alone", async () => {
    const running = await open({}, { protocols: [toyHandlerProtocol(), connectHandlerProtocol()] });
    try {
      expect((await running.client.ping({ number: 1n })).number).toBe(1n);
      const other = createPingServiceClient(running.transport({ protocol: connect() }));
      expect((await other.ping({ number: 2n })).number).toBe(2n);
    } finally {
      await running.close();
    }
  });
});

describe("the protocols of a server", () => {
  const post = (type: string, path = ping): Request =>
    new Request(path, { method: "POST", headers: { "content-type": type }, body: "" });

  it("are those of the option: requests of others are refused, with the content types that are served", async () => {
    const handler = fetchHandler([service], { protocols: [toyHandlerProtocol()] });
    const response = await handler(post("application/json"));
    expect(response.status).toBe(415);
    expect(response.headers.get("accept-post")).toBe("application/x-toy+proto, application/x-toy+json");
  });

  it("answer requests for unknown procedures, each in its own way", async () => {
    const unknown = "http://toy.test/ping.v1.PingService/Nothing";
    const handler = fetchHandler([service], { protocols: [grpcWebHandlerProtocol(), toyHandlerProtocol()] });
    expect(await (await handler(post("application/x-toy+proto", unknown))).text()).toContain(
      "unimplemented no procedure is served at ",
    );
    expect((await handler(post("application/grpc-web", unknown))).headers.get("content-type")).toBe(
      "application/grpc-web",
    );
    const plain = await handler(post("application/json", unknown));
    expect([plain.status, await plain.text()]).toEqual([404, "not found\n"]);
  });

  it("have their own options", async () => {
    const strict = connectHandlerProtocol({ requireConnectProtocolHeader: true });
    const response = await fetchHandler([service], { protocols: [strict] })(post("application/proto"));
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("the header Connect-Protocol-Version is missing");
    expect((await fetchHandler([service])(post("application/proto"))).status).toBe(200);
  });

  it("need trailers or not, whatever their name is", async () => {
    const needy = { ...toyHandlerProtocol(), name: "needy" };
    const accept = needy.accept.bind(needy);
    needy.accept = (request, setup) => {
      const exchange = accept(request, setup);
      return exchange === undefined ? undefined : Object.assign(exchange, { needsTrailers: true });
    };
    const handler = fetchHandler([service], { protocols: [needy] });
    const response = await handler(post("application/x-toy+proto"));
    expect(await response.text()).toContain("unimplemented the protocol toy needs HTTP trailers");
  });

  it("are also those of errors that middleware answers", async () => {
    const error = new ConnectError("permission_denied", "no");
    expect(errorResponse(post("application/grpc-web+proto"), error)?.headers.get("content-type")).toBe(
      "application/grpc-web+proto",
    );
    expect(errorResponse(post("application/grpc-web+proto"), error, [connectHandlerProtocol()])).toBeUndefined();
  });
});

describe("the option protocols", () => {
  it.each<[string, unknown, string]>([
    ["a name", ["connect"], 'the option protocols has "connect": write connectHandlerProtocol()'],
    ["a name", ["grpc"], 'the option protocols has "grpc": write grpcHandlerProtocol()'],
    ["an unknown name", ["soap"], 'the option protocols has "soap": expected a HandlerProtocol'],
    ["a client's", [grpc()], "the option protocols has a value that no handler can use: write grpcHandlerProtocol()"],
    ["a function", [grpcHandlerProtocol], "the option protocols has a value that no handler can use: expected a"],
    ["nothing", [undefined], "the option protocols has a value that no handler can use: expected a HandlerProtocol"],
    ["no list", grpcHandlerProtocol(), "the option protocols must be a list such as [connectHandlerProtocol(), "],
    ["an empty list", [], "the option protocols must be a list such as"],
  ])("refuses %s", (_name, protocols, message) => {
    for (const options of [{ protocols }, { perMethod: () => ({ protocols }) }] as HandlerOptions[]) {
      expect(() => createRouter([service], options)).toThrow(TypeError);
      expect(() => createRouter([service], options)).toThrow(message);
    }
  });

  it("takes no names, as a type", () => {
    // @ts-expect-error: a protocol is a value
    const options: HandlerOptions = { protocols: ["connect"] };
    expect(options).toBeDefined();
  });
});
