import {
  binary,
  type ClientProtocol,
  type Codec,
  connect,
  createTransport,
  grpc,
  grpcWeb,
  type HttpClient,
  json,
  type Transport,
} from "@connect-ts/runtime";
import { createNodeHttpClient, type NodeHttpClientOptions } from "@connect-ts/runtime/node";
import type { ClientCompatRequest } from "#gen/connectrpc/conformance/v1/client_compat_pb.js";
import { Codec as CodecName, HTTPVersion, Protocol } from "#gen/connectrpc/conformance/v1/config_pb.js";
import { compressionOf } from "../compressions.js";
import { registry } from "../registry.js";

export function transportOf(request: ClientCompatRequest): Transport {
  const compression = compressionOf(request.compression);
  const baseUrl = baseUrlOf(request);
  return createTransport({
    baseUrl,
    http: httpClientOf(request, baseUrl),
    protocol: protocolOf(request),
    codec: codecOf(request.codec),
    sendCompression: compression,
    acceptCompression: compression === undefined ? [] : [compression],
    // The reference server looks for the compression also on empty messages.
    compressMinBytes: 0,
    readMaxBytes: request.messageReceiveLimit === 0 ? undefined : request.messageReceiveLimit,
    allowHalfDuplexBidiOverHttp1: request.httpVersion === HTTPVersion.HTTP_VERSION_1,
  });
}

function baseUrlOf({ host, port, serverTlsCert }: ClientCompatRequest): string {
  return `${serverTlsCert.length === 0 ? "http" : "https"}://${host}:${port}`;
}

/** Calls to a server share its connections. A server has one HTTP version and one set of certificates. */
const httpClients = new Map<string, HttpClient>();

function httpClientOf(request: ClientCompatRequest, baseUrl: string): HttpClient {
  const key = `${baseUrl} ${request.httpVersion}`;
  let client = httpClients.get(key);
  if (client === undefined) {
    client = createNodeHttpClient({ baseUrl, http: httpVersionOf(request.httpVersion), tls: tlsOf(request) });
    httpClients.set(key, client);
  }
  return client;
}

function tlsOf({ serverTlsCert, clientTlsCreds }: ClientCompatRequest): NodeHttpClientOptions["tls"] {
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

function protocolOf({ protocol, useGetHttpMethod }: ClientCompatRequest): ClientProtocol {
  switch (protocol) {
    case Protocol.CONNECT:
      return connect({ useHttpGet: useGetHttpMethod });
    case Protocol.GRPC:
      return grpc();
    case Protocol.GRPC_WEB:
      return grpcWeb();
    default:
      throw new Error(`unsupported protocol: ${protocol}`);
  }
}

function codecOf(codec: CodecName): Codec {
  switch (codec) {
    case CodecName.PROTO:
      return binary();
    case CodecName.JSON:
      return json({ registry });
    default:
      throw new Error(`unsupported codec: ${codec}`);
  }
}
