import type { OutgoingMessage } from "../call/outgoing-message.js";
import type { Compression } from "../framing/compression.js";
import type { HttpClient } from "../http/http-client.js";
import { binary } from "../message/binary-codec.js";
import type { Codec } from "../message/codec.js";
import { defaultCompressMinBytes, defaultReadMaxBytes, defaultSendMaxBytes } from "../message/limits.js";
import { connect } from "../protocol/connect/client.js";
import type { ClientProtocol } from "../protocol/protocol.js";
import { StreamAttempt } from "./stream-attempt.js";
import type { ClientConn, Transport, TransportCall, TransportResponse } from "./transport.js";
import { peerOf, type TransportConfig } from "./transport-config.js";
import { UnaryAttempt } from "./unary-attempt.js";

/** What a transport can be given, whatever platform it is for. */
export interface TransportOptions {
  /** Where the server is: `"https://api.example.com"`, with a path when the services are mounted below one. */
  readonly baseUrl: string;
  /** @default `connect()` */
  readonly protocol?: ClientProtocol | undefined;
  /** @default `binary()` */
  readonly codec?: Codec | undefined;
  /** What to compress request messages with. @default none */
  readonly sendCompression?: Compression | undefined;
  /** The compressions that the server may answer with, first is preferred; exactly this list is used, `[]` means none. */
  readonly acceptCompression?: readonly Compression[] | undefined;
  /** Compress request messages from this size on, in bytes, when there is a `sendCompression`; 0 compresses all, also empty ones. @default 16384 */
  readonly compressMinBytes?: number | undefined;
  /** The largest response message to accept, in bytes, after decompression. @default 4194304 */
  readonly readMaxBytes?: number | undefined;
  /** The largest request message to send, in bytes, before compression. @default 4294967295 */
  readonly sendMaxBytes?: number | undefined;
  /** Make bidirectional calls also where response and request cannot flow at the same time: the response comes after the request. @default false */
  readonly allowHalfDuplexBidiOverHttp1?: boolean | undefined;
}

/**
 * Makes a transport over any HTTP stack. Platform packages do it for you: `createNodeTransport`,
 * `createFetchTransport`, `createInProcessTransport`.
 *
 * @throws TypeError when `baseUrl` is no absolute http or https URL
 */
export function createTransport(options: TransportOptions & { readonly http: HttpClient }): Transport {
  const { pathPrefix, host } = parseBaseUrl(options.baseUrl);
  const codec = options.codec ?? binary();
  const compressMinBytes = options.compressMinBytes ?? defaultCompressMinBytes;
  const frames = {
    codec,
    compression: options.sendCompression,
    shouldCompress: (size: number) => size >= compressMinBytes,
    maxBytes: options.sendMaxBytes ?? defaultSendMaxBytes,
  };
  const config: TransportConfig = {
    http: options.http,
    protocol: options.protocol ?? connect(),
    codec,
    pathPrefix,
    host,
    sendCompression: options.sendCompression,
    acceptCompression: options.acceptCompression ?? [],
    readMaxBytes: options.readMaxBytes ?? defaultReadMaxBytes,
    envelopes: { ...frames, enveloped: true },
    bodies: { ...frames, enveloped: false },
    allowHalfDuplex: options.allowHalfDuplexBidiOverHttp1 ?? false,
  };
  return {
    peer: () => peerOf(config, undefined),
    unary<I, O>(call: TransportCall<I, O>, message: OutgoingMessage<I>): Promise<TransportResponse<O>> {
      return new Promise((resolve, reject) => {
        new UnaryAttempt<I, O>(config, call, message, resolve, reject).start();
      });
    },
    stream<I, O>(call: TransportCall<I, O>): ClientConn<I, O> {
      return new StreamAttempt<I, O>(config, call);
    },
    close() {
      options.http.close?.();
    },
  };
}

/** The parts of a base URL that requests are made of. */
export function parseBaseUrl(baseUrl: string): {
  readonly origin: string;
  readonly pathPrefix: string;
  readonly host: string;
} {
  let url: { readonly protocol: string; readonly origin: string; readonly pathname: string; readonly host: string };
  try {
    url = new URL(baseUrl);
  } catch {
    throw new TypeError(
      `baseUrl must be an absolute URL such as "https://api.example.com", and ${JSON.stringify(baseUrl)} is not`,
    );
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new TypeError(`baseUrl must begin with http:// or https://, and ${JSON.stringify(baseUrl)} does not`);
  }
  return { origin: url.origin, pathPrefix: url.pathname.replace(/\/+$/, ""), host: url.host };
}
