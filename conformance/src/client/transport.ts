import { binary, type Codec, connect, grpc, grpcWeb, json, jsonReflection, type Transport } from "@connect-ts/runtime";
import { type ClientProtocol, createTransport } from "@connect-ts/runtime/transport";
import type { ClientCompatRequest } from "#gen/connectrpc/conformance/v1/client_compat_pb.js";
import { Codec as CodecName, HTTPVersion, Protocol } from "#gen/connectrpc/conformance/v1/config_pb.js";
import { httpClientOf } from "#http-client";
import { compressionOf } from "../compressions.js";
import { registry } from "../registry.js";

export function transportOf(request: ClientCompatRequest): Transport {
  const { host, port, serverTlsCert, messageReceiveLimit } = request;
  const compression = compressionOf(request.compression);
  const baseUrl = `${serverTlsCert.length === 0 ? "http" : "https"}://${host}:${port}`;
  return createTransport({
    baseUrl,
    http: httpClientOf(request, baseUrl),
    protocol: protocolOf(request),
    codec: codecOf(request.codec),
    sendCompression: compression,
    acceptCompression: compression === undefined ? [] : [compression],
    // The reference server looks for the compression also on empty messages.
    compressMinBytes: 0,
    readMaxBytes: messageReceiveLimit === 0 ? undefined : messageReceiveLimit,
    allowHalfDuplexBidiOverHttp1: request.httpVersion === HTTPVersion.HTTP_VERSION_1,
  });
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
      return json({ registry, reflection: jsonReflection });
    default:
      throw new Error(`unsupported codec: ${codec}`);
  }
}
