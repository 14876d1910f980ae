import http from "node:http";
import {
  type Codec,
  type Compression,
  connect,
  grpc,
  grpcWeb,
  type ServiceHandler,
  snappy,
  type Transport,
} from "@connect-ts/runtime";
import { createFetchTransport, fetchHandler } from "@connect-ts/runtime/fetch";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import {
  brotli,
  createNodeTransport,
  deflate,
  gzip,
  hasZstd,
  nodeHandler,
  serve,
  zstd,
} from "@connect-ts/runtime/node";
import { type ClientProtocol, createRouter, type RouterOptions } from "@connect-ts/runtime/transport";
import { testCertificates } from "../setup/certificates.js";

/** All compressions that this platform has. */
export const compressions: readonly Compression[] = [
  gzip(),
  brotli(),
  deflate(),
  snappy(),
  ...(hasZstd ? [zstd()] : []),
];

/** What a client of a pair is made with. */
export interface ClientSetup {
  readonly protocol?: ClientProtocol;
  readonly codec?: Codec;
  readonly sendCompression?: Compression;
  readonly acceptCompression?: readonly Compression[];
  readonly compressMinBytes?: number;
  readonly readMaxBytes?: number;
  readonly decodedMaxBytes?: number;
  readonly sendMaxBytes?: number;
  /** On transports of Node. */
  readonly maxHeaderBytes?: number;
  readonly allowHalfDuplexBidiOverHttp1?: boolean;
}

/** A server that runs, and how to reach it. */
export interface Running {
  readonly baseUrl: string;
  transport(setup?: ClientSetup): Transport;
  close(): Promise<void>;
}

/** Our protocols. */
export type Protocol = "connect" | "grpc" | "grpc-web";

/** A kind of client and server that can talk to each other. */
export interface Pair {
  readonly name: string;
  readonly protocols: readonly Protocol[];
  /** Bidirectional streams flow both ways at the same time. */
  readonly fullDuplex: boolean;
  /** There is a network, with connections that can break. */
  readonly network: boolean;
  start(service: ServiceHandler, options?: RouterOptions): Promise<Running>;
}

export const protocols: { readonly [Name in Protocol]: () => ClientProtocol } = {
  connect: () => connect(),
  grpc: () => grpc(),
  "grpc-web": () => grpcWeb(),
};

async function nodePair(
  service: ServiceHandler,
  options: RouterOptions,
  version: "1.1" | "2",
  tls: boolean,
): Promise<Running> {
  const certificates = tls ? testCertificates() : undefined;
  const server = await serve({
    handlers: [service],
    host: "127.0.0.1",
    allowHalfDuplexBidiOverHttp1: true,
    ...options,
    tls: certificates?.server,
  });
  const baseUrl = `${tls ? "https" : "http"}://localhost:${server.port}`;
  const transports: Transport[] = [];
  return {
    baseUrl,
    transport(setup = {}) {
      const transport = createNodeTransport({
        baseUrl: `${tls ? "https" : "http"}://127.0.0.1:${server.port}`,
        http: version,
        tls: { ca: certificates?.ca },
        allowHalfDuplexBidiOverHttp1: version === "1.1",
        ...setup,
      });
      transports.push(transport);
      return transport;
    },
    async close() {
      for (const transport of transports) transport.close?.();
      await server.close();
    },
  };
}

const all: readonly Protocol[] = ["connect", "grpc", "grpc-web"];
const withoutTrailers: readonly Protocol[] = ["connect", "grpc-web"];

/** Every combination of client and server that the packages offer. */
export const pairs: readonly Pair[] = [
  {
    name: "HTTP/1.1",
    protocols: withoutTrailers,
    fullDuplex: false,
    network: true,
    start: (service, options = {}) => nodePair(service, options, "1.1", false),
  },
  {
    name: "h2c",
    protocols: all,
    fullDuplex: true,
    network: true,
    start: (service, options = {}) => nodePair(service, options, "2", false),
  },
  {
    name: "HTTP/2 with TLS",
    protocols: all,
    fullDuplex: true,
    network: true,
    start: (service, options = {}) => nodePair(service, options, "2", true),
  },
  {
    name: "in-process",
    protocols: all,
    fullDuplex: true,
    network: false,
    async start(service, options = {}) {
      const router = createRouter(service, options);
      return {
        baseUrl: "",
        transport: (setup = {}) => createInProcessTransport(router, setup),
        close: async () => undefined,
      };
    },
  },
  {
    name: "fetch client to a Node server",
    protocols: withoutTrailers,
    fullDuplex: false,
    network: true,
    async start(service, options = {}) {
      const server = http.createServer(nodeHandler([service], { allowHalfDuplexBidiOverHttp1: true, ...options }));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as { port: number };
      const baseUrl = `http://127.0.0.1:${port}`;
      return {
        baseUrl,
        transport: (setup = {}) => createFetchTransport({ baseUrl, allowHalfDuplexBidiOverHttp1: true, ...setup }),
        close: () =>
          new Promise((resolve) => {
            server.close(() => resolve());
            server.closeAllConnections();
          }),
      };
    },
  },
  {
    name: "fetch handler",
    protocols: withoutTrailers,
    fullDuplex: true,
    network: false,
    async start(service, options = {}) {
      const handler = fetchHandler([service], options);
      return {
        baseUrl: "http://fetch.test",
        transport: (setup = {}) =>
          createFetchTransport({
            baseUrl: "http://fetch.test",
            fetch: async (input, init) => inflated(await handler(new Request(input, init))),
            duplex: "full",
            ...setup,
          }),
        close: async () => undefined,
      };
    },
  },
];

/** What every `fetch` does, and a handler called in its place does not: undo the response's content coding. */
async function inflated(response: Response): Promise<Response> {
  const compression = compressions.find(({ name }) => name === response.headers.get("content-encoding"));
  if (compression === undefined || compression.name === "snappy") return response;
  const body = await compression.decompress(new Uint8Array(await response.arrayBuffer()), 2 ** 30);
  return new Response(body.slice(), response);
}
