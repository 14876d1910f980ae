import { type ContextValues, createContextValues } from "../call/context-values.js";
import type { DecodeOptions } from "../call/decode-message.js";
import { Lifetime } from "../call/lifetime.js";
import { MessageSender } from "../call/message-sender.js";
import { encodeFrame, type Frame, type FrameOptions, isPromiseLike } from "../call/outgoing-message.js";
import type { Peer } from "../call/peer.js";
import { SingleReceiver } from "../call/single-receiver.js";
import { type ReceiverHost, StreamReceiver } from "../call/stream-receiver.js";
import { isConfidential } from "../error/confidential.js";
import { ConnectError } from "../error/connect-error.js";
import type { Compression } from "../framing/compression.js";
import { HeaderMap } from "../http/header-map.js";
import type { HttpFailure } from "../http/http-failure.js";
import type { HttpRequestSink, HttpServerRequest, HttpServerStream } from "../http/http-server.js";
import type { Codec } from "../message/codec.js";
import { defaultCompressMinBytes } from "../message/limits.js";
import type { HandlerExchange } from "../protocol/protocol.js";
import { CallContext } from "./handler-context.js";
import { HandlerInterception } from "./handler-interception.js";
import type { MethodHandler } from "./method-handler.js";
import { serveCall } from "./serve-call.js";

/** How long a handler may go on after its call was cut short before it is reported, in milliseconds. */
const orphanAfterMs = 100;

/** What calls need of their router. */
export interface CallOwner {
  readonly drainSignal: AbortSignal;
  callEnded(): void;
  /** Counts handlers that outlive their calls. */
  orphaned(by: 1 | -1): void;
}

/** A call on the handler's side. It moves between the adapter, the protocol and the code that serves it. */
export class HandlerCall extends Lifetime implements HttpRequestSink, ReceiverHost, FrameOptions {
  readonly router: CallOwner;
  readonly method: MethodHandler;
  readonly request: HttpServerRequest;
  readonly response: HttpServerStream;
  readonly exchange: HandlerExchange;
  readonly context: CallContext;
  readonly single: SingleReceiver<unknown> | undefined;
  readonly stream: StreamReceiver<unknown> | undefined;

  interception: HandlerInterception | undefined = undefined;
  sender: MessageSender | undefined = undefined;
  /** The answer of an RPC with one response message. */
  answer: unknown = undefined;
  /** The request's body is complete, or broke; whoever waits for it is called. */
  requestOver = false;
  requestFailure: ConnectError | undefined = undefined;
  requestWaiter: (() => void) | undefined = undefined;
  headSent = false;
  completed = false;
  /** The code that serves the call: it runs from here on, and has ended. */
  serving = false;
  served = false;
  orphan = false;

  lazyHeaders: HeaderMap | undefined = undefined;
  lazyTrailers: HeaderMap | undefined = undefined;
  lazyValues: ContextValues | undefined = undefined;
  lazyPeer: Peer | undefined = undefined;

  constructor(
    router: CallOwner,
    method: MethodHandler,
    request: HttpServerRequest,
    response: HttpServerStream,
    exchange: HandlerExchange,
  ) {
    super();
    this.router = router;
    this.method = method;
    this.request = request;
    this.response = response;
    this.exchange = exchange;
    this.context = new CallContext(this);
    const { spec } = method;
    const decoding: DecodeOptions<unknown> = {
      type: spec.input,
      codec: exchange.codec,
      maxBytes: method.readMaxBytes,
      invalid: "invalid_argument",
    };
    if (spec.kind === "unary" || spec.kind === "server_streaming") {
      this.single = new SingleReceiver(decoding, exchange.enveloped);
      this.single.compression = exchange.requestCompression;
      this.single.compressed = exchange.requestCompressed;
      this.stream = undefined;
    } else {
      this.single = undefined;
      this.stream = new StreamReceiver(this, decoding);
      this.stream.compression = exchange.requestCompression;
    }
  }

  get streaming(): boolean {
    return this.stream !== undefined;
  }

  get lifetime(): Lifetime {
    return this;
  }

  // -------------------------------------------------------------- how response messages are encoded

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

  start(): void {
    const { exchange, method } = this;
    const timeoutMs =
      method.maxTimeoutMs === undefined
        ? exchange.timeoutMs
        : Math.min(method.maxTimeoutMs, exchange.timeoutMs ?? Number.POSITIVE_INFINITY);
    if (timeoutMs !== undefined) {
      this.setTimeoutMs(timeoutMs);
      // An expired call is not run.
      if (this.over) return;
    }
    if (method.interceptors.length === 0) {
      serveCall(this).then(
        () => this.done(undefined),
        (reason: unknown) => this.done(reason),
      );
    } else {
      this.interception = new HandlerInterception(this);
      this.interception
        .run(method.interceptors, () => serveCall(this))
        .then(
          () => this.complete(undefined),
          (reason: unknown) => this.complete(reason),
        );
    }
  }

  done(reason: unknown): void {
    this.serveEnded();
    this.complete(reason);
  }

  // -------------------------------------------------------------- the request

  /** Lets the request's body in. */
  open(): void {
    const { getPayload } = this.exchange;
    if (getPayload === undefined) this.response.resume();
    else {
      this.data(getPayload);
      this.end();
    }
  }

  data(chunk: Uint8Array): void {
    if (this.over || this.requestOver) return;
    try {
      const { transcoder } = this.exchange;
      const bytes = transcoder === undefined ? chunk : transcoder.decode(chunk);
      if (this.single === undefined) this.stream?.push(bytes);
      else this.single.push(bytes);
    } catch (reason) {
      this.requestBroke(ConnectError.from(reason, "invalid_argument"));
    }
  }

  end(): void {
    if (this.over || this.requestOver) return;
    try {
      this.exchange.transcoder?.decodeEnd();
    } catch (reason) {
      this.requestBroke(ConnectError.from(reason, "invalid_argument"));
      return;
    }
    this.requestOver = true;
    this.stream?.endBody();
    this.requestWaiter?.();
  }

  requestBroke(error: ConnectError): void {
    this.requestOver = true;
    this.requestFailure = error;
    this.stream?.fail(error);
    this.requestWaiter?.();
  }

  /** The client gave up, the connection died, or the adapter cannot read the request. */
  error(failure: HttpFailure): void {
    const { reason, message, cause } = failure;
    if (reason === "unsupported") this.complete(new ConnectError("internal", message, { cause }));
    else if (reason === "protocol") this.cancel(new ConnectError("invalid_argument", message, { cause }));
    else this.cancel(new ConnectError("canceled", message, { cause }));
  }

  pause(): void {
    this.response.pause();
  }

  resume(): void {
    this.response.resume();
  }

  endEnvelope(flags: number): void {
    throw new ConnectError(
      "invalid_argument",
      `a request message has the envelope flags ${flags}, which no request may have`,
    );
  }

  streamEnded(_extraBytes: number, incomplete: string | undefined): ConnectError | undefined {
    return incomplete === undefined ? undefined : incompleteRequest(incomplete);
  }

  streamFailed(): void {
    // The reader of the requests is told; what it makes of it is the call's status.
  }

  get requestCompressed(): boolean {
    return this.single?.compressed ?? this.stream?.lastCompressed ?? false;
  }

  // -------------------------------------------------------------- the response

  /** Sends a message of a streaming response. Returns a promise while the transport can take no more. */
  sendFrame(frame: Frame): Promise<void> | undefined {
    const wait = this.ensureHead();
    return wait === undefined ? this.transmit(frame) : wait.then(() => this.transmit(frame));
  }

  transmit(frame: Frame): Promise<void> | undefined {
    if (this.completed) return undefined;
    this.sender ??= new MessageSender((bytes) => this.response.write(this.encodeBody(bytes)));
    return this.sender.send(frame);
  }

  sendHeaders(): void {
    const { kind } = this.method.spec;
    if (kind === "unary" || kind === "client_streaming") return;
    this.ensureHead()?.catch((reason: unknown) => this.cancel(ConnectError.from(reason, "internal")));
  }

  ensureHead(): Promise<void> | undefined {
    if (this.headSent || this.completed) return undefined;
    const hooks = this.interception?.hooks;
    if (hooks === undefined || hooks.headers.length === 0) {
      this.sendHead();
      return undefined;
    }
    return hooks.onHeaders(this.responseHeaders).then(() => {
      if (!this.headSent && !this.completed) this.sendHead();
    });
  }

  sendHead(): void {
    this.headSent = true;
    const { status, headers } = this.exchange.responseHead(this.responseHeaders);
    this.responseHeaders.lock(
      "the response's headers are sent already: set them before the first message, or use trailers",
    );
    this.response.head(status, headers, !this.exchange.needsTrailers);
  }

  drain(): void {
    this.sender?.drained();
  }

  encodeBody(bytes: Uint8Array): Uint8Array {
    const { transcoder } = this.exchange;
    return transcoder === undefined ? bytes : transcoder.encode(bytes);
  }

  // -------------------------------------------------------------- the end

  override cancel(error: ConnectError): boolean {
    if (!super.cancel(error)) return false;
    this.requestBroke(error);
    this.sender?.stop(error);
    // With interceptors, their chain ends first, and completes the call.
    if (this.interception === undefined) this.complete(error);
    if (this.serving && !this.served) this.watchOrphan();
    return true;
  }

  /** The code that serves the call has ended, whether the call waited for it or not. */
  serveEnded(): void {
    this.served = true;
    if (this.orphan) {
      this.orphan = false;
      this.router.orphaned(-1);
    }
  }

  watchOrphan(): void {
    const timer: unknown = setTimeout(() => {
      if (this.served) return;
      this.orphan = true;
      this.router.orphaned(1);
      const text = `the handler of ${this.method.spec.procedure} still runs ${orphanAfterMs} ms after its call ended: stop when context.signal aborts`;
      this.report(new ConnectError("internal", text));
    }, orphanAfterMs);
    if (typeof timer === "object") (timer as { unref?: () => void }).unref?.();
  }

  /** The one end of every call: its status is known, and the rest of the response goes out. */
  complete(reason: unknown): void {
    if (this.completed) return;
    const error = reason === undefined ? undefined : this.authored(reason);
    const { kind } = this.method.spec;
    if (error !== undefined || this.headSent) this.write(error, undefined);
    else if (kind === "unary" || kind === "client_streaming") this.completeSingle();
    else {
      this.sendHead();
      this.write(undefined, undefined);
    }
  }

  completeSingle(): void {
    try {
      const frame = encodeFrame(this.answer, this.context.compress, this.method.spec.output, this);
      if (isPromiseLike(frame)) {
        frame.then(
          (ready) => this.write(undefined, ready),
          (cause: unknown) => this.write(this.authored(cause), undefined),
        );
      } else this.write(undefined, frame);
    } catch (cause) {
      this.write(this.authored(cause), undefined);
    }
  }

  write(error: ConnectError | undefined, frame: Frame | undefined): void {
    if (this.completed) return;
    this.completed = true;
    this.finish();
    this.interception?.responseDone(frame);
    const { exchange, response } = this;
    const trailers = this.lazyTrailers ?? new HeaderMap();
    if (this.headSent) {
      const end = exchange.responseEnd(error, trailers);
      const body = joined(this.sender?.writer.take(), end.body);
      response.end(body === undefined ? undefined : this.encodeBody(body), end.trailers);
      return;
    }
    const headers = this.lazyHeaders ?? new HeaderMap();
    const whole = exchange.respond(frame?.bytes, frame?.compressed ?? false, error, headers, trailers);
    const body = whole.body === undefined ? undefined : this.encodeBody(whole.body);
    response.respond(whole.status, whole.headers, body, whole.trailers);
  }

  /** Only authored errors reach the wire: what else was thrown is reported here, and the client learns that something was. */
  authored(reason: unknown): ConnectError {
    if (reason instanceof ConnectError && !reason.isRemote && !isConfidential(reason)) return reason;
    this.report(reason);
    return new ConnectError("internal", "", { cause: reason });
  }

  report(error: unknown): void {
    try {
      this.method.onError(error, { spec: this.method.spec, peer: this.peer });
    } catch {
      // A hook that fails must not take the call, or the process, with it.
    }
  }

  closed(): void {
    if (!this.over) this.cancel(new ConnectError("canceled", "the connection was closed before the call ended"));
    this.interception?.closed();
    this.router.callEnded();
  }

  // -------------------------------------------------------------- made when asked for

  get responseHeaders(): HeaderMap {
    this.lazyHeaders ??= new HeaderMap();
    return this.lazyHeaders;
  }

  get responseTrailers(): HeaderMap {
    this.lazyTrailers ??= new HeaderMap();
    return this.lazyTrailers;
  }

  get values(): ContextValues {
    this.lazyValues ??= createContextValues();
    return this.lazyValues;
  }

  get peer(): Peer {
    if (this.lazyPeer === undefined) {
      const { address, httpVersion, tls, path } = this.request;
      const mark = path.indexOf("?");
      const peer = {
        address,
        protocol: this.exchange.protocol,
        httpVersion,
        query: new URLSearchParams(mark < 0 ? "" : path.slice(mark + 1)),
      };
      this.lazyPeer = tls === undefined ? peer : { ...peer, tls };
    }
    return this.lazyPeer;
  }
}

export function incompleteRequest(incomplete: string): ConnectError {
  return new ConnectError("invalid_argument", `the request ended early: ${incomplete}`);
}

function joined(first: Uint8Array | undefined, second: Uint8Array | undefined): Uint8Array | undefined {
  if (first === undefined || first.length === 0) return second;
  if (second === undefined) return first;
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** Whether a client is on this machine: its address is a loopback address, or none of a network. */
function isLoopback(address: string): boolean {
  return /^(127\.|\[::1\]|\[::ffff:127\.|unix$|in-process$)/.test(address);
}
