// For users whose `lib` is older: the declarations name Symbol.asyncDispose.
/// <reference lib="esnext.disposable" preserve="true" />
/// <reference lib="esnext.disposable" preserve="true" />
import type { ContextValues } from "../call/context-values.js";
import type { Interceptor } from "../call/interceptor.js";
import type { Peer } from "../call/peer.js";
import type { HeaderMap, HeaderMapInit } from "../http/header-map.js";

/** Something to iterate, synchronous or not. */
export type AnyIterable<T> = Iterable<T> | AsyncIterable<T>;

/** Options of a call. */
export interface CallOptions {
  /** Headers to send. Names that begin with `connect-` or `grpc-` and those of HTTP itself are reserved. */
  readonly headers?: HeaderMapInit | undefined;
  /** Aborting it cancels the call. */
  readonly signal?: AbortSignal | undefined;
  /** The deadline, in milliseconds from now; 0 and below has passed already, `Infinity` is none. @default the client's `timeoutMs` */
  readonly timeoutMs?: number | undefined;
  /** Values for interceptors. */
  readonly values?: ContextValues | undefined;
  /** The call that this one is made for: its cancellation cancels this call, its deadline bounds this call's. */
  readonly parent?: ParentCall | undefined;
  /** Whether to compress request messages; `true` needs a `sendCompression` on the transport. @default by the transport's `compressMinBytes` */
  readonly compress?: boolean | undefined;
  /**
   * Whether the call waits, until its deadline, for a server that cannot be connected to, in place of failing with `unavailable`
   * (gRPC's wait-for-ready). A stream waits with at most 64 KiB of messages; a call that was sent is not sent again. @default false
   */
  readonly waitForReady?: boolean | undefined;
}

/** What a call needs of the one that it is made for. Every `HandlerContext` is one. */
export interface ParentCall {
  readonly signal: AbortSignal;
  timeoutMs(): number | undefined;
}

/** Options of a client whose code was generated with `interceptors=false`. */
export interface PlainClientOptions {
  /** A deadline for calls that are given none, in milliseconds from 0; `Infinity` is none. @default none */
  readonly timeoutMs?: number | undefined;
  /** Headers for every call; a call's own replace those of the same name. */
  readonly headers?: HeaderMapInit | undefined;
}

/** Options of a client. */
export interface ClientOptions extends PlainClientOptions {
  /** The first is the outermost. */
  readonly interceptors?: readonly Interceptor[] | undefined;
  /** How many bytes of a request stream are kept so that an interceptor can run the call again, from 0 to 4294967295. @default 65536 */
  readonly replayBytes?: number | undefined;
}

/** A response with one message, and its metadata. */
export interface UnaryResponse<O> {
  readonly message: O;
  readonly headers: HeaderMap;
  readonly trailers: HeaderMap;
  readonly peer: Peer;
}

/** A call that answers with one message: a promise of it. */
export interface UnaryCall<O> extends Promise<O> {
  /** The message with its headers, trailers and peer. */
  readonly response: Promise<UnaryResponse<O>>;
  /** Cancels the call; it fails with `canceled`. */
  cancel(reason?: unknown): void;
}

/** What every streaming call has. */
export interface StreamCall {
  /** The response's headers, when they come. */
  readonly headers: Promise<HeaderMap>;
  /** The response's trailers, when the call ended well. */
  readonly trailers: Promise<HeaderMap>;
  readonly peer: Peer;
  /** Cancels the call; whoever waits on it gets `canceled`. */
  cancel(reason?: unknown): void;
  /** Cancels the call if it is not over: `await using stream = ...`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** A call that answers with a stream of messages. Iterate it once; leaving the loop cancels the call. */
export interface ServerStream<O> extends StreamCall, AsyncIterable<O> {
  [Symbol.asyncIterator](): AsyncIterator<O, undefined, undefined>;
}

/** The sending half of a call. */
export interface Sender<I> {
  /** Sends a message. Resolves when the transport can take more; wait for it. @throws ConnectError when the call is over. */
  send(message: I, options?: SendOptions): Promise<void>;
  /** Sends the request's headers now, before the first message. */
  sendHeaders(): void;
  /** No more messages will be sent. */
  closeSend(): void;
}

/** How to send one message. */
export interface SendOptions {
  /** Compress this message, or do not. @default the call's `compress` */
  readonly compress?: boolean | undefined;
}

/** A call that sends a stream of messages and gets one. */
export interface ClientStream<I, O> extends StreamCall, Sender<I> {
  readonly response: Promise<UnaryResponse<O>>;
}

/** A call that sends and gets streams of messages, both at the same time. */
export interface BidiStream<I, O> extends ServerStream<O>, Sender<I> {}
