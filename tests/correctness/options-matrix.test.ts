import {
  binary,
  type Code,
  type ConnectError,
  connect,
  connectHandlerProtocol,
  createContextKey,
  createContextValues,
  grpc,
  grpcHandlerProtocol,
  grpcWeb,
  grpcWebHandlerProtocol,
  type HandlerContext,
  type Interceptor,
  json,
  snappy,
} from "@connect-ts/runtime";
import { createNodeTransport, gzip, type Server, serve } from "@connect-ts/runtime/node";
import { afterEach, describe, expect, it } from "@jest/globals";
import { pingService } from "../behaviour/ping-service.js";
import { createPingServiceClient, createPingServiceHandler } from "../gen/src/ping/v1/ping_connect.js";
import { pairwise, type Row } from "./option-rows.js";

const factors = {
  // Of transports.
  protocol: ["connect", "grpc", "grpc-web"],
  http: ["2", "1.1"],
  codec: [undefined, "json"],
  sendCompression: [undefined, "gzip", "snappy"],
  clientCompressMinBytes: [undefined, 0, 300],
  acceptCompression: [undefined, "none", "snappy"],
  clientReadMaxBytes: [undefined, 2000],
  clientSendMaxBytes: [undefined, 2500],
  clientMaxHeaderBytes: [undefined, 4000],
  clientStreamWindowBytes: [undefined, 700],
  clientConnectionWindowBytes: [undefined, 65_535],
  maxConnections: [undefined, 1],
  pingIntervalMs: [undefined, 20],
  connectTimeoutMs: [undefined, 5000],
  // Of clients and calls.
  clientHeader: [undefined, "client"],
  callHeader: [undefined, "call"],
  clientTimeoutMs: [undefined, 30_000],
  callTimeoutMs: [undefined, 20_000, Number.POSITIVE_INFINITY],
  parentTimeoutMs: [undefined, 15_000],
  clientInterceptors: [0, 2],
  values: [undefined, "given"],
  compress: [undefined, true, false],
  waitForReady: [undefined, true],
  // Of servers.
  protocols: [undefined, "that one", "others"],
  codecs: [undefined, "that one", "other"],
  compressions: [undefined, "none", "snappy"],
  serverCompressMinBytes: [undefined, 0, 300],
  serverReadMaxBytes: [undefined, 1500],
  serverSendMaxBytes: [undefined, 3000],
  sendMaxHeaderBytes: [undefined, 1000],
  sendMaxHeaderPairs: [undefined, 10],
  maxTimeoutMs: [undefined, 10_000],
  serverInterceptors: [0, 2],
  pathPrefix: [undefined, "/api"],
  serverMaxHeaderBytes: [undefined, 3000],
  serverStreamWindowBytes: [undefined, 900],
  maxConcurrentStreams: [undefined, 1],
  onError: [undefined, true],
} as const;
type Options = Row<typeof factors>;

const rows = pairwise(
  factors,
  (row) =>
    !(row.protocol === "grpc" && row.http === "1.1") && !(row.compress === true && row.sendCompression === undefined),
);
const named = { gzip: gzip(), snappy: snappy() };
const key = createContextKey("none");
const clientProtocols = { connect, grpc, "grpc-web": grpcWeb };
const handlerProtocols = {
  connect: connectHandlerProtocol,
  grpc: grpcHandlerProtocol,
  "grpc-web": grpcWebHandlerProtocol,
};

interface Seen {
  context: HandlerContext | undefined;
  timeoutMs: number | undefined;
  readonly client: string[];
  readonly server: string[];
  readonly errors: unknown[];
  compressed: boolean | undefined;
}

let close: (() => Promise<void>) | undefined;
afterEach(() => close?.());

async function start(row: Options) {
  const seen: Seen = {
    context: undefined,
    timeoutMs: undefined,
    client: [],
    server: [],
    errors: [],
    compressed: undefined,
  };
  const count = (list: string[], n: number): Interceptor[] =>
    Array.from({ length: n }, (_, i) => async (call, next) => {
      list.push(`${i} ${call.values.get(key)}`);
      await next();
    });
  const server: Server = await serve({
    host: "127.0.0.1",
    handlers: createPingServiceHandler({
      ...pingService(),
      ping(request, context) {
        seen.context = context;
        seen.timeoutMs = context.timeoutMs();
        for (let i = 0; i < request.delayMs; i++) context.responseHeaders.append("x-pair", "v");
        if (request.text === "metadata") context.responseHeaders.set("x-size", "v".repeat(Number(request.number)));
        if (request.text === "throws") throw new RangeError("not for clients");
        return { data: request.text === "answers" ? new Uint8Array(Number(request.number)) : request.data };
      },
    }),
    protocols: protocolsOf(row),
    codecs:
      row.codecs === undefined
        ? undefined
        : [(row.codecs === "that one") === (row.codec === "json") ? json() : binary()],
    compressions: row.compressions === undefined ? undefined : row.compressions === "none" ? [] : [named.snappy],
    compressMinBytes: row.serverCompressMinBytes,
    readMaxBytes: row.serverReadMaxBytes,
    sendMaxBytes: row.serverSendMaxBytes,
    sendMaxHeaderBytes: row.sendMaxHeaderBytes,
    sendMaxHeaderPairs: row.sendMaxHeaderPairs,
    maxTimeoutMs: row.maxTimeoutMs,
    interceptors: count(seen.server, row.serverInterceptors),
    pathPrefix: row.pathPrefix,
    maxHeaderBytes: row.serverMaxHeaderBytes,
    streamWindowBytes: row.serverStreamWindowBytes,
    maxConcurrentStreams: row.maxConcurrentStreams,
    onError: (error) => void (row.onError === true && seen.errors.push(error)),
  });
  const transport = createNodeTransport({
    baseUrl: `${server.url.replace("localhost", "127.0.0.1")}${row.pathPrefix ?? ""}`,
    protocol: clientProtocols[row.protocol](),
    http: row.http,
    codec: row.codec === "json" ? json() : undefined,
    sendCompression: row.sendCompression === undefined ? undefined : named[row.sendCompression],
    compressMinBytes: row.clientCompressMinBytes,
    acceptCompression:
      row.acceptCompression === undefined ? undefined : row.acceptCompression === "none" ? [] : [named.snappy],
    readMaxBytes: row.clientReadMaxBytes,
    sendMaxBytes: row.clientSendMaxBytes,
    maxHeaderBytes: row.clientMaxHeaderBytes,
    streamWindowBytes: row.clientStreamWindowBytes,
    connectionWindowBytes: row.clientConnectionWindowBytes,
    maxConnections: row.maxConnections,
    pingIntervalMs: row.pingIntervalMs,
    connectTimeoutMs: row.connectTimeoutMs,
  });
  close = async () => {
    close = undefined;
    transport.close?.();
    await server.close();
  };
  const look: Interceptor = async (call, next) => {
    call.onResponse((message, info) => {
      seen.compressed = info.compressed;
      return message;
    });
    await next();
  };
  const client = createPingServiceClient(transport, {
    headers: row.clientHeader === undefined ? undefined : { "x-header": row.clientHeader },
    timeoutMs: row.clientTimeoutMs,
    interceptors: [...count(seen.client, row.clientInterceptors), look],
  });
  const call = (request: Parameters<typeof client.ping>[0]) =>
    client.ping(request, {
      headers: row.callHeader === undefined ? undefined : { "x-header": row.callHeader },
      timeoutMs: row.callTimeoutMs,
      parent:
        row.parentTimeoutMs === undefined
          ? undefined
          : { signal: new AbortController().signal, timeoutMs: () => row.parentTimeoutMs },
      values: row.values === undefined ? undefined : createContextValues().set(key, row.values),
      compress: row.compress,
      waitForReady: row.waitForReady,
    });
  return { seen, call, server };
}

function protocolsOf({ protocols, protocol }: Options) {
  if (protocols === undefined) return undefined;
  const names = (Object.keys(handlerProtocols) as (keyof typeof handlerProtocols)[]).filter(
    (name) => (name === protocol) === (protocols === "that one"),
  );
  return names.map((name) => handlerProtocols[name]());
}

/** The code that a call ends with; nothing when it ends well. */
async function codeOf(call: PromiseLike<unknown>): Promise<Code | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    return (error as ConnectError).code;
  }
}

const least = (...values: readonly (number | undefined)[]): number =>
  Math.min(...values.map((value) => value ?? Number.POSITIVE_INFINITY));

/** Options that make each call fail at once. */
function refusal(row: Options): readonly Code[] | undefined {
  if (row.protocols === "others" || row.codecs === "other")
    return ["unimplemented", "unknown", "internal", "invalid_argument"];
  // gRPC announces its compression with each call, whether it is used or not.
  return isForeign(row) && (row.protocol !== "connect" || isCompressed(row, 100)) ? ["unimplemented"] : undefined;
}

/** The server does not have the compression of the client. */
function isForeign({ compressions, sendCompression }: Options): boolean {
  return sendCompression !== undefined && sendCompression !== (compressions ?? "gzip");
}

/** Whether a request of a size goes compressed. */
function isCompressed(row: Options, size: number): boolean {
  return row.sendCompression !== undefined && (row.compress ?? size >= (row.clientCompressMinBytes ?? 16_384));
}

it("the rows have each pair of values that can be", () => {
  expect(rows.length).toBeGreaterThan(8);
  for (const [name, values] of Object.entries(factors))
    for (const value of values) expect(rows.some((row) => row[name as keyof Options] === value)).toBe(true);
});

describe.each(rows.map((row, i) => ({ i, row })))("options, row $i", ({ row }) => {
  it("do what their pages say", async () => {
    const { seen, call } = await start(row);
    const refused = refusal(row);
    const first = await codeOf(call({ number: 1n, data: new Uint8Array(60) }));
    if (refused !== undefined) {
      expect(refused).toContain(first);
      return;
    }
    expect(first).toBeUndefined();
    const context = seen.context as HandlerContext;

    expect(context.peer.protocol).toBe(row.protocol);
    expect(context.peer.httpVersion).toBe(row.http);
    expect(context.requestHeaders.get("content-type")?.includes("json")).toBe(row.codec === "json");
    expect(context.requestHeaders.get("x-header")).toBe(row.callHeader ?? row.clientHeader ?? null);
    expect(context.url.includes("/api/ping.v1")).toBe(row.pathPrefix === "/api");
    expect(context.requestCompressed).toBe(isCompressed(row, row.codec === "json" ? 95 : 64));
    const given = row.values ?? "none";
    expect(seen.client).toEqual(row.clientInterceptors === 2 ? [`0 ${given}`, `1 ${given}`] : []);
    expect(seen.server).toEqual(row.serverInterceptors === 2 ? ["0 none", "1 none"] : []);

    const deadline = least(row.callTimeoutMs ?? row.clientTimeoutMs, row.parentTimeoutMs, row.maxTimeoutMs);
    if (deadline === Number.POSITIVE_INFINITY) expect(seen.timeoutMs).toBeUndefined();
    else {
      expect(seen.timeoutMs).toBeLessThanOrEqual(deadline);
      expect(seen.timeoutMs).toBeGreaterThan(deadline - 4000);
    }

    if (isForeign(row)) return;
    await call({ data: new Uint8Array(400) });
    const offered = row.compressions ?? "gzip";
    const accepted = row.acceptCompression ?? "gzip";
    const minBytes = row.serverCompressMinBytes ?? Number.POSITIVE_INFINITY;
    expect(seen.compressed).toBe(offered !== "none" && offered === accepted && minBytes <= 400);
  });

  it("bound what is sent and taken", async () => {
    const { seen, call } = await start(row);
    if (refusal(row) !== undefined || isForeign(row)) return;
    const requests = least(row.clientSendMaxBytes, row.serverReadMaxBytes);
    const responses = least(row.serverSendMaxBytes, row.clientReadMaxBytes);
    // JSON is larger than its bytes, by a third.
    const fits = (limit: number): number => Math.floor(Math.min(limit, 6000) / 2);
    expect(
      await codeOf(call({ text: "other", data: new Uint8Array(fits(least(requests, responses))) })),
    ).toBeUndefined();
    if (requests < 6000) {
      expect(await codeOf(call({ data: new Uint8Array(requests) }))).toBe("resource_exhausted");
    }
    expect(await codeOf(call({ text: "answers", number: BigInt(fits(responses)) }))).toBeUndefined();
    if (responses < 6000) {
      expect(await codeOf(call({ text: "answers", number: BigInt(responses) }))).toBe("resource_exhausted");
    }

    const metadata = least(row.sendMaxHeaderBytes, row.clientMaxHeaderBytes, 8192);
    expect(await codeOf(call({ text: "metadata", number: BigInt(metadata - 700) }))).toBeUndefined();
    expect(await codeOf(call({ text: "metadata", number: BigInt(metadata) }))).toBe("resource_exhausted");
    expect(await codeOf(call({ delayMs: 8 }))).toBeUndefined();
    expect(await codeOf(call({ delayMs: 12 }))).toBe(
      row.sendMaxHeaderPairs === undefined ? undefined : "resource_exhausted",
    );

    seen.errors.length = 0;
    expect(await codeOf(call({ text: "throws" }))).toBe("internal");
    expect(seen.errors).toEqual(row.onError === true ? [new RangeError("not for clients")] : []);

    // Many at a time, whatever there is room for.
    const many = await Promise.all(Array.from({ length: 5 }, () => codeOf(call({ number: 1n }))));
    expect(many).toEqual(Array(5).fill(undefined));
  });
});
