import type { OutgoingMessage } from "../call/outgoing-message.js";
import type { Peer } from "../call/peer.js";
import type { Spec } from "../call/spec.js";
import type { ConnectError } from "../error/connect-error.js";
import type { HeaderMap } from "../http/header-map.js";
import type { UnaryResponse } from "./types.js";

/**
 * What clients make calls with. Each method makes one attempt of one call: deadlines, interceptors
 * and retries are the client's matter. Write one for a fake, for hedging or for sharding; the
 * platform packages make those that speak to a server.
 */
export interface Transport {
  /** Whom a call will go to, before it is known better. */
  peer(): Peer;
  /**
   * Makes a call of kind `unary`.
   *
   * @throws ConnectError (as a rejection) when the call fails
   */
  unary<I, O>(call: TransportCall<I, O>, message: OutgoingMessage<I>): Promise<TransportResponse<O>>;
  /** Starts a call that streams requests, responses or both. */
  stream<I, O>(call: TransportCall<I, O>): ClientConn<I, O>;
  /** Closes connections as soon as no call uses them, and takes no more calls. A transport that is not closed keeps no process alive. */
  close?(): void;
}

/**
 * Opens a stream over HTTP, for transports that this package makes. It comes with a client's methods that stream, so that a
 * page whose client has none does not load the code of streams.
 */
export type OpenStream = (config: never, call: never) => ClientConn;

/** The call that an attempt is made for. */
export interface TransportCall<I = unknown, O = unknown> {
  readonly spec: Spec<I, O>;
  readonly requestHeaders: HeaderMap;
  /** Time left until the deadline, in milliseconds. The client enforces it; a transport tells the server. */
  timeoutMs(): number | undefined;
  /** How long the deadline was when it was set, in milliseconds, for the texts of errors. */
  readonly deadlineMs?: number;
  /** No connection is no failure yet: the transport tries again until the call is canceled. */
  readonly waitForReady?: boolean;
  /** What calls that stream need: a transport that makes calls of its own passes on that of the call it was given. */
  readonly openStream: OpenStream | undefined;
  /** Calls back when the call is canceled or its deadline passes: give the attempt up then. */
  onCancel(listener: (error: ConnectError) => void): void;
  offCancel(listener: (error: ConnectError) => void): void;
}

/** The answer of a unary attempt. */
export interface TransportResponse<O> extends UnaryResponse<O> {
  /** Whether the message came compressed. */
  readonly compressed: boolean;
  /** Size of the message on the wire. */
  readonly bytes: number;
}

/** An attempt of a streaming call: what a transport gives a client. */
export interface ClientConn<I = unknown, O = unknown> {
  /**
   * Sends a message. Returns a promise while the transport can take no more, `undefined` when it can.
   * The promise rejects with a ConnectError when the call is over.
   */
  send(message: OutgoingMessage<I>): Promise<void> | undefined;
  sendHeaders(): void;
  closeSend(): void;
  /** The response's head; rejects when the call fails before it came. */
  responseHead(): Promise<ResponseHeadInfo>;
  /** The next message, `done` when the call ended well. @throws ConnectError when it did not */
  receive(): Promise<IteratorResult<O, undefined>>;
  /** The message received last: whether it came compressed, and its size on the wire. */
  readonly lastReceived: { readonly compressed: boolean; readonly bytes: number };
  /** Complete once `receive` answered `done` or failed. */
  readonly trailers: HeaderMap;
  /** Calls back once, when the attempt is over: with the error that it ended with. */
  onEnd(listener: (error: ConnectError | undefined) => void): void;
  /** Gives the attempt up. */
  cancel(error: ConnectError): void;
}

/** The head of a response. */
export interface ResponseHeadInfo {
  readonly headers: HeaderMap;
  readonly peer: Peer;
}
