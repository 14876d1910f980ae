import type { DecodeOptions } from "../call/decode-message.js";
import type { FrameOptions } from "../call/outgoing-message.js";
import type { Peer } from "../call/peer.js";
import { ConnectError, memberOf } from "../error/connect-error.js";
import { unprocessed } from "../error/unprocessed.js";
import type { Compression } from "../framing/compression.js";
import type { HeaderMap } from "../http/header-map.js";
import { defaultHeaderLimits, type HttpClient, type HttpClientStream, type HttpRemote } from "../http/http-client.js";
import type { HttpFailure } from "../http/http-failure.js";
import type { Codec } from "../message/codec.js";
import { errorFromFailure } from "../protocol/failure.js";
import type { ClientExchange, ClientProtocol, ClientSetup } from "../protocol/protocol.js";
import { httpStatusMessage } from "../protocol/shared/http-status.js";
import { after, random, type Timer } from "../time.js";
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
  readonly decodedMaxBytes: number;
  /** How messages are encoded that travel in envelopes, and those that do not. */
  readonly envelopes: FrameOptions;
  readonly bodies: FrameOptions;
  readonly allowHalfDuplex: boolean;
}

/** Opens an exchange for an attempt. */
export function openExchange<I, O>(
  config: TransportConfig,
  call: TransportCall<I, O>,
  connectStream?: ClientSetup["connectStream"],
): ClientExchange {
  return config.protocol.open({
    spec: call.spec,
    path: config.pathPrefix + call.spec.procedure,
    codec: config.codec,
    headers: call.requestHeaders,
    timeoutMs: call.timeoutMs(),
    sendCompression: config.sendCompression,
    acceptCompression: config.acceptCompression,
    headerLimits: config.http.headerLimits ?? defaultHeaderLimits,
    connectStream,
  });
}

export function decodeOptions<I, O>(config: TransportConfig, call: TransportCall<I, O>): DecodeOptions<O> {
  const { codec, readMaxBytes, decodedMaxBytes } = config;
  return { type: call.spec.output, codec, maxBytes: readMaxBytes, decodedMaxBytes, invalid: "internal" };
}

export function peerOf(config: TransportConfig, remote: HttpRemote | undefined): Peer {
  const peer = {
    address: remote?.address ?? config.host,
    protocol: config.protocol.name,
    httpVersion: remote?.httpVersion,
  };
  return remote?.tls === undefined ? peer : { ...peer, tls: remote.tls };
}

/** The error of an HTTP stack of a user's that failed without telling how; `undefined` for one that tells. */
export function unexplained(failure: HttpFailure): ConnectError | undefined {
  if (typeof memberOf(failure, "reason") === "string") return undefined;
  return new ConnectError("internal", "the HttpClient failed with something that is not an HttpFailure", {
    cause: failure,
  });
}

/** The error of an attempt whose HTTP exchange broke. */
export function errorOfExchange(call: TransportCall, failure: HttpFailure): ConnectError {
  const passed = call.timeoutMs() === 0;
  const error = errorFromFailure(failure, passed);
  if (failure.unprocessed === true) unprocessed(error);
  if (error.code !== "deadline_exceeded" || call.deadlineMs === undefined) return error;
  const message = `the deadline of ${Math.round(call.deadlineMs)} ms has passed: ${failure.message}`;
  return errorFromFailure({ ...failure, message }, passed);
}

/**
 * Adds to the error of a response that tells nothing but its HTTP status where the request went, and what is likely wrong
 * when a server has no RPC there.
 */
export function located(
  config: TransportConfig,
  call: TransportCall,
  status: number,
  error: ConnectError,
): ConnectError {
  const { code, rawMessage, metadata, details, isRemote } = error;
  if (!isRemote || rawMessage !== httpStatusMessage(status)) return error;
  const text = `${rawMessage} for ${config.http.origin}${config.pathPrefix}${call.spec.procedure}${hint(config, call, status, metadata)}`;
  return ConnectError.remote(code, text, { metadata, details });
}

function hint(
  { http, protocol, codec }: TransportConfig,
  call: TransportCall,
  status: number,
  headers: HeaderMap,
): string {
  if (status === 404) return ": is the service served there, and does baseUrl have the path that it is mounted below?";
  if (status !== 405 && status !== 415) return http.hint?.(status, call.requestHeaders) ?? "";
  const accepted = headers.get("accept-post");
  if (accepted !== null) return `: it takes ${accepted.slice(0, 200)}, and this is ${protocol.name} with ${codec.name}`;
  return `: does the server speak ${protocol.spoken ?? `${protocol.name} there? One that speaks gRPC alone needs protocol: grpc()`}`;
}

/** Whether a request may be sent again, once, without the caller noticing: it did not run, or may run twice. */
export function mayRunAgain({ spec }: TransportCall, { unprocessed, stale }: HttpFailure): boolean {
  return unprocessed === true || (stale === true && spec.idempotency !== "unknown");
}

/** Whether a call waits until its server can be connected to. */
export function waitsForServer({ waitForReady }: TransportCall, { reason }: HttpFailure): boolean {
  return waitForReady === true && reason === "connect";
}

/** How long such a call waits before it asks again: from 250 ms by a factor of 1.6 to 10 s, each 20 % more or less. */
export function askAgain(asked: number, run: () => void): Timer {
  return after(Math.min(10_000, 250 * 1.6 ** asked) * (0.8 + 0.4 * random()), run);
}

/** Gives an exchange up. A user's HTTP stack that throws at that is given up all the same. */
export function cancelStream(stream: HttpClientStream | undefined): void {
  try {
    stream?.cancel();
  } catch {
    // The call has its error.
  }
}
