import {
  binary,
  type ClientStream,
  grpc,
  grpcHandlerProtocol,
  grpcWeb,
  grpcWebHandlerProtocol,
  type HandlerContext,
  type Interceptor,
  snappy,
} from "@connect-ts/runtime";
import * as fetchDoor from "@connect-ts/runtime/fetch";
import { createNodeTransport } from "@connect-ts/runtime/node";
import { describe, expect, it } from "@jest/globals";
import { createPingServiceClient } from "../gen/src/ping/v1/ping_connect.js";
import { combinations, connected, rejection, using } from "./helpers.js";

const yes = "yes" as unknown as boolean;

describe.each(combinations)("the option compress, $name", (combination) => {
  it.each([
    [{ compress: yes }, 'compress of send() must be of type boolean, not "yes"'],
    [{ compres: true }, 'send() has no option "compres": it has compress'],
    [true, "the options of send() must be of type object, not true"],
    [Promise.resolve({ compress: true }), "the options of send() must be a plain object, not Promise"],
  ])("of send() is checked, and the call fails: %j", async (options, message) => {
    await using(connected(combination), async ({ client }) => {
      const stream = client.sum();
      const response = rejection(stream.response);
      const sent = await rejection(stream.send({ number: 1n }, options as object));
      expect([sent.code, sent.rawMessage]).toEqual(["internal", message]);
      expect((await response).rawMessage).toBe(message);
    });
  });

  it("of a handler's context is checked: onError is told", async () => {
    const heard: unknown[] = [];
    const spoil = (context: HandlerContext): void => {
      context.compress = yes;
    };
    const methods = {
      ping(_: unknown, context: HandlerContext) {
        spoil(context);
        return {};
      },
      async *countUp(_: unknown, context: HandlerContext) {
        spoil(context);
        yield {};
      },
    };
    await using(connected(combination, methods, { onError: (error) => heard.push(error) }), async ({ client }) => {
      const errors = [
        await rejection(client.ping({})),
        await rejection(client.countUp({})[Symbol.asyncIterator]().next()),
      ];
      for (const { code, rawMessage } of errors) expect([code, rawMessage]).toEqual(["internal", ""]);
      const told = new TypeError('compress of the handler\'s context must be of type boolean, not "yes"');
      expect(heard).toEqual([told, told]);
    });
  });
});

describe("compressions of fetch", () => {
  it.each(["gzip", "deflate"] as const)("have no options: %s", (name) => {
    const make = (name === "gzip" ? fetchDoor.gzip : fetchDoor.deflate) as (options: object) => unknown;
    expect(() => make({ level: 9 })).toThrow(
      new TypeError(
        `${name} has no option "level": the platform chooses it here; the compressions of "@connect-ts/runtime/node" have it`,
      ),
    );
    expect(make({})).toMatchObject({ name });
  });
});

describe.each(combinations)("what is no options of a call, $name", (combination) => {
  it.each([
    [AbortSignal.abort(), "AbortSignal"],
    [Promise.resolve({ timeoutMs: 1 }), "Promise"],
    [[], "Array"],
    [new Headers({ authorization: "x" }), "Headers"],
  ])("is not read as none of them: %p", async (options, kind) => {
    await using(connected(combination), async ({ client }) => {
      const errors = [
        await rejection(client.ping({}, options as object)),
        await rejection(
          client
            .countUp({}, options as object)
            [Symbol.asyncIterator]()
            .next(),
        ),
        await rejection(client.sum(undefined as never, options as object).response),
        await rejection(
          client
            .cumSum(undefined as never, options as object)
            [Symbol.asyncIterator]()
            .next(),
        ),
      ];
      const text = `the call has a bad option: the options of a call must be a plain object, not ${kind}`;
      for (const { code, rawMessage } of errors) expect([code, rawMessage]).toEqual(["internal", text]);
    });
  });
});

it.each(["sum", "cumSum"] as const)(
  "what is given before the options is requests, or no iterable: %s",
  async (method) => {
    const [combination] = combinations;
    if (combination === undefined) throw new Error("there are combinations");
    await using(connected(combination), async ({ client }) => {
      const call = client[method] as (requests: unknown, options: object) => ClientStream<never, unknown>;
      for (const requests of [{}, { number: 1n }, "one", 1]) {
        const stream = call(requests, { timeoutMs: 60_000 });
        const { code, rawMessage } = await rejection(method === "sum" ? stream.response : stream.trailers);
        const given = typeof requests === "object" ? "object" : JSON.stringify(requests);
        expect([code, rawMessage]).toEqual(["internal", `the requests of a call must be an iterable, not ${given}`]);
      }
    });
  },
);

describe.each<[string, (options?: object) => unknown]>([
  ["grpc", grpc as never],
  ["grpcWeb", grpcWeb as never],
  ["grpcHandlerProtocol", grpcHandlerProtocol as never],
  ["grpcWebHandlerProtocol", grpcWebHandlerProtocol as never],
  ["binary", binary as never],
  ["snappy", snappy as never],
])("%s", (name, make) => {
  it("has no options, and says so", () => {
    expect(() => make({ level: 1 })).toThrow(new TypeError(`${name} has no option "level": it has none`));
    expect(() => make(null as never)).toThrow(`the options of ${name} must be of type object, not null`);
    expect(make({})).toHaveProperty("name");
    expect(make()).toHaveProperty("name");
  });
});

it.each([grpc, grpcWeb])("the option useHttpGet is told its place: %p", (make: (options: never) => unknown) => {
  expect(() => make({ useHttpGet: true } as never)).toThrow(
    `${make.name} has no option "useHttpGet": only Connect has GET: connect({ useHttpGet })`,
  );
});

describe("call.stats of a client", () => {
  const failures = [
    ["that the server refuses", (baseUrl: string) => ({ baseUrl })],
    ["without an answer", () => ({ baseUrl: "http://127.0.0.1:1" })],
  ] as const;

  it.each(failures)("has the request message of a unary call %s", async (_, where) => {
    const [combination] = combinations;
    if (combination === undefined) throw new Error("there are combinations");
    const seen: number[] = [];
    const look: Interceptor = async (call, next) => {
      try {
        await next();
      } finally {
        seen.push(call.stats.requestMessages, call.stats.requestBytes, call.stats.responseMessages);
      }
    };
    const refuse = (): never => {
      throw new Error("no");
    };
    await using(connected(combination, { ping: refuse }, { onError() {} }), async ({ baseUrl }) => {
      const transport = createNodeTransport({ ...where(baseUrl), protocol: grpc() });
      const client = createPingServiceClient(transport, { interceptors: [look] });
      await rejection(client.ping({ number: 1n }));
      expect(seen).toEqual([1, 2, 0]);
      transport.close?.();
    });
  });
});
