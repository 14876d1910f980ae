import { connect, connectHandlerProtocol, grpc, json } from "@connect-ts/runtime";
import * as fetchDoor from "@connect-ts/runtime/fetch";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import * as node from "@connect-ts/runtime/node";
import { createRoute, createRouter, createTransport } from "@connect-ts/runtime/transport";
import { describe, expect, it } from "@jest/globals";
import {
  createPingServiceClient,
  createPingServiceHandler,
  pingServiceSpecs,
} from "../gen/src/ping/v1/ping_connect.js";
import { pingService } from "./ping-service.js";

type Options = { readonly [name: string]: unknown };

const baseUrl = "http://localhost:1";
const service = createPingServiceHandler(pingService());
const http = node.createNodeHttpClient({ baseUrl });

/** Every factory, with options that are good. Their types do not matter here: this is what JavaScript can do. */
const factories: { readonly [name: string]: (options: Options) => unknown } = {
  createNodeTransport: (options) => node.createNodeTransport({ baseUrl, ...options }),
  createNodeHttpClient: (options) => node.createNodeHttpClient({ baseUrl, ...options }),
  createFetchTransport: (options) => fetchDoor.createFetchTransport({ baseUrl, ...options }),
  createFetchHttpClient: (options) => fetchDoor.createFetchHttpClient({ baseUrl, ...options }),
  createFetchRpc: (options) => fetchDoor.createFetchRpc(pingServiceSpecs.ping, { baseUrl, ...options }),
  createInProcessTransport: (options) => createInProcessTransport(service, options),
  createTransport: (options) => createTransport({ baseUrl, http, ...options }),
  createRouter: (options) => createRouter(service, options),
  serve: async (options) => {
    const started = await node.serve({ handlers: service, host: "127.0.0.1", ...options });
    await started.close();
  },
  drain: async (options) => {
    const started = await node.serve({ handlers: service, host: "127.0.0.1" });
    await started.drain(options).finally(() => started.close());
  },
  nodeHandler: (options) => node.nodeHandler([service], options),
  fetchHandler: (options) => fetchDoor.fetchHandler([service], options),
  createRoute: (options) => createRoute("GET", "/x", () => ({ status: 204 }), options),
  cors: (options) => fetchDoor.cors({ origin: "https://a.example", ...options }),
  "the handler of ping.v1.PingService": (options) => createPingServiceHandler(pingService(), options),
  "what perMethod gives for /ping.v1.PingService/Ping": (options) =>
    createRouter(service, { perMethod: ({ procedure }) => (procedure.endsWith("/Ping") ? options : {}) }),
  "a client": (options) => createPingServiceClient(createTransport({ baseUrl, http }), options),
  connect: (options) => connect(options),
  connectHandlerProtocol: (options) => connectHandlerProtocol(options),
  useHttpGet: (useHttpGet) => connect({ useHttpGet }),
  json: (options) => json(options),
  gzip: (options) => node.gzip(options),
  deflate: (options) => node.deflate(options),
  brotli: (options) => node.brotli(options),
  ...(node.hasZstd ? { zstd: (options: Options) => node.zstd(options) } : undefined),
};

/** What a factory says to options: its error, or `undefined`. */
async function answer(factory: string, options: Options): Promise<Error | undefined> {
  try {
    await factories[factory]?.(options);
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

type Row = readonly [option: string, unit: string, min: number, max: number, or?: number];

const maxTime = 2 ** 31 - 1;
const sizes = (...names: string[]): Row[] => names.map((name) => [name, "whole number of bytes", 0, 2 ** 32 - 1]);
const times = (...names: string[]): Row[] => names.map((name) => [name, "number of milliseconds", 1, maxTime]);
const endlessTimes = (...names: string[]): Row[] =>
  names.map((name) => [name, "number of milliseconds", 1, maxTime, Number.POSITIVE_INFINITY]);
const whole = (name: string, of: string, min: number, max: number): Row => [name, `whole number${of}`, min, max];

const memory: Row = ["decodedMaxBytes", "number of bytes", 0, Number.POSITIVE_INFINITY];
const transport = [...sizes("readMaxBytes", "sendMaxBytes", "compressMinBytes"), memory];
const method: Row[] = [
  ...sizes("readMaxBytes", "sendMaxBytes", "sendMaxHeaderBytes", "compressMinBytes"),
  whole("sendMaxHeaderPairs", " of fields", 0, 65_535),
  memory,
  ["maxTimeoutMs", "number of milliseconds", 1, Number.POSITIVE_INFINITY],
];
const windows = [
  whole("streamWindowBytes", " of bytes", 1, maxTime),
  whole("connectionWindowBytes", " of bytes", 65_535, maxTime),
  whole("maxHeaderBytes", " of bytes", 1, maxTime),
  whole("maxHeaderPairs", " of header fields", 4, 65_535),
];
const nodeClient: readonly Row[] = [
  ...times("connectTimeoutMs", "pingTimeoutMs"),
  ["connectionAttemptDelayMs", "number of milliseconds", 10, maxTime],
  ...endlessTimes("idleTimeoutMs", "pingIntervalMs", "maxConnectionAgeMs"),
  whole("maxConnections", " of connections", 1, 65_535),
  ...windows,
];
const pace = whole("requestMinBytesPerSecond", " of bytes a second", 0, maxTime);
const timeoutMs: Row = ["timeoutMs", "number of milliseconds", 0, Number.POSITIVE_INFINITY];

const numbers: { readonly [factory: string]: readonly Row[] } = {
  createNodeTransport: [...transport, ...nodeClient],
  createNodeHttpClient: nodeClient,
  createFetchTransport: transport,
  createFetchRpc: [...sizes("readMaxBytes"), memory, timeoutMs],
  createInProcessTransport: transport,
  createTransport: transport,
  createRouter: method,
  "what perMethod gives for /ping.v1.PingService/Ping": method,
  "the handler of ping.v1.PingService": method,
  fetchHandler: method,
  nodeHandler: [...method, ...times("stalledWriterTimeoutMs"), ...endlessTimes("requestIdleTimeoutMs"), pace],
  serve: [
    ...method,
    ...times("headersTimeoutMs", "settingsTimeoutMs", "stalledWriterTimeoutMs", "keepaliveTimeoutMs"),
    ...endlessTimes("idleTimeoutMs", "requestIdleTimeoutMs", "keepaliveIntervalMs", "maxConnectionAgeMs"),
    ["maxConnectionAgeGraceMs", "number of milliseconds", 0, maxTime, Number.POSITIVE_INFINITY],
    pace,
    whole("maxConcurrentStreams", " of calls", 1, maxTime),
    whole("maxConnectionBytes", " of bytes", 1, 2 ** 32 - 1),
    ...windows,
  ],
  drain: [
    ["graceMs", "number of milliseconds", 0, maxTime, Number.POSITIVE_INFINITY],
    ["lingerMs", "number of milliseconds", 0, maxTime],
    ["noticeMs", "number of milliseconds", 0, maxTime],
  ],
  createRoute: sizes("maxBytes"),
  cors: [whole("maxAgeSeconds", " of seconds", 0, maxTime)],
  "a client": [timeoutMs, ...sizes("replayBytes")],
  useHttpGet: sizes("maxUrlBytes"),
  json: [whole("prettySpaces", " of spaces", 0, 10), whole("recursionLimit", "", 1, maxTime)],
  gzip: [whole("level", "", 1, 9)],
  deflate: [whole("level", "", 1, 9)],
  brotli: [whole("quality", "", 0, 11)],
  ...(node.hasZstd ? { zstd: [whole("level", "", 1, 22)] } : undefined),
};

const rows = Object.entries(numbers).flatMap(([factory, own]) =>
  own.map(([option, unit, min, max, or]) => [factory, option, unit, min, max, or] as const),
);

describe("a number among the options", () => {
  it.each(rows)("of %s: %s is checked", async (factory, option, unit, min, max, or) => {
    const range = `a ${unit} from ${min} to ${max}${or === undefined ? "" : ` or ${or}`}`;
    const bad: unknown[] = [Number.NaN, -1, Number.NEGATIVE_INFINITY, min - 1, "4MB", "100", null, 1n, {}];
    if (max !== Number.POSITIVE_INFINITY) bad.push(max + 1);
    if (max !== Number.POSITIVE_INFINITY && or === undefined) bad.push(Number.POSITIVE_INFINITY);
    if (unit.startsWith("whole")) bad.push(min + 0.5);
    for (const value of bad) {
      const error = await answer(factory, { [option]: value });
      const given =
        typeof value === "string" ? `"${value}"` : typeof value === "object" && value !== null ? "object" : value;
      expect(error?.message).toBe(`${option} of ${factory} must be ${range}, not ${given}`);
      expect(error?.constructor.name).toBe(typeof value === "number" ? "RangeError" : "TypeError");
    }
    const good = [undefined, min, ...(unit.startsWith("whole") ? [] : [301, 301.5]), or ?? max];
    // A loop of zero milliseconds would be a long test, and an endless grace an endless one.
    for (const value of factory === "drain" ? [undefined, 0] : good) {
      expect(await answer(factory, { [option]: value })).toBeUndefined();
    }
  });

  it("of serve: port is checked", async () => {
    for (const port of [-1, 65_536, Number.NaN, 0.5]) {
      const error = await answer("serve", { port });
      expect(error).toEqual(new RangeError(`port of serve must be a whole number from 0 to 65535, not ${port}`));
    }
    expect(await answer("serve", { port: "8080" })).toBeInstanceOf(TypeError);
  });

  it("of every factory is in this test", () => {
    const named =
      /(Ms|Bytes|PerSecond|Pairs|Seconds|maxConnections|maxConcurrentStreams|port|level|quality|Spaces|Limit)$/;
    return Promise.all(
      Object.keys(factories).map(async (factory) => {
        const known = await knownOptions(factory);
        const tested = (numbers[factory] ?? []).map(([option]) => option);
        const numeric = known.filter((name) => named.test(name) && name !== "port");
        expect([factory, ...tested.sort()]).toEqual([factory, ...numeric.sort()]);
      }),
    );
  });
});

/** The options that a factory says it has. */
async function knownOptions(factory: string): Promise<string[]> {
  const { message = "" } = (await answer(factory, { nope: 1 })) ?? {};
  const text = `${factory} has no option "nope": it has `;
  expect(message.slice(0, text.length)).toBe(text);
  return message.slice(text.length).split(", ");
}

describe("other options", () => {
  it.each<[factory: string, options: Options, message: string]>([
    [
      "createNodeTransport",
      { protocol: grpc },
      "protocol of createNodeTransport must be a protocol: connect(), grpc() or grpcWeb(), not function",
    ],
    ["createNodeTransport", { protocol: "grpc" }, 'must be a protocol: connect(), grpc() or grpcWeb(), not "grpc"'],
    [
      "createNodeTransport",
      { codec: "json" },
      'codec of createNodeTransport must be a codec: binary() or json(), not "json"',
    ],
    ["createNodeTransport", { http: "3" }, 'http of createNodeTransport must be "1.1" or "2" or "auto", not "3"'],
    ["createNodeTransport", { http: 2 }, 'must be "1.1" or "2" or "auto", not 2'],
    ["createNodeTransport", { agent: true }, "agent of createNodeTransport must be an http.Agent, not true"],
    ["createNodeTransport", { tls: true }, "tls of createNodeTransport must be of type object, not true"],
    ["createNodeTransport", { baseUrl: 80 }, "baseUrl of createNodeTransport must be of type string, not 80"],
    ["createNodeTransport", { acceptCompression: node.gzip() }, "must be a list of compressions, not object"],
    ["createNodeTransport", { acceptCompression: [node.gzip] }, "must be a list of compressions, not object"],
    [
      "createFetchTransport",
      { sendCompression: "gzip" },
      'sendCompression of createFetchTransport must be a compression: gzip() or another, not "gzip"',
    ],
    ["createFetchTransport", { fetch: {} }, "fetch of createFetchTransport must be of type function, not object"],
    ["createFetchTransport", { duplex: true }, 'duplex of createFetchTransport must be "half" or "full", not true'],
    ["createFetchRpc", { codec: "json" }, 'codec of createFetchRpc must be of type object, not "json"'],
    ["json", { registry: {} }, "registry of json must be a registry: createRegistry(...), not object"],
    ["json", { enumAsInteger: 1 }, "enumAsInteger of json must be of type boolean, not 1"],
    ["createTransport", { http: {} }, "http of createTransport must be an HttpClient, not object"],
    [
      "serve",
      { interceptors: async () => undefined },
      "interceptors of serve must be a list of functions, not function",
    ],
    ["serve", { protocols: "grpc" }, "the option protocols must be a list such as [connectHandlerProtocol()"],
    ["serve", { pathPrefix: 1 }, "pathPrefix of serve must be of type string, not 1"],
    ["serve", { codecs: ["json"] }, "codecs of serve must be a list of codecs, such as [binary(), json()], not object"],
    ["serve", { fallback: {} }, "fallback of serve must be of type function, not object"],
    ["serve", { fallback: "x" }, 'fallback of serve must be of type function, not "x"'],
    [
      "connectHandlerProtocol",
      { requireConnectProtocolHeader: 1 },
      "requireConnectProtocolHeader of connectHandlerProtocol must be of type boolean, not 1",
    ],
    ["nodeHandler", { fallback: {} }, "fallback of nodeHandler must be of type function, not object"],
    ["fetchHandler", { fullDuplex: "yes" }, 'fullDuplex of fetchHandler must be of type boolean, not "yes"'],
    ["a client", { interceptors: [undefined] }, "interceptors of a client must be a list of functions, not object"],
    ["a client", { headers: "a: b" }, 'headers of a client must be of type object, not "a: b"'],
    ["connect", null as never, "the options of connect must be of type object, not null"],
    ["connect", { useHttpGet: null }, "useHttpGet of connect must be left out or have a value, not null"],
    ["connect", { useHttpGet: "yes" }, 'useHttpGet of connect must be of type boolean, not "yes"'],
    ["useHttpGet", { fallbackToPost: 0 }, "fallbackToPost of useHttpGet must be of type boolean, not 0"],
    [
      "cors",
      { requestHeaders: "authorization" },
      'requestHeaders of cors must be a list of names, not "authorization"',
    ],
    ["cors", { credentials: "include" }, 'credentials of cors must be of type boolean, not "include"'],
    ["what perMethod gives for /ping.v1.PingService/Ping", { onError: 1 }, "must be of type function, not 1"],
  ])("%s(%p) is refused", async (factory, options, message) => {
    const error = await answer(factory, options);
    expect(error).toBeInstanceOf(TypeError);
    expect(error?.message).toContain(message);
  });

  it("that are a promise of them are not ignored", () => {
    const perMethod = (() => Promise.resolve({ readMaxBytes: 1 })) as never;
    expect(() => createRouter(service, { perMethod })).toThrow("must be options, not a promise of them");
  });
});

describe("an option in the wrong place", () => {
  const toClient = (name: string): string => `give it to a client: createXxxClient(transport, { ${name} })`;

  it.each<[factory: string, option: string, where: string]>([
    ["createNodeTransport", "interceptors", toClient("interceptors")],
    ["createNodeTransport", "timeoutMs", toClient("timeoutMs")],
    ["createNodeTransport", "duplex", "it is one of createFetchTransport"],
    ["createFetchTransport", "headers", toClient("headers")],
    ["createTransport", "replayBytes", toClient("replayBytes")],
    [
      "createInProcessTransport",
      "interceptors",
      "those of clients go to createXxxClient(transport, { interceptors }), those of handlers to { router: { interceptors } } here",
    ],
    ["createInProcessTransport", "onError", "give it to the handlers: { router: { onError } }"],
    ["createInProcessTransport", "timeoutMs", toClient("timeoutMs")],
    ["createInProcessTransport", "baseUrl", "there is no address in a process"],
    ["a client", "baseUrl", "give it to the transport: createNodeTransport({ baseUrl })"],
    ["a client", "readMaxBytes", "give it to the transport: createNodeTransport({ readMaxBytes })"],
    ["a client", "signal", "give it to a call: client.method(request, { signal })"],
    [
      "the handler of ping.v1.PingService",
      "port",
      "give it to the server: serve({ port }), nodeHandler() or fetchHandler()",
    ],
    [
      "serve",
      "requireConnectProtocolHeader",
      "it is one of a protocol: { protocols: [connectHandlerProtocol({ requireConnectProtocolHeader })] }",
    ],
    ["serve", "context", "it is the service's: createXxxHandler(implementation, { context })"],
    [
      "what perMethod gives for /ping.v1.PingService/Ping",
      "context",
      "it is an option beside perMethod, not of one RPC",
    ],
  ])("%s: %s is told where it belongs", async (factory, option, where) => {
    const error = await answer(factory, { [option]: () => undefined });
    expect(error).toEqual(new TypeError(`${factory} has no option "${option}": ${where}`));
  });

  it("of a router that was given to createInProcessTransport is refused", () => {
    const router = createRouter(service);
    expect(() => createInProcessTransport(router, { router: {} })).toThrow("a router, which has its options already");
  });

  it.each(Object.keys(factories))("%s lists its options when there is no such option at all", async (factory) => {
    expect((await knownOptions(factory)).length).toBeGreaterThan(0);
  });

  it.each([null, 1, "x"])("cannot be looked for in %j", (options) => {
    const word = typeof options === "string" ? '"x"' : String(options);
    const text = (owner: string): string => `the options of ${owner} must be of type object, not ${word}`;
    expect(() => node.createNodeTransport(options as never)).toThrow(text("createNodeTransport"));
    expect(() => node.nodeHandler(service, options as never)).toThrow(text("nodeHandler"));
    expect(() => node.gzip(options as never)).toThrow(text("gzip"));
    expect(() => createPingServiceHandler(pingService(), options as never)).toThrow(
      text("the handler of ping.v1.PingService"),
    );
  });
});

describe("what is no service, no transport, no implementation", () => {
  const made = "must be a service or a route: what createXxxHandler(implementation) or createRoute() makes";

  it.each<[string, unknown, string]>([
    ["nothing", undefined, `handlers ${made}, not undefined`],
    ["a raw implementation", pingService(), `handlers ${made}, not object`],
    ["a list with a raw implementation", [service, pingService()], `handlers[1] ${made}, not object`],
    ["a list with nothing", [undefined], `handlers[0] ${made}, not undefined`],
    ["what makes a handler", createPingServiceHandler, `handlers ${made}, not function`],
  ])("%s is refused as a service", async (_what, handlers, message) => {
    const services = handlers as never;
    await expect(node.serve({ handlers: services })).rejects.toThrow(new TypeError(message));
    for (const make of [node.nodeHandler, fetchDoor.fetchHandler, createRouter, createInProcessTransport] as ((
      services: never,
    ) => unknown)[]) {
      expect(() => make(services)).toThrow(new TypeError(message));
    }
  });

  it("is refused as a transport, with a hint", () => {
    const text = "the transport of a client must be what createNodeTransport() or the like makes, not ";
    for (const [given, name] of [
      [undefined, "undefined"],
      [{ baseUrl }, "object"],
      [node.createNodeTransport, "function"],
    ]) {
      expect(() => createPingServiceClient(given as never)).toThrow(new TypeError(`${text}${name as string}`));
    }
  });

  it("is refused as an implementation", () => {
    const text = "the implementation of ping.v1.PingService must be of type object, not undefined";
    expect(() => createPingServiceHandler(undefined as never)).toThrow(new TypeError(text));
  });
});

describe("a baseUrl with what requests would not have", () => {
  const takers = Object.keys(factories).filter((name) => /^create(Node|Fetch)|^createTransport$/.test(name));

  describe.each([
    "https://ada:secret@a.example",
    "https://secret@a.example",
    "https://a.example?key=secret",
    "https://a.example/api?key=secret",
    "https://a.example/#secret",
  ])("%s", (url) => {
    it.each(takers)("is refused by %s, in a text without its secret", async (name) => {
      expect(await answer(name, { baseUrl: url })).toEqual(
        new TypeError("baseUrl must have no credentials, query or fragment: credentials go in headers"),
      );
    });
  });
});
