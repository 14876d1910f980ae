import { type ContextValues, createContextValues } from "../call/context-values.js";
import { Lifetime } from "../call/lifetime.js";
import { failed, type Outcome } from "../call/outcome.js";
import type { Peer } from "../call/peer.js";
import type { Spec } from "../call/spec.js";
import type { Code } from "../error/code.js";
import { confidential, isAuthored } from "../error/confidential.js";
import { ConnectError } from "../error/connect-error.js";
import { isPromiseLike } from "../http/awaitable.js";
import type { HeaderMap } from "../http/header-map.js";
import type { HttpFailure } from "../http/http-failure.js";
import type { HttpRequestSink, HttpServerRequest, HttpServerStream } from "../http/http-server.js";
import { queryOf } from "../http/request-target.js";
import type { HandlerExchange } from "../protocol/protocol.js";
import type { CallView } from "./call-view.js";
import { CallContext } from "./handler-context.js";
import type { HandlerInterception } from "./handler-interception.js";
import { decodingOf, type MethodHandler } from "./method-handler.js";
import type { Orphans, Straggler } from "./orphans.js";
import { SingleRequest, StreamRequest } from "./request-body.js";
import { ResponseWriter } from "./response-writer.js";
import type { ServiceHandler } from "./types.js";

/** HTTP/2's INTERNAL_ERROR (RFC 9113 section 7). */
const internalErrorCode = 2;

/** What a request that broke means to its call. With all others the client is gone. */
const failureCodes: { readonly [Reason in HttpFailure["reason"]]?: Code } = {
  unsupported: "internal",
  protocol: "invalid_argument",
  shutdown: "unavailable",
  limit: "resource_exhausted",
};

/** What calls need of their router. */
export interface CallOwner {
  readonly drainSignal: AbortSignal;
  readonly services: readonly ServiceHandler[];
  readonly stragglers: Orphans;
  callEnded(): void;
}

/**
 * A call on the handler's side: its life, its status, its one end. It moves between the adapter, the protocol and the code
 * that serves it; the request's body and the response have classes of their own.
 */
export class HandlerCall extends Lifetime implements HttpRequestSink, CallView, Straggler {
  readonly owner: CallOwner;
  readonly method: MethodHandler;
  readonly request: HttpServerRequest;
  readonly exchange: HandlerExchange;
  readonly context: CallContext;
  readonly body: SingleRequest | StreamRequest;
  readonly response: ResponseWriter;
  interception: HandlerInterception | undefined = undefined;

  /** Open; half-closed when the request's body is complete, or broke; done when the status is known and the response's end written. */
  state: "open" | "half-closed" | "done" = "open";
  /** The adapter has nothing more to do with it. */
  closedByAdapter = false;
  running = 0;

  lazyValues: ContextValues | undefined = undefined;
  lazyPeer: Peer | undefined = undefined;

  constructor(
    owner: CallOwner,
    method: MethodHandler,
    request: HttpServerRequest,
    stream: HttpServerStream,
    exchange: HandlerExchange,
  ) {
    super();
    this.owner = owner;
    this.method = method;
    this.request = request;
    this.exchange = exchange;
    this.context = new CallContext(this);
    this.response = new ResponseWriter(method, request, stream, exchange, this.context);
    const decoding = decodingOf(method, exchange.codec);
    this.body = method.singleRequest
      ? new SingleRequest(decoding, exchange, request.headers)
      : new StreamRequest(decoding, exchange, stream);
  }

  get streaming(): boolean {
    return !this.method.singleRequest;
  }

  // -------------------------------------------------------------- the request

  /** Lets the request's body in. */
  openRequest(): void {
    const { getPayload } = this.exchange;
    if (getPayload === undefined) this.response.stream.resume();
    else {
      this.data(getPayload);
      this.end();
    }
  }

  data(chunk: Uint8Array): void {
    if (this.state !== "open") return;
    try {
      const { transcoder } = this.exchange;
      this.body.push(transcoder === undefined ? chunk : transcoder.decode(chunk));
    } catch (reason) {
      this.requestBroke(ConnectError.from(reason, "invalid_argument"));
    }
  }

  end(): void {
    if (this.state !== "open") return;
    try {
      this.exchange.transcoder?.decodeEnd();
    } catch (reason) {
      this.requestBroke(ConnectError.from(reason, "invalid_argument"));
      return;
    }
    this.state = "half-closed";
    this.body.endBody();
  }

  requestBroke(error: ConnectError): void {
    if (this.state === "open") this.state = "half-closed";
    this.body.fail(error);
  }

  /** The client gave up, the connection died, or the adapter cannot read the request. */
  error({ reason, message, cause }: HttpFailure): void {
    this.cancel(new ConnectError(failureCodes[reason] ?? "canceled", message, { cause }));
  }

  drain(): void {
    this.response.drained();
  }

  closed(): void {
    this.closedByAdapter = true;
    if (!this.over) this.cancel(new ConnectError("canceled", "the connection was closed before the call ended"));
    if (this.state === "done") this.interception?.close();
    this.owner.callEnded();
  }

  // -------------------------------------------------------------- the code that serves it

  /** A piece of user code begins to run. */
  enter(): void {
    this.running++;
  }

  leave(): void {
    if (--this.running === 0 && this.over) this.owner.stragglers.ended(this);
  }

  sendHeaders(): void {
    if (this.method.singleResponse) return;
    this.response.openHead()?.then(undefined, (reason: unknown) => {
      this.cancel(isAuthored(reason) ? reason : confidential(new ConnectError("internal", "", { cause: reason })));
    });
  }

  // -------------------------------------------------------------- the end

  override cancel(error: ConnectError): boolean {
    if (!super.cancel(error)) return false;
    this.requestBroke(error);
    this.response.stop(error);
    // With interceptors, their chain ends first, and concludes the call.
    if (this.interception === undefined) this.conclude(failed(error));
    return true;
  }

  /** The one end of every call: how it ended is known, and the rest of the response goes out. */
  conclude(outcome: Outcome): void {
    if (this.state === "done") return;
    if (!this.over) this.dismiss();
    this.state = "done";
    this.finish();
    const { response, owner, interception } = this;
    try {
      response.end(outcome.ok ? undefined : this.told(outcome.reason));
    } catch (reason) {
      this.endAnyhow(reason);
    }
    if (this.running > 0) owner.stragglers.watch(this);
    if (this.closedByAdapter) interception?.close();
  }

  /** The call ends, and nobody waits for what an interceptor did not await, or for what reads on: that is canceled. */
  dismiss(): void {
    const { running, interception } = this;
    const runs = running > 0 || (interception !== undefined && interception.unsettled > 0);
    if (!runs && (this.state !== "open" || !this.streaming)) return;
    const error = new ConnectError("canceled", "the call ended before its handler did");
    if (runs) super.cancel(error);
    this.requestBroke(error);
    this.response.stop(error);
  }

  /** The response could not be written as it was meant to be: its metadata is too much, or an error has members that are not what they should be. */
  endAnyhow(reason: unknown): void {
    const { response, interception } = this;
    this.report(reason);
    interception?.settle(failed(reason));
    try {
      response.end(isAuthored(reason) && reason === response.encodeFailure ? reason : new ConnectError("internal", ""));
    } catch {
      response.stream.reset(internalErrorCode);
    }
  }

  /** What the client is told. Only authored errors reach the wire: what else was thrown is reported, and the client learns that something was. */
  told(reason: unknown): ConnectError {
    if (isAuthored(reason)) {
      // Nobody wrote it, and it names what the service has done.
      if (reason === this.response.encodeFailure) this.report(reason);
      return reason;
    }
    this.report(reason);
    return new ConnectError("internal", "", { cause: reason });
  }

  report(error: unknown): void {
    try {
      const told: unknown = this.method.onError(error, { spec: this.method.spec, peer: this.peer });
      if (isPromiseLike(told)) told.then(undefined, () => undefined);
    } catch {
      // A hook that fails must not take the call, or the process, with it.
    }
  }

  // -------------------------------------------------------------- what contexts and interceptions see

  get spec(): Spec {
    return this.method.spec;
  }

  get responseHeaders(): HeaderMap {
    return this.response.headers;
  }

  get responseTrailers(): HeaderMap {
    return this.response.trailers;
  }

  get requestCompressed(): boolean {
    return this.body.requestCompressed;
  }

  get drainSignal(): AbortSignal {
    return this.owner.drainSignal;
  }

  get services(): readonly ServiceHandler[] {
    return this.owner.services;
  }

  get values(): ContextValues {
    this.lazyValues ??= createContextValues();
    return this.lazyValues;
  }

  get peer(): Peer {
    if (this.lazyPeer === undefined) {
      const { address, httpVersion, tls, path } = this.request;
      const peer = {
        address,
        protocol: this.exchange.protocol,
        httpVersion,
        query: new URLSearchParams(queryOf(path)),
      };
      this.lazyPeer = tls === undefined ? peer : { ...peer, tls };
    }
    return this.lazyPeer;
  }
}
