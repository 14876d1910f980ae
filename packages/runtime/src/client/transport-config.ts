import type { DecodeOptions } from "../call/decode-message.js";
import type { FrameOptions } from "../call/outgoing-message.js";
import type { Peer } from "../call/peer.js";
import type { Compression } from "../framing/compression.js";
import type { HttpClient, HttpRemote } from "../http/http-client.js";
import type { Codec } from "../message/codec.js";
import type { ClientExchange, ClientProtocol } from "../protocol/protocol.js";
import type { TransportCall } from "./transport.js";

/** What attempts need of their transport. */
export interface TransportConfig {
  readonly http: HttpClient;
  readonly protocol: ClientProtocol;
  readonly codec: Codec;
  readonly pathPrefix: string;
  readonly host: string;
  readonly sendCompression: Compression | undefined;
  readonly acceptCompression: readonly Compression[];
  readonly readMaxBytes: number;
  /** How messages are encoded that travel in envelopes, and those that do not. */
  readonly envelopes: FrameOptions;
  readonly bodies: FrameOptions;
  readonly allowHalfDuplex: boolean;
}

/** Opens an exchange for an attempt. */
export function openExchange<I, O>(config: TransportConfig, call: TransportCall<I, O>): ClientExchange {
  return config.protocol.open({
    spec: call.spec,
    path: config.pathPrefix + call.spec.procedure,
    codec: config.codec,
    headers: call.requestHeaders,
    timeoutMs: call.timeoutMs(),
    sendCompression: config.sendCompression,
    acceptCompression: config.acceptCompression,
  });
}

export function decodeOptions<I, O>(config: TransportConfig, call: TransportCall<I, O>): DecodeOptions<O> {
  return { type: call.spec.output, codec: config.codec, maxBytes: config.readMaxBytes, invalid: "internal" };
}

export function peerOf(config: TransportConfig, remote: HttpRemote | undefined): Peer {
  const peer = {
    address: remote?.address ?? config.host,
    protocol: config.protocol.name,
    httpVersion: remote?.httpVersion,
  };
  return remote?.tls === undefined ? peer : { ...peer, tls: remote.tls };
}
