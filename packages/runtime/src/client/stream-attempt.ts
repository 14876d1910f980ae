import { MessageSender } from "../call/message-sender.js";
import { type Frame, frameOf, isPromiseLike, type OutgoingMessage } from "../call/outgoing-message.js";
import { quiet, type ReceiverHost, StreamReceiver } from "../call/stream-receiver.js";
import { ConnectError } from "../error/connect-error.js";
import { HeaderMap } from "../http/header-map.js";
import type { HttpClientStream, HttpResponseSink } from "../http/http-client.js";
import type { HttpFailure } from "../http/http-failure.js";
import { errorFromFailure } from "../protocol/failure.js";
import type { ClientExchange } from "../protocol/protocol.js";
import type { ClientConn, ResponseHeadInfo, TransportCall } from "./transport.js";
import { decodeOptions, openExchange, peerOf, type TransportConfig } from "./transport-config.js";

/** Frames are kept up to this many bytes until the response begins, for a request that the server never processed. */
const resendMaxBytes = 64 * 1024;

/** One attempt of a streaming call. */
export class StreamAttempt<I, O> implements ClientConn<I, O>, HttpResponseSink, ReceiverHost {
  readonly config: TransportConfig;
  readonly call: TransportCall<I, O>;
  readonly receiver: StreamReceiver<O>;
  readonly sender: MessageSender;
  readonly canceled: (error: ConnectError) => void;

  exchange: ClientExchange;
  stream: HttpClientStream;
  trailers: HeaderMap = new HeaderMap();
  over = false;
  outcome: ConnectError | undefined = undefined;
  sendClosed = false;
  /** Sends that wait for a compression, in order. */
  sending: Promise<void> | undefined = undefined;
  /** Frames to send again; `undefined` when that is no longer possible. */
  resend: Frame[] | undefined = [];
  resendBytes = 0;

  headInfo: ResponseHeadInfo | undefined = undefined;
  headWaiters: {
    readonly resolve: (head: ResponseHeadInfo) => void;
    readonly reject: (error: ConnectError) => void;
  }[] = [];
  endListeners: ((error: ConnectError | undefined) => void)[] = [];

  httpTrailers: HeaderMap | undefined = undefined;
  failure: ConnectError | undefined = undefined;

  constructor(config: TransportConfig, call: TransportCall<I, O>) {
    this.config = config;
    this.call = call;
    this.receiver = new StreamReceiver(this, decodeOptions(config, call));
    this.sender = new MessageSender((bytes) => this.stream.write(bytes));
    // As in UnaryAttempt.
    const canceled = (error: ConnectError): void => this.cancel(error);
    this.canceled = canceled;
    this.exchange = openExchange(config, call);
    this.stream = this.request();
    call.onCancel(this.canceled);
  }

  request(): HttpClientStream {
    const { config } = this;
    const { method, path, headers } = this.exchange.requestHead(false);
    return config.http.request(
      {
        method,
        path,
        headers,
        needsTrailers: config.protocol.needsTrailers,
        needsFullDuplex: this.call.spec.kind === "bidi_streaming" && !config.allowHalfDuplex,
      },
      this,
    );
  }

  // -------------------------------------------------------------- sending

  send(message: OutgoingMessage<I>): Promise<void> | undefined {
    if (this.sending !== undefined) return this.sendAfter(this.sending, message);
    if (this.sendClosed && !this.over) {
      return Promise.reject(new ConnectError("internal", "send() after closeSend()"));
    }
    try {
      this.checkOpen();
      const frame = frameOf(message, this.call.spec.input, this.config.envelopes);
      if (isPromiseLike(frame)) return this.sendCompressed(message, frame);
      message.frame = frame;
      return this.transmit(frame);
    } catch (error) {
      // The message is lost, so the call is: a stream with a hole must not end well.
      this.cancel(error as ConnectError);
      return Promise.reject(error);
    }
  }

  async sendAfter(earlier: Promise<void>, message: OutgoingMessage<I>): Promise<void> {
    await earlier;
    await this.send(message);
  }

  /** Whoever sends next waits for this one: messages keep their order. */
  async sendCompressed(message: OutgoingMessage<I>, frame: PromiseLike<Frame>): Promise<void> {
    let ready!: () => void;
    const sending = new Promise<void>((resolve) => {
      ready = resolve;
    });
    this.sending = sending;
    let waiting: Promise<void> | undefined;
    try {
      message.frame = await frame;
      if (this.over) this.checkOpen();
      waiting = this.transmit(message.frame);
    } catch (reason) {
      const error = ConnectError.from(reason, "internal");
      this.cancel(error);
      throw error;
    } finally {
      if (this.sending === sending) this.sending = undefined;
      ready();
    }
    await waiting;
  }

  transmit(frame: Frame): Promise<void> | undefined {
    this.keep(frame);
    return this.sender.send(frame);
  }

  keep(frame: Frame): void {
    if (this.resend === undefined) return;
    this.resendBytes += frame.bytes.length;
    if (this.resendBytes > resendMaxBytes || this.headInfo !== undefined) this.resend = undefined;
    else this.resend.push(frame);
  }

  checkOpen(): void {
    if (this.over) throw this.outcome ?? sentTooLate();
  }

  sendHeaders(): void {
    if (!this.over) this.stream.flushHead();
  }

  closeSend(): void {
    if (this.sendClosed) return;
    if (this.sending !== undefined) {
      void this.sending.then(() => this.closeSend());
      return;
    }
    this.sendClosed = true;
    if (!this.over) this.stream.end(this.sender.writer.take());
  }

  drain(): void {
    this.sender.drained();
  }

  // -------------------------------------------------------------- receiving

  responseHead(): Promise<ResponseHeadInfo> {
    if (this.headInfo !== undefined) return Promise.resolve(this.headInfo);
    if (this.over) return quiet(Promise.reject(this.outcome));
    return new Promise((resolve, reject) => {
      this.headWaiters.push({ resolve, reject });
    });
  }

  head(status: number, headers: HeaderMap): void {
    if (this.over) return;
    this.resend = undefined;
    const response = this.exchange.responseHead(status, headers);
    if (response.type === "failed") {
      this.stream.cancel();
      this.finish(response.error);
      return;
    }
    this.receiver.compression = response.compression;
    this.headInfo = { headers: response.headers, peer: peerOf(this.config, this.stream.remote()) };
    for (const { resolve } of this.headWaiters.splice(0)) resolve(this.headInfo);
  }

  data(chunk: Uint8Array): void {
    this.receiver.push(chunk);
  }

  end(trailers: HeaderMap | undefined): void {
    if (this.over) return;
    this.httpTrailers = trailers;
    this.receiver.endBody();
  }

  error(failure: HttpFailure): void {
    if (this.over) return;
    if (failure.unprocessed === true && this.resend !== undefined && this.headInfo === undefined) {
      this.sendAgain(this.resend);
      return;
    }
    // Messages that came before the failure are still read; then the stream ends with it.
    this.failure = errorFromFailure(failure, this.call.timeoutMs() === 0);
    this.sender.stop(this.failure);
    if (this.headInfo === undefined) this.finish(this.failure);
    else this.receiver.endBody();
  }

  /** The server provably never saw the request: send it again, once, without the caller noticing. */
  sendAgain(frames: readonly Frame[]): void {
    this.resend = undefined;
    this.exchange = openExchange(this.config, this.call);
    this.stream = this.request();
    this.sender.writer.take();
    for (const frame of frames) this.stream.write(frame.bytes);
    if (this.sendClosed) this.stream.end();
    this.sender.drained();
  }

  receive(): Promise<IteratorResult<O, undefined>> {
    return this.receiver.receive();
  }

  get lastReceived(): { readonly compressed: boolean; readonly bytes: number } {
    return { compressed: this.receiver.lastCompressed, bytes: this.receiver.lastSize };
  }

  pause(): void {
    this.stream.pause();
  }

  resume(): void {
    this.stream.resume();
  }

  endEnvelope(flags: number, payload: Uint8Array): void {
    this.exchange.endEnvelope(flags, payload);
  }

  streamEnded(extraBytes: number, incomplete: string | undefined): ConnectError | undefined {
    let error = this.failure;
    // A cut after the end of the stream took nothing away.
    if (error === undefined || this.receiver.sawLast) {
      const end = this.exchange.end(this.httpTrailers, undefined, extraBytes);
      this.trailers = end.trailers;
      error = end.error;
    }
    if (error === undefined && incomplete !== undefined) {
      error = new ConnectError("internal", `the response ended early: ${incomplete}`);
    }
    if (this.receiver.sawLast && extraBytes > 0) this.stream.cancel();
    this.finish(error);
    return error;
  }

  streamFailed(error: ConnectError): void {
    this.stream.cancel();
    this.finish(error);
  }

  // -------------------------------------------------------------- the end

  cancel(error: ConnectError): void {
    if (this.over) return;
    this.stream.cancel();
    this.finish(error);
  }

  onEnd(listener: (error: ConnectError | undefined) => void): void {
    if (this.over) listener(this.outcome);
    else this.endListeners.push(listener);
  }

  finish(error: ConnectError | undefined): void {
    if (this.over) return;
    this.over = true;
    this.outcome = error;
    this.resend = undefined;
    this.call.offCancel(this.canceled);
    if (error !== undefined) this.receiver.fail(error);
    // On a call that ends well nobody waits, and the error would be made for nobody.
    if (this.sender.waiting.length > 0 || this.headWaiters.length > 0) this.endWaits(error ?? sentTooLate());
    for (const listener of this.endListeners.splice(0)) listener(error);
  }

  endWaits(error: ConnectError): void {
    this.sender.stop(error);
    for (const { resolve, reject } of this.headWaiters.splice(0)) {
      if (this.headInfo === undefined) reject(error);
      else resolve(this.headInfo);
    }
  }
}

function sentTooLate(): ConnectError {
  return new ConnectError("canceled", "the call has ended: no more messages can be sent");
}
