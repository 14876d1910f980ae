import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import { describe, expect, it } from "@jest/globals";
import { createPingServiceClient, createPingServiceHandler } from "../gen/src/ping/v1/ping_connect.js";
import { rejection, until } from "./helpers.js";
import { kindsOfCalls } from "./kinds.js";
import { protocols } from "./pairs.js";
import { pingService } from "./ping-service.js";

const never = new Promise<never>(() => {});

const ways = (["1.1", "2"] as const).flatMap((http) =>
  (["connect", "grpc", "grpc-web"] as const)
    .filter((protocol) => http === "2" || protocol !== "grpc")
    .map((protocol) => ({ http, protocol })),
);

describe.each(ways)(
  "a call by $protocol over HTTP/$http that runs longer than the grace of a drain",
  ({ http, protocol }) => {
    it.each([
      ["at once", false],
      ["after its first message", true],
    ])("ends unavailable, which says that the server shut down: %s", async (_when, begun) => {
      let running = 0;
      const endless = async function* <T>(first: T): AsyncGenerator<T> {
        running++;
        if (begun) yield first;
        await never;
      };
      const single = (): Promise<never> => {
        running++;
        return never;
      };
      const handler = createPingServiceHandler({
        ...pingService(),
        ping: single,
        sum: single,
        countUp: () => endless({ number: 1n }),
        cumSum: () => endless({ sum: 1n }),
      });
      const server = await serve({
        handlers: handler,
        host: "127.0.0.1",
        allowHalfDuplexBidiOverHttp1: true,
        onError: () => undefined,
      });
      const transport = createNodeTransport({
        baseUrl: `http://127.0.0.1:${server.port}`,
        protocol: protocols[protocol](),
        http,
        allowHalfDuplexBidiOverHttp1: true,
      });
      const client = createPingServiceClient(transport);
      const calls = kindsOfCalls.map(({ run }) => rejection(run(client)));
      await until(() => running === 4);
      const drained = server.drain({ graceMs: 50 });
      for (const error of await Promise.all(calls)) {
        expect([error.code, error.rawMessage]).toEqual(["unavailable", "the server shut down"]);
      }
      expect(await drained).toEqual({ finished: 0, cut: 4 });
      transport.close?.();
    });
  },
);
