import type { Hooks } from "../call/hooks.js";
import { MessageSender } from "../call/message-sender.js";
import { encodeFrame, type Frame, type FrameOptions } from "../call/outgoing-message.js";
import { checkOption } from "../check-options.js";
import type { ConnectError } from "../error/connect-error.js";
import type { Compression } from "../framing/compression.js";
import { type Awaitable, isPromiseLike } from "../http/awaitable.js";
import { joinBytes } from "../http/bytes.js";
import { HeaderMap } from "../http/header-map.js";
import type { HttpServerRequest, HttpServerStream } from "../http/http-server.js";
import type { Codec } from "../message/codec.js";
import { defaultCompressMinBytes } from "../message/limits.js";
import type { HandlerExchange } from "../protocol/protocol.js";
import type { MethodHandler } from "./method-handler.js";
import { asItSays } from "./refuse.js";
import { blockExcess, metadataExcess } from "./sent-metadata.js";

/** Who says whether the next response message is compressed: the context that the handler was given. */
export interface CompressChoice {
  readonly compress?: boolean | undefined;
}

/** Makes a call's response out of messages and an end, and hands it to the HTTP stream. */
export class ResponseWriter implements FrameOptions {
  readonly method: MethodHandler;
  readonly request: HttpServerRequest;
  readonly stream: HttpServerStream;
  readonly exchange: HandlerExchange;

  choice: CompressChoice;
  hooks: Hooks | undefined = undefined;
  /** The response of an RPC with one response message. */
  answer: Frame | undefined = undefined;
  /** Why a message could not be encoded. Clients are told, and so is whoever runs the server. */
  encodeFailure: unknown = undefined;
  /** Of them, that there was too much metadata. */
  excess: ConnectError | undefined = undefined;
  headSent = false;
  /** The hooks for headers run, and the head is sent after them. */
  headComing: Promise<void> | undefined = undefined;
  ended = false;
  sender: MessageSender | undefined = undefined;
  lazyHeaders: HeaderMap | undefined = undefined;
  lazyTrailers: HeaderMap | undefined = undefined;

  constructor(
    method: MethodHandler,
    request: HttpServerRequest,
    stream: HttpServerStream,
    exchange: HandlerExchange,
    choice: CompressChoice,
  ) {
    this.method = method;
    this.request = request;
    this.stream = stream;
    this.exchange = exchange;
    this.choice = choice;
  }

  get headers(): HeaderMap {
    this.lazyHeaders ??= new HeaderMap();
    return this.lazyHeaders;
  }

  get trailers(): HeaderMap {
    this.lazyTrailers ??= new HeaderMap();
    return this.lazyTrailers;
  }

  // -------------------------------------------------------------- messages

  get codec(): Codec {
    return this.exchange.codec;
  }

  get enveloped(): boolean {
    return this.exchange.enveloped;
  }

  get compression(): Compression | undefined {
    return this.exchange.responseCompression;
  }

  get maxBytes(): number {
    return this.method.sendMaxBytes;
  }

  shouldCompress(size: number): boolean {
    const { compressMinBytes } = this.method;
    if (compressMinBytes !== undefined) return size >= compressMinBytes;
    // On the same machine there is no network to save: compressing 1 MiB takes ten times as long as sending it.
    return size >= defaultCompressMinBytes && !isLoopback(this.request.address);
  }

  /** Encodes a message. @throws ConnectError as `encodeFrame` does, or what a compression throws */
  encode(message: unknown): Awaitable<Frame> {
    try {
      const { compress } = this.choice;
      if (compress !== undefined) checkOption("compress of the handler's context", compress, "boolean");
      const frame = encodeFrame(message, compress, this.method.spec.output, this);
      return isPromiseLike(frame) ? frame.then(undefined, (reason: unknown) => this.encodeFailed(reason)) : frame;
    } catch (reason) {
      return this.encodeFailed(reason);
    }
  }

  encodeFailed(reason: unknown): never {
    this.encodeFailure = reason;
    throw reason;
  }

  /** Sends a message of a streaming response. Returns a promise while the transport can take no more. */
  send(frame: Frame): Promise<void> | undefined {
    const head = this.openHead();
    return head === undefined ? this.transmit(frame) : head.then(() => this.transmit(frame));
  }

  transmit(frame: Frame): Promise<void> | undefined {
    if (this.ended) return undefined;
    this.sender ??= new MessageSender((bytes) => this.stream.write(this.transcode(bytes)));
    return this.sender.send(frame);
  }

  /** The transport can take more. */
  drained(): void {
    this.sender?.drained();
  }

  /** The call is cut short: whoever waits to send is told. */
  stop(error: ConnectError): void {
    this.sender?.stop(error);
  }

  // -------------------------------------------------------------- head and end

  /** Sends the head of a streaming response, once. Returns a promise while hooks look at its headers. */
  openHead(): Promise<void> | undefined {
    if (this.headSent || this.ended) return undefined;
    const { hooks } = this;
    if (hooks === undefined || hooks.headers.length === 0) {
      this.sendHead();
      return undefined;
    }
    this.headComing ??= hooks.onHeaders(this.headers).then(() => {
      if (!this.ended) this.sendHead();
    });
    return this.headComing;
  }

  sendHead(): void {
    const { status, headers: said } = this.exchange.responseHead(this.headers);
    const headers = unbuffered(asItSays(said), this.request);
    this.checkMetadata(undefined, headers);
    this.headSent = true;
    this.headers.lock("the response's headers are sent already: set them before the first message, or use trailers");
    this.stream.head(status, headers, !this.exchange.needsTrailers);
  }

  /**
   * Metadata above a limit is dropped, and the call fails with what this throws.
   *
   * @param head - all of its fields, but for those that the stream adds
   * @throws ConnectError as {@link metadataExcess} makes it
   */
  checkMetadata(error: ConnectError | undefined, head?: HeaderMap, trailers?: HeaderMap): void {
    const { lazyHeaders, lazyTrailers, method } = this;
    if (error === undefined && lazyHeaders === undefined && lazyTrailers === undefined) return;
    // What says that something is too much goes out in any case: a client that does not take even that sees a reset.
    const most = error !== undefined && error === this.excess ? undefined : this.request.maxResponseHeaderBytes;
    const added = most === undefined ? 0 : this.stream.addedHeadBytes;
    const excess =
      metadataExcess(method, lazyHeaders, lazyTrailers, error) ??
      blockExcess(method, most, head, error, added) ??
      blockExcess(method, most, trailers, error);
    if (excess === undefined) return;
    if (!this.headSent) this.lazyHeaders = undefined;
    this.lazyTrailers = undefined;
    this.excess = excess;
    this.encodeFailure = excess;
    throw excess;
  }

  /**
   * Ends the response: well, with the answer if there is to be one, or with an error.
   *
   * @throws ConnectError as {@link checkMetadata} does: nothing of the end is sent then
   */
  end(error: ConnectError | undefined): void {
    const { exchange, stream, method } = this;
    this.ended = true;
    this.checkMetadata(error);
    const trailers = this.lazyTrailers ?? new HeaderMap();
    if (error === undefined && !method.singleResponse && !this.headSent) this.sendHead();
    if (this.headSent) {
      const end = exchange.responseEnd(error, trailers);
      this.checkMetadata(error, undefined, end.trailers);
      const body = joined(this.sender?.writer.take(), end.body);
      stream.end(body === undefined ? undefined : this.transcode(body), end.trailers);
      return;
    }
    const frame = error === undefined ? this.answer : undefined;
    const headers = this.lazyHeaders ?? new HeaderMap();
    const whole = exchange.respond(frame?.bytes, frame?.compressed ?? false, error, headers, trailers);
    const all = asItSays(whole.headers);
    this.checkMetadata(error, all, whole.trailers);
    const body = whole.body === undefined ? undefined : this.transcode(whole.body);
    stream.respond(whole.status, all, body, whole.trailers);
  }

  transcode(bytes: Uint8Array): Uint8Array {
    const { transcoder } = this.exchange;
    return transcoder === undefined ? bytes : transcoder.encode(bytes);
  }
}

/** Asks nginx and others that follow it not to hold the messages of a stream back. They speak HTTP/1.1 to servers. */
function unbuffered(headers: HeaderMap, { httpVersion }: HttpServerRequest): HeaderMap {
  if (httpVersion === "1.1" && !headers.has("x-accel-buffering")) headers.list.push("x-accel-buffering", "no");
  return headers;
}

function joined(first: Uint8Array | undefined, second: Uint8Array | undefined): Uint8Array | undefined {
  if (first === undefined || first.length === 0) return second;
  return second === undefined ? first : joinBytes([first, second]);
}

/** Whether a client is on this machine: its address is a loopback address, or none of a network. */
function isLoopback(address: string): boolean {
  return /^(127\.|\[::1\]|unix$|in-process$)/.test(address);
}
