import { encodeBody, type Frame, type OutgoingMessage } from "../call/outgoing-message.js";
import { SingleReceiver } from "../call/single-receiver.js";
import { ConnectError } from "../error/connect-error.js";
import { isPromiseLike } from "../http/awaitable.js";
import type { HeaderMap } from "../http/header-map.js";
import type { HttpClientStream, HttpResponseSink } from "../http/http-client.js";
import type { HttpFailure } from "../http/http-failure.js";
import type { ClientExchange, RequestHead, ResponseBody } from "../protocol/protocol.js";
import { cancel, type Timer } from "../time.js";
import type { TransportCall, TransportResponse } from "./transport.js";
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

/** One attempt of a unary call: the request in one piece, the response collected, decoded once. */
export class UnaryAttempt<I, O> implements HttpResponseSink {
  readonly config: TransportConfig;
  readonly call: TransportCall<I, O>;
  readonly outgoing: OutgoingMessage<I>;
  readonly resolve: (response: TransportResponse<O>) => void;
  readonly reject: (error: ConnectError) => void;
  readonly canceled: (error: ConnectError) => void;
  readonly receiver: SingleReceiver<O>;

  exchange: ClientExchange;
  stream: HttpClientStream | undefined = undefined;
  response: ResponseBody | undefined = undefined;
  status = 0;
  over = false;
  resent = false;
  /** Why the request is sent again. */
  again: HttpFailure | undefined = undefined;
  /** Until the server is asked again that could not be connected to. */
  waiting: Timer | undefined = undefined;
  asked = 0;

  constructor(
    config: TransportConfig,
    call: TransportCall<I, O>,
    outgoing: OutgoingMessage<I>,
    resolve: (response: TransportResponse<O>) => void,
    reject: (error: ConnectError) => void,
  ) {
    this.config = config;
    this.call = call;
    this.outgoing = outgoing;
    this.resolve = resolve;
    this.reject = reject;
    this.exchange = openExchange(config, call);
    this.receiver = new SingleReceiver(decodeOptions(config, call), this.exchange.enveloped);
    // Not assigned right away: V8 puts such a function among the old objects, and all that it leads to would stay until a
    // full garbage collection, the messages too.
    const canceled = (error: ConnectError): void => this.giveUp(error);
    this.canceled = canceled;
  }

  start(): void {
    this.call.onCancel(this.canceled);
    if (this.over) return;
    try {
      const { enveloped } = this.exchange;
      const { message, compress, frame: earlier } = this.outgoing;
      const { input } = this.call.spec;
      const options = enveloped ? this.config.envelopes : this.config.bodies;
      const encode = enveloped ? enveloped.encodeFrame : encodeBody;
      const frame = earlier?.options === options ? earlier : encode(message, compress, input, options);
      if (isPromiseLike(frame)) {
        frame.then(
          (ready) => this.begin(ready),
          (error: unknown) => this.fail(error),
        );
      } else this.begin(frame);
    } catch (error) {
      this.fail(error);
    }
  }

  begin(frame: Frame): void {
    if (this.over) return;
    this.outgoing.frame = frame;
    try {
      const get = this.exchange.getHead?.(frame.bytes, frame.compressed);
      if (get !== undefined) this.request(get).end();
      else this.request(this.exchange.requestHead(frame.compressed)).end(frame.bytes);
    } catch (error) {
      this.giveUp(error);
    }
  }

  request(head: RequestHead): HttpClientStream {
    const { protocol, http } = this.config;
    this.stream = http.request(
      {
        method: head.method,
        path: head.path,
        headers: head.headers,
        needsTrailers: protocol.needsTrailers,
        needsFullDuplex: false,
        again: this.again,
      },
      this,
    );
    return this.stream;
  }

  head(status: number, headers: HeaderMap): void {
    if (this.over) return;
    try {
      const response = this.exchange.responseHead(status, headers);
      this.response = response;
      this.status = status;
      if (response.type === "failed") {
        this.giveUp(located(this.config, this.call, status, response.error));
        return;
      }
      this.receiver.headers = headers;
      this.receiver.compression = response.compression;
      if (!this.exchange.enveloped) this.receiver.compressed = response.compression !== undefined;
    } catch (error) {
      this.giveUp(error);
    }
  }

  data(chunk: Uint8Array): void {
    if (this.over) return;
    try {
      this.receiver.push(chunk);
    } catch (error) {
      this.giveUp(error);
    }
  }

  end(trailers: HeaderMap | undefined): void {
    if (this.over) return;
    try {
      const { receiver, response } = this;
      const { last } = receiver;
      if (last === undefined && response?.type !== "error") {
        this.ended(trailers, undefined);
        return;
      }
      const body = receiver.body();
      if (isPromiseLike(body)) {
        body.then(
          (bytes) => this.ended(trailers, bytes),
          // Without the text of an error its HTTP status still tells something.
          (error: unknown) => (last === undefined ? this.ended(trailers, undefined) : this.fail(error)),
        );
      } else this.ended(trailers, body);
    } catch (error) {
      this.fail(error);
    }
  }

  /** The response is complete: its status decides, then its message. */
  ended(httpTrailers: HeaderMap | undefined, body: Uint8Array | undefined): void {
    if (this.over) return;
    try {
      const { receiver } = this;
      const { last } = receiver;
      if (last !== undefined) this.exchange.endEnvelope(last.flags, body as Uint8Array);
      const incomplete = receiver.incomplete();
      const { error, trailers } = this.exchange.end(
        httpTrailers,
        last === undefined ? body : undefined,
        receiver.extraBytes,
      );
      if (error !== undefined) {
        this.fail(located(this.config, this.call, this.status, error));
        return;
      }
      if (incomplete !== undefined) {
        this.fail(new ConnectError("internal", `the response ended early: ${incomplete}`));
        return;
      }
      const message = receiver.message();
      if (isPromiseLike(message)) {
        message.then(
          (value) => this.succeed(value, trailers),
          (reason: unknown) => this.fail(reason),
        );
      } else this.succeed(message, trailers);
    } catch (error) {
      this.fail(error);
    }
  }

  error(failure: HttpFailure): void {
    if (this.over) return;
    const unknown = unexplained(failure);
    if (unknown !== undefined) {
      this.giveUp(unknown);
      return;
    }
    if (waitsForServer(this.call, failure)) {
      this.waiting = askAgain(this.asked++, () => this.sendAgain());
      return;
    }
    if (mayRunAgain(this.call, failure) && (failure.unsent === true || !this.resent) && this.response === undefined) {
      // gRFC A6: what never left is sent again until the deadline, what the server provably never processed once; the caller does not notice.
      if (failure.unsent !== true) this.resent = true;
      this.again = failure;
      this.sendAgain();
      return;
    }
    // What came was complete: only the end of the body was cut off.
    if (failure.reason === "lost" && this.receiver.last !== undefined) this.end(undefined);
    else this.fail(errorOfExchange(this.call, failure));
  }

  sendAgain(): void {
    this.exchange = openExchange(this.config, this.call);
    this.begin(this.outgoing.frame as Frame);
  }

  drain(): void {
    // The request goes in one piece: nobody waits to write more.
  }

  giveUp(reason: unknown): void {
    cancelStream(this.stream);
    this.fail(reason);
  }

  /** Codecs, compressions and HTTP stacks of users may throw anything. */
  fail(reason: unknown): void {
    if (this.over) return;
    this.over = true;
    cancel(this.waiting);
    this.call.offCancel(this.canceled);
    this.reject(ConnectError.from(reason, "internal"));
  }

  succeed(message: O, trailers: HeaderMap): void {
    if (this.over) return;
    const { receiver } = this;
    const response = {
      message,
      headers: (this.response as ResponseBody).headers,
      trailers,
      peer: peerOf(this.config, this.stream?.remote()),
      compressed: receiver.compressed,
      bytes: receiver.size,
    };
    this.over = true;
    this.call.offCancel(this.canceled);
    this.resolve(response);
  }
}
