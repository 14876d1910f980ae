import type { OutgoingMessage } from "../call/outgoing-message.js";
import {
  bytes,
  checkBaseUrl,
  checkOptions,
  type Elsewhere,
  has,
  listOf,
  memory,
  type Rule,
  type RulesFor,
} from "../check-options.js";
import { misused } from "../error/confidential.js";
import type { Compression } from "../framing/compression.js";
import type { HttpClient } from "../http/http-client.js";
import { binary } from "../message/binary-codec.js";
import type { Codec } from "../message/codec.js";
import { defaultDecodedMaxBytes } from "../message/decoded-size.js";
import { defaultCompressMinBytes, defaultReadMaxBytes, defaultSendMaxBytes } from "../message/limits.js";
import { connect } from "../protocol/connect/client.js";
import type { ClientProtocol } from "../protocol/protocol.js";
import type { ClientConn, Transport, TransportCall, TransportResponse } from "./transport.js";
import { peerOf, type TransportConfig } from "./transport-config.js";
import { UnaryAttempt } from "./unary-attempt.js";

/** Options of transports of all platforms. */
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
  /** Compress request messages from this size on, in bytes from 0 to 4294967295, when there is a `sendCompression`; 0 compresses all, also empty ones. @default 16384 */
  readonly compressMinBytes?: number | undefined;
  /** The largest response message to accept, in bytes from 0 to 4294967295, after decompression. @default 4194304 */
  readonly readMaxBytes?: number | undefined;
  /** What a response message may take in memory, in bytes, by an estimate of its objects, lists and strings; `Infinity` is no limit. @default 16 times `readMaxBytes`, and 65536 at least */
  readonly decodedMaxBytes?: number | undefined;
  /** The largest request message to send, in bytes from 0 to 4294967295, before compression. @default 4294967295 */
  readonly sendMaxBytes?: number | undefined;
  /** Make bidirectional calls also where response and request cannot flow at the same time: the response comes after the request. @default false */
  readonly allowHalfDuplexBidiOverHttp1?: boolean | undefined;
}

const isCompression = has("compress");

/** @internal The rules of what transports of all platforms take. */
export const transportRules: RulesFor<TransportOptions> = {
  baseUrl: "string",
  protocol: ["object", "a protocol: connect(), grpc() or grpcWeb()", has("open")],
  codec: ["object", "a codec: binary() or json()", has("encode")],
  sendCompression: ["object", "a compression: gzip() or another", isCompression],
  acceptCompression: listOf("compressions", isCompression),
  compressMinBytes: bytes,
  readMaxBytes: bytes,
  decodedMaxBytes: memory,
  sendMaxBytes: bytes,
  allowHalfDuplexBidiOverHttp1: "boolean",
};

/** @internal */
export const optionsOfClients: Elsewhere = [
  "interceptors timeoutMs headers replayBytes",
  "give it to a client: createXxxClient(transport, { ... })",
];

/**
 * Makes a transport over any HTTP stack. Platform packages do it for you: `createNodeTransport`,
 * `createFetchTransport`, `createInProcessTransport`.
 *
 * @throws TypeError when `baseUrl` is not an absolute http or https URL
 * @throws TypeError or RangeError for an unknown option or a bad value
 */
export function createTransport(options: TransportOptions & { readonly http: HttpClient }): Transport {
  const http: Rule = ["object", "an HttpClient", has("request")];
  checkOptions("createTransport", options, { ...transportRules, http }, optionsOfClients);
  return makeTransport(options, options.http);
}

/** @internal {@link createTransport} of options that are checked. */
export function makeTransport(options: TransportOptions, http: HttpClient): Required<Transport> {
  const { pathname, host } = checkBaseUrl(options.baseUrl);
  const codec = options.codec ?? binary();
  const readMaxBytes = options.readMaxBytes ?? defaultReadMaxBytes;
  const compressMinBytes = options.compressMinBytes ?? defaultCompressMinBytes;
  const frames = {
    codec,
    compression: options.sendCompression,
    shouldCompress: (size: number) => size >= compressMinBytes,
    maxBytes: options.sendMaxBytes ?? defaultSendMaxBytes,
  };
  const config: TransportConfig = {
    http,
    protocol: options.protocol ?? connect(),
    codec,
    pathPrefix: pathname.replace(/\/+$/, ""),
    host,
    sendCompression: options.sendCompression,
    acceptCompression: options.acceptCompression ?? [],
    readMaxBytes,
    decodedMaxBytes: options.decodedMaxBytes ?? defaultDecodedMaxBytes(readMaxBytes),
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
      const open = call.openStream as
        | ((config: TransportConfig, call: TransportCall<I, O>) => ClientConn<I, O>)
        | undefined;
      if (open === undefined) {
        throw misused(
          "the call has no openStream: a transport that makes calls passes on that of the call it was given",
        );
      }
      return open(config, call);
    },
    close() {
      http.close?.();
    },
  };
}
