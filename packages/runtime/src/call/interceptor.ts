import type { Message } from "@bufbuild/protobuf";
import type { Code } from "../error/code.js";
import type { ConnectError } from "../error/connect-error.js";
import type { Awaitable } from "../http/awaitable.js";
import type { HeaderMap, HeaderMapInit } from "../http/header-map.js";
import type { ContextValues } from "./context-values.js";
import type { Peer } from "./peer.js";
import type { Spec } from "./spec.js";

/**
 * Wraps whole calls, of all four kinds, on clients and handlers alike.
 *
 * It runs on the headers, before any payload is read. `next()` runs the rest of the call, and settles
 * when the RPC is over: on a handler when the result is known and before the end of the response is
 * written; on a client when the response ended. It rejects with the call's error. A throw, before or
 * after `next()`, becomes the call's status.
 *
 * @example
 * const log: Interceptor = async (call, next) => {
 *   const start = performance.now();
 *   try {
 *     await next();
 *   } finally {
 *     console.log(call.spec.procedure, call.status, performance.now() - start);
 *   }
 * };
 */
export type Interceptor = (call: Call, next: () => Promise<void>) => Promise<void>;

/** An RPC as interceptors see it. */
export interface Call {
  readonly side: "client" | "handler";
  readonly spec: Spec;
  readonly peer: Peer;
  /** On a handler, the request's URL; `undefined` on a client. */
  readonly url: string | undefined;
  /** What the client sends. A client's interceptor may change them until it calls `next()`. */
  readonly requestHeaders: HeaderMap;
  /** What the handler answers with. On a client, empty until the response's head came. On a handler they may be changed until the head is sent; after that a change throws. */
  readonly responseHeaders: HeaderMap;
  /** On a client, empty until the response ended. */
  readonly responseTrailers: HeaderMap;
  /** Typed values that travel with the call in this process. */
  readonly values: ContextValues;
  /** Aborts when the call is over early: canceled, past its deadline, failed. */
  readonly signal: AbortSignal;
  /** Time left until the deadline, in milliseconds; `undefined` without a deadline. */
  timeoutMs(): number | undefined;
  /** Sets a deadline, from now on; the earlier one of two deadlines counts. */
  setTimeoutMs(timeoutMs: number): void;
  /** How the call ended: `"ok"` or the error's code; `undefined` while it runs. */
  readonly status: "ok" | Code | undefined;
  /** The error that the call ended with. */
  readonly error: ConnectError | undefined;
  /** Messages and bytes (encoded and compressed, without envelopes) that went each way so far. */
  readonly stats: CallStats;
  /** Settles when everything is over: on a handler, after the response was handed to the network. Never rejects. */
  readonly done: Promise<void>;
  /** Runs for each request message, hooks that were registered first run first. */
  onRequest(hook: MessageHook): void;
  /** Runs for each response message, hooks that were registered first run last. */
  onResponse(hook: MessageHook): void;
  /** Runs once, when the response's headers are known: on a client before the caller sees them, on a handler before they are sent. */
  onResponseHeaders(hook: (headers: HeaderMap) => Awaitable<void>): void;
  /**
   * Answers the call, without the network on a client, without the service on a handler. For RPCs with a
   * single response message (unary and client-streaming); call it instead of `next()`, or after it to replace the answer.
   *
   * @param message - a message or an init shape of the RPC's response type
   */
  respond(message: unknown, metadata?: { readonly headers?: HeaderMapInit; readonly trailers?: HeaderMapInit }): void;
}

/**
 * Sees a message; returning another one (or an init shape, any object) replaces it, throwing refuses it and fails the call.
 * Hooks are awaited, in order, and the stream waits for them.
 */
export type MessageHook = (message: Message, info: MessageInfo) => Awaitable<unknown>;

/** What is known of a message besides itself. */
export interface MessageInfo {
  /** On a received message: whether it came compressed. On one to be sent: whether it is to be compressed, if known. */
  readonly compressed: boolean | undefined;
  /** Size on the wire of a received message, without its envelope; of one to be sent, its size as binary protobuf, computed when it is asked for. */
  readonly bytes: number;
  /** Counts the messages of one direction from 0. */
  readonly index: number;
}

/** Counts of a call. Of a call that is run again: each request once, and the responses of the last run. */
export interface CallStats {
  readonly requestMessages: number;
  readonly requestBytes: number;
  readonly responseMessages: number;
  readonly responseBytes: number;
}
