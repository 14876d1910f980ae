import tls, { type ConnectionOptions } from "node:tls";
import { createFetchHttpClient } from "@connect-ts/runtime/fetch";
import { createInProcessHttpClient } from "@connect-ts/runtime/in-process";
import { createNodeHttpClient } from "@connect-ts/runtime/node";
import { createNodeHttp2Client } from "@connect-ts/runtime/node-http2";
import { createRouter, type HttpClient } from "@connect-ts/runtime/transport";
import type { ClientCompatRequest } from "#gen/connectrpc/conformance/v1/client_compat_pb.js";
import { HTTPVersion } from "#gen/connectrpc/conformance/v1/config_pb.js";
import { createConformanceServiceHandler } from "#gen/connectrpc/conformance/v1/service_connect.js";
import { handlerOptions } from "../server/handler-options.js";
import { Conformance } from "../server/service.js";

/** Calls to a server share its connections. A server has one HTTP version and one set of certificates. */
const httpClients = new Map<string, HttpClient>();

/** What calls go over: the first argument of the program says which of our HTTP clients. */
export function httpClientOf(request: ClientCompatRequest, baseUrl: string): HttpClient {
  const key = `${baseUrl} ${request.httpVersion}`;
  let client = httpClients.get(key);
  if (client === undefined) {
    client = create(request, baseUrl);
    httpClients.set(key, client);
  }
  return client;
}

function create(request: ClientCompatRequest, baseUrl: string): HttpClient {
  const over = process.argv[2];
  switch (over) {
    case "node":
      return createNodeHttpClient({ baseUrl, http: httpVersionOf(request.httpVersion), tls: tlsOf(request) });
    case "platform":
      return createNodeHttp2Client({ baseUrl, session: tlsOf(request) });
    case "fetch":
      return createFetchHttpClient({
        baseUrl,
        fetch: fetchOf(request),
        duplex: request.httpVersion === HTTPVersion.HTTP_VERSION_2 ? "full" : "half",
      });
    case "in-process":
      // The server that the runner has started is not asked.
      return createInProcessHttpClient(
        createRouter(createConformanceServiceHandler(new Conformance()), handlerOptions(0)),
      );
    default:
      throw new Error(`no such HTTP client: ${over}`);
  }
}

/** What Bun and Deno have beside the Fetch standard. */
interface Platform {
  readonly Bun?: object;
  readonly Deno?: { createHttpClient(options: { caCerts: string[]; http1: boolean; http2: boolean }): object };
}

/** `fetch` that trusts the server, and speaks the HTTP version of the case: each platform has a way of its own. */
function fetchOf({ serverTlsCert, httpVersion }: ClientCompatRequest): typeof globalThis.fetch {
  const { Bun, Deno } = globalThis as Platform;
  const cert = Buffer.from(serverTlsCert);
  const http2 = httpVersion === HTTPVersion.HTTP_VERSION_2;
  if (Bun !== undefined) {
    const more = { tls: cert.length > 0 ? { ca: cert } : undefined, protocol: http2 ? "http2" : "http1.1" };
    return (url, init) => fetch(url, { ...init, ...more } as RequestInit);
  }
  if (Deno !== undefined) {
    const caCerts = cert.length > 0 ? [cert.toString()] : [];
    const client = Deno.createHttpClient({ caCerts, http1: !http2, http2 });
    return (url, init) => fetch(url, { ...init, client } as RequestInit);
  }
  if (cert.length > 0) tls.setDefaultCACertificates([...tls.getCACertificates("default"), cert]);
  return fetch;
}

function tlsOf({ serverTlsCert, clientTlsCreds }: ClientCompatRequest): ConnectionOptions | undefined {
  if (serverTlsCert.length === 0) return undefined;
  const ca = Buffer.from(serverTlsCert);
  if (clientTlsCreds === undefined) return { ca };
  return { ca, cert: Buffer.from(clientTlsCreds.cert), key: Buffer.from(clientTlsCreds.key) };
}

function httpVersionOf(version: HTTPVersion): "1.1" | "2" {
  switch (version) {
    case HTTPVersion.HTTP_VERSION_1:
      return "1.1";
    case HTTPVersion.HTTP_VERSION_2:
      return "2";
    default:
      throw new Error(`unsupported HTTP version: ${version}`);
  }
}
