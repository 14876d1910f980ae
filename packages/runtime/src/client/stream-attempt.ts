import { MessageSender } from "../call/message-sender.js";
import { bytesOf, type Frame, finishedFrame, type OutgoingMessage } from "../call/outgoing-message.js";
import { type ReceiverHost, StreamReceiver } from "../call/stream-receiver.js";
import { ConnectError } from "../error/connect-error.js";
import { isPromiseLike, quiet } from "../http/awaitable.js";
import { HeaderMap } from "../http/header-map.js";
import type { HttpClientStream, HttpResponseSink } from "../http/http-client.js";
import type { HttpFailure } from "../http/http-failure.js";
import { streamBodies } from "../http/streamed-exchange.js";
import { ConnectStreamExchange } from "../protocol/connect/client-stream.js";
import type { ClientExchange, ClientSetup } from "../protocol/protocol.js";
import { cancel, type Timer } from "../time.js";
import type { ClientConn, ResponseHeadInfo, TransportCall } from "./transport.js";
import {
  askAgain,
  cancelStream,
  decodeOptions,
  errorOfExchange,
  located,
  mayRunAgain,
  openExchange,
  peerOf,
  type TransportConfig,
  unexplained,
  waitsForServer,
} from "./transport-config.js";

/** Frames of a request that was never processed are kept: as many bytes as gRPC keeps, and what waits for the connection anyway. */
const resendMaxBytes = 256 * 1024;

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
  /** No more messages will be given. */
  sendClosed = false;
  /** All were handed over. */
  requestEnded = false;
  /** Settles when the last of the messages that wait for a compression is on its way. */
  sending: Promise<void> | undefined = undefined;
  /** Frames to send again; `undefined` when that is no longer possible. */
  resend: Frame[] | undefined = [];
  resendBytes = 0;
  /** Until the server is asked again that could not be connected to. */
  waiting: Timer | undefined = undefined;
  asked = 0;
  /** Why the request is sent again. */
  again: HttpFailure | undefined = undefined;

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
    this.sender = new MessageSender((bytes) => this.write(bytes));
    // As in UnaryAttempt.
    const canceled = (error: ConnectError): void => this.cancel(error);
    this.canceled = canceled;
    this.exchange = openExchange(config, call, connectStream);
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
        again: this.again,
        streamBodies,
      },
      this,
    );
  }

  // -------------------------------------------------------------- sending

  send(message: OutgoingMessage<I>): Promise<void> | undefined {
    if (this.sendClosed && !this.over) {
      return Promise.reject(new ConnectError("internal", "send() after closeSend()"));
    }
    try {
      this.checkOpen();
      const { envelopes } = this.config;
      const bytes = bytesOf(message, this.call.spec.input, envelopes);
      const frame =
        this.sending === undefined
          ? finishedFrame(message, bytes, envelopes)
          : this.finishAfter(this.sending, message, bytes);
      if (isPromiseLike(frame)) {
        void quiet(frame);
        this.sender.expect(bytes.length);
        return this.sendInTurn(message, frame, bytes.length);
      }
      message.frame = frame;
      return this.transmit(frame);
    } catch (error) {
      // The message is lost, so the call is: a stream with a hole must not end well.
      return Promise.reject(this.broken(error));
    }
  }

  async finishAfter(earlier: Promise<void>, message: OutgoingMessage<I>, bytes: Uint8Array): Promise<Frame> {
    await earlier;
    this.checkOpen();
    return finishedFrame(message, bytes, this.config.envelopes);
  }

  /** Whoever sends next waits for this one, compressed or not: messages keep their order. */
  async sendInTurn(message: OutgoingMessage<I>, frame: PromiseLike<Frame>, bytes: number): Promise<void> {
    let ready!: () => void;
    const sending = new Promise<void>((resolve) => {
      ready = resolve;
    });
    this.sending = sending;
    let waiting: Promise<void> | undefined;
    try {
      message.frame = await this.sender.comes(frame);
      this.checkOpen();
      waiting = this.transmit(message.frame);
    } catch (reason) {
      throw this.broken(reason);
    } finally {
      this.sender.arrived(bytes);
      if (this.sending === sending) this.sending = undefined;
      ready();
    }
    await waiting;
  }

  transmit(frame: Frame): Promise<void> | undefined {
    this.resend?.push(frame);
    this.resendBytes += frame.bytes.length;
    const taken = this.sender.send(frame);
    if (taken === undefined) this.forgetMany();
    return taken;
  }

  /** All that was sent is with the HTTP stack: what is kept beside is bounded. */
  forgetMany(): void {
    if (this.resendBytes > resendMaxBytes) this.resend = undefined;
  }

  checkOpen(): void {
    if (this.over) throw this.outcome ?? sentTooLate();
  }

  sendHeaders(): void {
    this.enter(() => this.stream.flushHead());
  }

  closeSend(): void {
    if (this.sendClosed) return;
    this.sendClosed = true;
    if (this.sending === undefined) this.endRequest();
    else void this.sending.then(() => this.endRequest());
  }

  endRequest(): void {
    this.requestEnded = true;
    this.enter(() => this.stream.end(this.sender.writer.take()));
  }

  /** HTTP stacks of users may throw. */
  write(bytes: Uint8Array): boolean {
    // It is kept, and sent when the server is asked again.
    if (this.waiting !== undefined) return false;
    try {
      return this.stream.write(bytes);
    } catch (reason) {
      this.broken(reason);
      return true;
    }
  }

  drain(): void {
    this.sender.drained();
    if (!this.sender.writer.blocked) this.forgetMany();
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
    try {
      const response = this.exchange.responseHead(status, headers);
      if (response.type === "failed") {
        this.cancel(located(this.config, this.call, status, response.error));
        return;
      }
      this.receiver.compression = response.compression;
      this.headInfo = { headers: response.headers, peer: peerOf(this.config, this.stream.remote()) };
    } catch (reason) {
      this.broken(reason);
      return;
    }
    for (const { resolve } of this.headWaiters.splice(0)) resolve(this.headInfo);
  }

  data(chunk: Uint8Array): void {
    this.enter(() => this.receiver.push(chunk));
  }

  end(trailers: HeaderMap | undefined): void {
    if (this.over) return;
    this.httpTrailers = trailers;
    this.receiver.endBody();
  }

  error(failure: HttpFailure): void {
    if (this.over) return;
    const unknown = unexplained(failure);
    if (unknown !== undefined) {
      this.cancel(unknown);
      return;
    }
    if (waitsForServer(this.call, failure) && this.resend !== undefined) {
      this.waiting = askAgain(this.asked++, () => {
        this.waiting = undefined;
        if (this.resend === undefined) this.failed(failure);
        else this.sendAgain(this.resend, true);
      });
      return;
    }
    if (mayRunAgain(this.call, failure) && this.resend !== undefined && this.headInfo === undefined) {
      this.again = failure;
      this.sendAgain(this.resend, failure.unsent === true);
      return;
    }
    this.failed(failure);
  }

  failed(failure: HttpFailure): void {
    // Messages that came before the failure are still read; then the stream ends with it.
    this.failure = errorOfExchange(this.call, failure);
    this.sender.stop(this.failure);
    if (this.headInfo === undefined) this.finish(this.failure);
    else this.receiver.endBody();
  }

  /** gRFC A6: what never left is sent again until the deadline, what the server provably never processed once; the caller does not notice. */
  sendAgain(frames: readonly Frame[], unsent: boolean): void {
    if (!unsent) this.resend = undefined;
    this.exchange = openExchange(this.config, this.call, connectStream);
    this.enter(() => {
      this.stream = this.request();
      this.sender.writer.take();
      let free = true;
      for (const frame of frames) free = this.stream.write(frame.bytes);
      if (this.requestEnded) this.stream.end();
      // Else the stream says when: senders that wait go on then.
      if (free) this.sender.drained();
    });
  }

  receive(): Promise<IteratorResult<O, undefined>> {
    return this.receiver.receive();
  }

  get failing(): (error: ConnectError) => Promise<never> {
    return this.receiver.failing;
  }

  set failing(failing: (error: ConnectError) => Promise<never>) {
    this.receiver.failing = failing;
  }

  get lastReceived(): { readonly compressed: boolean; readonly bytes: number } {
    return { compressed: this.receiver.lastCompressed, bytes: this.receiver.lastSize };
  }

  pause(): void {
    this.enter(() => this.stream.pause());
  }

  resume(): void {
    this.enter(() => this.stream.resume());
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
    if (this.receiver.sawLast && extraBytes > 0) cancelStream(this.stream);
    this.finish(error);
    return error;
  }

  streamFailed(error: ConnectError): void {
    this.cancel(error);
  }

  /** Enters the HTTP stack. */
  enter(act: () => void): void {
    if (this.over) return;
    try {
      act();
    } catch (reason) {
      this.broken(reason);
    }
  }

  /** The attempt failed by what a codec, a compression or the HTTP stack threw. */
  broken(reason: unknown): ConnectError {
    const error = ConnectError.from(reason, "internal");
    this.cancel(error);
    return error;
  }

  // -------------------------------------------------------------- the end

  cancel(error: ConnectError): void {
    if (this.over) return;
    cancelStream(this.stream);
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
    cancel(this.waiting);
    this.call.offCancel(this.canceled);
    if (error !== undefined) this.receiver.fail(error);
    // On a call that ends well nobody waits, and the error would be made for nobody.
    if (this.sender.hasWaiters || this.headWaiters.length > 0) this.endWaits(error ?? sentTooLate());
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

/** What a call carries that streams. */
export function openStream<I, O>(config: TransportConfig, call: TransportCall<I, O>): ClientConn<I, O> {
  return new StreamAttempt(config, call);
}

function connectStream(setup: ClientSetup): ClientExchange {
  return new ConnectStreamExchange(setup);
}

export function sentTooLate(): ConnectError {
  return new ConnectError("canceled", "the call has ended: no more messages can be sent");
}
