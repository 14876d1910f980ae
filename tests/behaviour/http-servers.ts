import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import type { AddressInfo, Server } from "node:net";
import type { ServiceHandler } from "@connect-ts/runtime";
import { type FetchHandlerOptions, fetchHandler } from "@connect-ts/runtime/fetch";
import { type NodeHandlerOptions, nodeHandler, type ServeOptions, serve } from "@connect-ts/runtime/node";
import type { Route } from "@connect-ts/runtime/transport";
import { testCertificates } from "../setup/certificates.js";

/** A request that is no RPC. */
export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers?: { readonly [name: string]: string };
  /** Sent piece by piece. */
  readonly body?: readonly (string | Uint8Array)[];
  /** Aborts the request. */
  readonly signal?: AbortSignal;
  /** Is told of each piece of the response. */
  readonly onData?: (piece: Buffer) => void;
  /** Over HTTP/2 the client says so; over HTTP/1.1 there is no such setting. */
  readonly takesHeaderBytes?: number;
}

export interface Received {
  readonly status: number;
  /** By lower-case names, repeated ones joined. */
  readonly headers: { readonly [name: string]: string };
  readonly text: string;
}

/** A server that runs, and how to send it a request. */
export interface Running {
  send(request: Sent): Promise<Received>;
  close(): Promise<void>;
}

type Handlers = readonly (ServiceHandler | Route)[];
/** What all adapters take. */
export type SharedOptions = Omit<ServeOptions & NodeHandlerOptions & FetchHandlerOptions, "fallback" | "handlers">;
type Start = (handlers: Handlers, options?: SharedOptions) => Promise<Running>;

/** Adapters and HTTP versions, with and without TLS: for `describe.each`. */
export const servers: readonly (readonly [name: string, start: Start])[] = [
  ["serve() over HTTP/1.1", (handlers, options) => ours(handlers, options, "http:", sendH1)],
  ["serve() over HTTP/2", (handlers, options) => ours(handlers, options, "http:", sendH2)],
  ["serve() over TLS and HTTP/1.1", (handlers, options) => ours(handlers, options, "https:", sendH1)],
  ["serve() over TLS and HTTP/2", (handlers, options) => ours(handlers, options, "https:", sendH2)],
  [
    "nodeHandler() over HTTP/1.1",
    (handlers, options) => listen(http.createServer(nodeHandler(handlers, options)), "http:", sendH1),
  ],
  [
    "nodeHandler() over HTTP/2",
    (handlers, options) => listen(http2.createServer(nodeHandler(handlers, options)), "http:", sendH2),
  ],
  [
    "nodeHandler() over TLS and HTTP/2",
    async (handlers, options) => {
      const { server: serverPair } = testCertificates();
      return listen(http2.createSecureServer(serverPair, nodeHandler(handlers, options)), "https:", sendH2);
    },
  ],
  ["fetchHandler()", inFetch],
];

async function ours(
  handlers: Handlers,
  options: SharedOptions | undefined,
  scheme: "http:" | "https:",
  send: Send,
): Promise<Running> {
  const tls = scheme === "https:" ? { tls: testCertificates().server } : {};
  const server = await serve({ ...options, ...tls, handlers, host: "127.0.0.1" });
  return { send: (request) => send(scheme, server.port, request), close: () => server.close() };
}

async function listen(
  server: Server & { closeAllConnections?: () => void },
  scheme: "http:" | "https:",
  send: Send,
): Promise<Running> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    send: (request) => send(scheme, port, request),
    close() {
      server.closeAllConnections?.();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

type Send = (scheme: "http:" | "https:", port: number, request: Sent) => Promise<Received>;

function sendH1(scheme: "http:" | "https:", port: number, request: Sent): Promise<Received> {
  const { method, path, headers, body = [], signal, onData } = request;
  const options = { host: "127.0.0.1", port, method, path, headers, agent: false, signal, rejectUnauthorized: false };
  return new Promise((resolve, reject) => {
    const sent = (scheme === "https:" ? https : http).request(options as http.RequestOptions, (response) => {
      collect(response, onData).then(
        (text) => resolve({ status: response.statusCode ?? 0, headers: joined(response.headers), text }),
        reject,
      );
    });
    sent.on("error", reject);
    for (const piece of body) sent.write(piece);
    sent.end();
  });
}

function sendH2(scheme: "http:" | "https:", port: number, request: Sent): Promise<Received> {
  const { method, path, headers, body = [], signal, onData, takesHeaderBytes } = request;
  const settings = takesHeaderBytes === undefined ? {} : { maxHeaderListSize: takesHeaderBytes };
  const session = http2.connect(`${scheme}//127.0.0.1:${port}`, { rejectUnauthorized: false, settings });
  return new Promise<Received>((resolve, reject) => {
    session.on("error", reject);
    const stream = session.request(
      { ":method": method, ":path": path, ...headers },
      { endStream: body.length === 0, ...(signal === undefined ? {} : { signal }) },
    );
    stream.on("error", reject);
    stream.on("response", (head) => {
      const { ":status": status = 0, ...fields } = head;
      collect(stream, onData).then((text) => resolve({ status, headers: joined(fields), text }), reject);
    });
    for (const piece of body) stream.write(piece);
    if (body.length > 0) stream.end();
    // Node 20's client, with a body that it could not send, waits for more than the answer when it is only closed.
  }).finally(() => session.destroy());
}

async function collect(stream: AsyncIterable<Buffer>, onData?: (piece: Buffer) => void): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) {
    pieces.push(piece);
    onData?.(piece);
  }
  return Buffer.concat(pieces).toString();
}

function joined(headers: http.IncomingHttpHeaders): { [name: string]: string } {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().join(", ")]));
}

async function inFetch(handlers: Handlers, options?: SharedOptions): Promise<Running> {
  const handler = fetchHandler(handlers, options);
  return {
    async send({ method, path, headers = {}, body, signal, onData }) {
      const init = {
        method,
        headers,
        ...(signal === undefined ? {} : { signal }),
        ...(body === undefined
          ? {}
          : { body: ReadableStream.from(body.map((piece) => Buffer.from(piece))), duplex: "half" }),
      };
      const response = await handler(new Request(`http://127.0.0.1${path}`, init as RequestInit));
      const text = await collect(ReadableStream.from(response.body ?? []) as unknown as AsyncIterable<Buffer>, onData);
      // A host does not send what comes after its client has left, and clients do not read it.
      signal?.throwIfAborted();
      return { status: response.status, headers: Object.fromEntries(response.headers), text };
    },
    close: async () => undefined,
  };
}
