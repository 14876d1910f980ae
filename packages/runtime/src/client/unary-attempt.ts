import { type Frame, frameOf, isPromiseLike, type OutgoingMessage } from "../call/outgoing-message.js";
import { SingleReceiver } from "../call/single-receiver.js";
import { ConnectError } from "../error/connect-error.js";
import type { HeaderMap } from "../http/header-map.js";
import type { HttpClientStream, HttpResponseSink } from "../http/http-client.js";
import type { HttpFailure } from "../http/http-failure.js";
import { errorFromFailure } from "../protocol/failure.js";
import type { ClientExchange, RequestHead, ResponseBody } from "../protocol/protocol.js";
import type { TransportCall, TransportResponse } from "./transport.js";
import { decodeOptions, openExchange, peerOf, type TransportConfig } from "./transport-config.js";

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
  over = false;
  resent = false;

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
    const canceled = (error: ConnectError): void => {
      this.stream?.cancel();
      this.fail(error);
    };
    this.canceled = canceled;
  }

  start(): void {
    this.call.onCancel(this.canceled);
    if (this.over) return;
    try {
      const options = this.exchange.enveloped ? this.config.envelopes : this.config.bodies;
      const frame = frameOf(this.outgoing, this.call.spec.input, options);
      if (isPromiseLike(frame)) {
        frame.then(
          (ready) => this.begin(ready),
          (error: unknown) => this.fail(ConnectError.from(error, "internal")),
        );
      } else this.begin(frame);
    } catch (error) {
      this.fail(ConnectError.from(error, "internal"));
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
      this.fail(ConnectError.from(error, "internal"));
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
      },
      this,
    );
    return this.stream;
  }

  head(status: number, headers: HeaderMap): void {
    if (this.over) return;
    const response = this.exchange.responseHead(status, headers);
    this.response = response;
    if (response.type === "failed") {
      this.giveUp(response.error);
      return;
    }
    this.receiver.compression = response.compression;
    if (!this.exchange.enveloped) this.receiver.compressed = response.compression !== undefined;
  }

  data(chunk: Uint8Array): void {
    if (this.over) return;
    try {
      this.receiver.push(chunk);
    } catch (error) {
      this.giveUp(ConnectError.from(error, "internal"));
    }
  }

  end(trailers: HeaderMap | undefined): void {
    if (this.over) return;
    try {
      const { receiver, response } = this;
      if (response?.type === "error") {
        const body = receiver.body();
        if (isPromiseLike(body)) {
          body.then(
            (bytes) => this.ended(trailers, bytes),
            () => this.ended(trailers, undefined),
          );
        } else this.ended(trailers, body);
        return;
      }
      if (receiver.last === undefined) {
        this.ended(trailers, undefined);
        return;
      }
      const payload = receiver.lastPayload();
      const { flags } = receiver.last;
      if (isPromiseLike(payload)) {
        payload.then(
          (bytes) => this.endedBy(flags, bytes, trailers),
          (error: unknown) => this.fail(ConnectError.from(error, "internal")),
        );
      } else this.endedBy(flags, payload, trailers);
    } catch (error) {
      this.fail(ConnectError.from(error, "internal"));
    }
  }

  endedBy(flags: number, payload: Uint8Array, trailers: HeaderMap | undefined): void {
    try {
      this.exchange.endEnvelope(flags, payload);
      this.ended(trailers, undefined);
    } catch (error) {
      this.fail(ConnectError.from(error, "internal"));
    }
  }

  /** The response is complete: its status decides, then its message. */
  ended(httpTrailers: HeaderMap | undefined, body: Uint8Array | undefined): void {
    if (this.over) return;
    try {
      const { receiver } = this;
      const incomplete = receiver.incomplete();
      const { error, trailers } = this.exchange.end(httpTrailers, body, receiver.extraBytes);
      if (error !== undefined) {
        this.fail(error);
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
          (reason: unknown) => this.fail(ConnectError.from(reason, "internal")),
        );
      } else this.succeed(message, trailers);
    } catch (error) {
      this.fail(ConnectError.from(error, "internal"));
    }
  }

  error(failure: HttpFailure): void {
    if (this.over) return;
    if (failure.unprocessed === true && !this.resent && this.response === undefined) {
      // The server provably never saw the request: send it again, once, without the caller noticing.
      this.resent = true;
      this.exchange = openExchange(this.config, this.call);
      this.begin(this.outgoing.frame as Frame);
      return;
    }
    // What came was complete: only the end of the body was cut off.
    if (failure.reason === "lost" && this.receiver.last !== undefined) this.end(undefined);
    else this.fail(errorFromFailure(failure, this.call.timeoutMs() === 0));
  }

  drain(): void {
    // The request goes in one piece: nobody waits to write more.
  }

  giveUp(error: ConnectError): void {
    this.stream?.cancel();
    this.fail(error);
  }

  fail(error: ConnectError): void {
    if (this.over) return;
    this.over = true;
    this.call.offCancel(this.canceled);
    this.reject(error);
  }

  succeed(message: O, trailers: HeaderMap): void {
    if (this.over) return;
    this.over = true;
    this.call.offCancel(this.canceled);
    const { receiver } = this;
    this.resolve({
      message,
      headers: (this.response as ResponseBody).headers,
      trailers,
      peer: peerOf(this.config, this.stream?.remote()),
      compressed: receiver.compressed,
      bytes: receiver.size,
    });
  }
}
