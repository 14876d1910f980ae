import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { ConnectError, type HandlerContext, HeaderMap } from "@connect-ts/runtime";
import { cors } from "@connect-ts/runtime/fetch";
import { createNodeTransport, nodeHandler } from "@connect-ts/runtime/node";
import { describe, expect, it } from "@jest/globals";
import type { PingServiceHandler } from "../gen/src/ping/v1/ping_connect.js";
import { combinations, connected, rejection, using } from "./helpers.js";
import { kindsOfCalls } from "./kinds.js";
import type { Pair } from "./pairs.js";

/** A server of node:http2 with `nodeHandler`, which has limits of its own. */
const foreign: Pair = {
  name: "nodeHandler on node:http2",
  protocols: ["connect", "grpc", "grpc-web"],
  fullDuplex: true,
  network: true,
  async start(service, options = {}) {
    const handler = nodeHandler([service], options);
    const server = http2.createServer((request, response) => {
      // As middleware does.
      response.setHeader("x-middleware", ["m".repeat(50), "n".repeat(50)]);
      handler(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const transports: { close?(): void }[] = [];
    return {
      baseUrl,
      transport(setup = {}) {
        const transport = createNodeTransport({ baseUrl, http: "2", ...setup });
        transports.push(transport);
        return transport;
      },
      async close() {
        for (const transport of transports) transport.close?.();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  },
};

const everywhere = [
  ...combinations,
  ...foreign.protocols.map((protocol) => ({ name: `${protocol} over ${foreign.name}`, pair: foreign, protocol })),
];

type Spoil = (context: HandlerContext) => void;
const big = "v".repeat(70_000);

const excesses: readonly { readonly what: string; readonly spoil: Spoil; readonly names: RegExp }[] = [
  {
    what: "a header of 70 KB",
    spoil: ({ responseHeaders }) => responseHeaders.set("x-big", big),
    names: /70037 bytes.*8192.*sendMaxHeaderBytes.*"x-big"/,
  },
  {
    what: "a trailer of 70 KB",
    spoil: ({ responseTrailers }) => responseTrailers.set("x-big", big),
    names: /70037 bytes.*8192.*sendMaxHeaderBytes.*"x-big"/,
  },
  {
    what: "an error's metadata of 70 KB",
    spoil() {
      throw new ConnectError("aborted", "no", { metadata: { "x-big": big } });
    },
    names: /70037 bytes.*8192.*sendMaxHeaderBytes.*"x-big"/,
  },
  {
    what: "headers and trailers of 8193 bytes together",
    spoil({ responseHeaders, responseTrailers }) {
      responseHeaders.set("x-one", "v".repeat(4096 - 37));
      responseTrailers.set("x-two", "v".repeat(4097 - 37));
    },
    names: /8193 bytes.*8192.*"x-two"/,
  },
  {
    what: "101 fields",
    spoil({ responseHeaders }) {
      for (let i = 0; i < 101; i++) responseHeaders.append("x-many", "1");
    },
    names: /101 fields.*100.*"x-many"/,
  },
];

function spoiled(spoil: Spoil | undefined): Partial<PingServiceHandler> {
  return {
    ping(_request, context) {
      spoil?.(context);
      return { number: 2n };
    },
    async sum(requests, context) {
      for await (const _ of requests);
      spoil?.(context);
      return { sum: 2n };
    },
    async *countUp(_request, context) {
      spoil?.(context);
      yield { number: 2n };
    },
    async *cumSum(requests, context) {
      for await (const _ of requests);
      spoil?.(context);
      yield { sum: 2n };
    },
  };
}

describe.each(everywhere)("$name, a response with too much metadata", (combination) => {
  const kinds = kindsOfCalls.filter(({ kind }) => combination.pair.fullDuplex || kind !== "bidirectional");

  it.each(kinds)(
    "of a $kind call ends it with resource_exhausted, tells onError, and leaves the connection",
    async ({ run }) => {
      let spoil: Spoil | undefined;
      const told: ConnectError[] = [];
      const methods = spoiled((context) => spoil?.(context));
      const options = { onError: (error: unknown) => void told.push(error as ConnectError) };
      await using(connected(combination, methods, options), async ({ client }) => {
        for (const { names, spoil: excess } of excesses) {
          spoil = excess;
          const error = await rejection(run(client));
          expect([error.code, error.rawMessage]).toEqual(["resource_exhausted", expect.stringMatching(names)]);
          expect(told.splice(0).map(({ rawMessage }) => rawMessage)).toEqual([error.rawMessage]);
          spoil = undefined;
          expect(await run(client)).toBe(2n);
        }
      });
    },
  );

  it("but not more than the limit is sent, and a field may come twice, with spaces around its value", async () => {
    const methods = spoiled(({ responseHeaders, responseTrailers }) => {
      responseHeaders.append("retry-after", "1");
      responseHeaders.append("retry-after", "2");
      responseHeaders.append("etag", ' "a" ');
      responseTrailers.append("x-trailer", "v".repeat(8192 - 41 - 2 * 44 - 39));
    });
    await using(connected(combination, methods), async ({ client }) => {
      const { headers, trailers } = await client.ping({}).response;
      expect(headers.get("retry-after")).toBe("1, 2");
      expect(headers.get("etag")).toBe('"a"');
      expect(trailers.get("x-trailer")).toHaveLength(8192 - 41 - 2 * 44 - 39);
    });
  });
});

const overNetwork = everywhere.filter(({ pair }) => pair.network && !pair.name.startsWith("fetch"));
const ofServe = overNetwork.filter(({ pair }) => pair !== foreign);

describe.each(overNetwork)("$name, an error", (combination) => {
  it("whose details are too large for trailers still has an end", async () => {
    const detail = { typeName: "a.B", value: new Uint8Array(60_000) };
    const methods: Partial<PingServiceHandler> = {
      ping() {
        throw new ConnectError("aborted", "no", { details: [detail as never] });
      },
    };
    await using(connected(combination, methods, { onError: () => undefined }), async ({ client }) => {
      const { code } = await rejection(client.ping({}));
      expect(code).toBe(combination.protocol === "connect" ? "aborted" : "resource_exhausted");
    });
  });
});

describe.each(ofServe)("$name, a request with too much metadata", (combination) => {
  it.each([
    ["17 KB", { "x-big": "v".repeat(17_000) }],
    ["25 KB, of which Node's own limit does not speak", { "x-big": "v".repeat(25_000) }],
    ["150 fields", new HeaderMap(Array.from({ length: 150 }, (_, i) => [`x-${i}`, "1"] as const))],
  ])("of %s fails with resource_exhausted, and the next is served", async (_what, headers) => {
    await using(connected(combination), async ({ client }) => {
      const error = await rejection(client.ping({}, { headers }));
      expect([error.code, error.rawMessage]).toEqual(["resource_exhausted", expect.any(String)]);
      expect((await client.ping({ number: 2n })).number).toBe(2n);
    });
  });
});

/** Where the client has told the server what it takes. */
const tellsServer = ["h2c", "HTTP/2 with TLS", foreign.name];
const overHttp2 = everywhere.filter(({ pair }) => tellsServer.includes(pair.name));

describe.each(overHttp2)("$name, a response that is more than the client takes", (combination) => {
  it.each(kindsOfCalls)("of a $kind call ends it, and says so on both sides", async ({ run }) => {
    let spoil: Spoil | undefined;
    const told: ConnectError[] = [];
    const methods = spoiled((context) => spoil?.(context));
    const options = { onError: (error: unknown) => void told.push(error as ConnectError) };
    await using(connected(combination, methods, options, { maxHeaderBytes: 1500 }), async ({ client }) => {
      spoil = ({ responseHeaders }) => responseHeaders.set("x-big", "v".repeat(1463));
      const error = await rejection(run(client));
      const names = /^the response has \d+ bytes.*the client takes 1500: the largest field, "x-big", has 1500 bytes$/;
      expect([error.code, error.rawMessage]).toEqual(["resource_exhausted", expect.stringMatching(names)]);
      expect(told.map(({ rawMessage }) => rawMessage)).toEqual([error.rawMessage]);
      // Trailers in the body of a response are the client's own to refuse.
      spoil = ({ responseTrailers }) => responseTrailers.set("x-big", "v".repeat(1464));
      const ofTrailers = await rejection(run(client));
      expect([ofTrailers.code, ofTrailers.rawMessage]).toEqual(["resource_exhausted", expect.stringContaining("1500")]);
      spoil = undefined;
      expect(await run(client)).toBe(2n);
    });
  });

  it("and whose message is too large as well, is told of the metadata", async () => {
    const methods = spoiled(({ responseHeaders, responseTrailers }) => {
      for (const map of [responseHeaders, responseTrailers]) map.set("x-big", "v".repeat(1464));
    });
    const limits = { sendMaxBytes: 1 };
    await using(connected(combination, methods, limits, { maxHeaderBytes: 1500 }), async ({ client }) => {
      const { code, rawMessage } = await rejection(client.ping({}));
      expect([code, rawMessage]).toEqual(["resource_exhausted", expect.stringContaining("the client takes 1500")]);
    });
  });

  it.each([
    ["", {}, {}],
    [" under a CORS policy", { cors: cors({ origin: "https://page.test" }) }, { origin: "https://page.test" }],
  ])("by a few bytes is no reset either%s", async (_policy, options, headers) => {
    let size = 0;
    const methods = spoiled(({ responseHeaders }) => responseHeaders.set("x-big", "v".repeat(size)));
    await using(connected(combination, methods, options, { maxHeaderBytes: 2000 }), async ({ client }) => {
      const outcomes = new Set<string>();
      // In between is a head that is as large as the client takes.
      for (size = 1100; size <= 1970; size += 6) {
        const outcome = client.ping({ number: 2n }, { headers }).then(
          () => "ok",
          ({ code, rawMessage }: ConnectError) => `${code}: ${rawMessage.replace(/\d+ bytes.*, and/, "and")}`,
        );
        outcomes.add((await outcome).replace(/: the largest.*/, ""));
      }
      expect([...outcomes]).toEqual(["ok", "resource_exhausted: the response has and the client takes 2000"]);
    });
  });
});

it("a client that takes not even the error sees a reset, and onError hears of the response", async () => {
  const h2c = combinations.find(({ pair, protocol }) => pair.name === "h2c" && protocol === "grpc");
  const told: ConnectError[] = [];
  const options = { onError: (error: unknown) => void told.push(error as ConnectError) };
  await using(connected(h2c as (typeof combinations)[number], {}, options), async ({ baseUrl }) => {
    const session = http2.connect(baseUrl, { settings: { maxHeaderListSize: 50 } });
    const stream = session.request({
      ":method": "POST",
      ":path": "/ping.v1.PingService/CountUp",
      "content-type": "application/grpc+proto",
    });
    stream.on("error", () => undefined);
    stream.end(Buffer.alloc(5));
    await new Promise((resolve) => stream.once("close", resolve));
    session.close();
    expect(stream.rstCode).toBe(http2.constants.NGHTTP2_ENHANCE_YOUR_CALM);
    expect(told.map(({ rawMessage }) => rawMessage)).toEqual([expect.stringContaining("the client takes 50")]);
  });
});
