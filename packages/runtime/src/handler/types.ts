import type { DescService } from "@bufbuild/protobuf";
import type { ContextValues } from "../call/context-values.js";
import type { Interceptor } from "../call/interceptor.js";
import type { Peer, ProtocolName } from "../call/peer.js";
import type { Spec } from "../call/spec.js";
import type { Awaitable, Compression } from "../framing/compression.js";
import type { HeaderMap } from "../http/header-map.js";
import type { Codec } from "../message/codec.js";

/** What a handler knows of the call that it serves, and how it speaks of itself. */
export interface HandlerContext {
  readonly spec: Spec;
  readonly peer: Peer;
  readonly requestHeaders: HeaderMap;
  /** Sent with the first message, or by {@link HandlerContext.sendHeaders}; a change after that throws. */
  readonly responseHeaders: HeaderMap;
  readonly responseTrailers: HeaderMap;
  /** Sends the response's headers now, in a streaming response; in a unary one they go with the message. */
  sendHeaders(): void;
  /** Whether to compress the response messages from the next one on; `undefined` leaves it to `compressMinBytes`. */
  compress: boolean | undefined;
  /** Whether the request message that was read last came compressed. */
  readonly requestCompressed: boolean;
  /** Aborts when the call is over early: the client gave up, the deadline passed, the connection died. */
  readonly signal: AbortSignal;
  /** Aborts when the server begins to drain: end long streams then. */
  readonly drainSignal: AbortSignal;
  /** Time left until the client's deadline, in milliseconds, not below 0; `undefined` without a deadline. */
  timeoutMs(): number | undefined;
  readonly values: ContextValues;
  /** `"POST"`, or `"GET"` for a Connect GET. */
  readonly httpMethod: string;
  /** The request's URL. */
  readonly url: string;
  /** The adapter's own request object. `nodeRequest(context)` of `./node` and `fetchRequest(context)` of `./fetch` give it its type. */
  readonly request: unknown;
}

/** What a service's handlers can be given. */
export interface HandlerOptions {
  /** The first is the outermost. */
  readonly interceptors?: readonly Interceptor[] | undefined;
  /** The protocols to serve. @default all three */
  readonly protocols?: readonly ProtocolName[] | undefined;
  /** The serialisations to accept. @default `[binary(), json()]` */
  readonly codecs?: readonly Codec[] | undefined;
  /** The compressions, first is preferred; exactly this list is used. @default gzip on Node, none elsewhere */
  readonly compressions?: readonly Compression[] | undefined;
  /**
   * Compress response messages from this size on, in bytes, when the client accepts a compression; 0 compresses all, also empty ones.
   *
   * @default 16384 for clients on other machines; clients on this one, told by their address, get everything as it is
   */
  readonly compressMinBytes?: number | undefined;
  /** The largest request message to accept, in bytes, after decompression. @default 4194304 */
  readonly readMaxBytes?: number | undefined;
  /** The largest response message to send, in bytes, before compression. @default 4294967295 */
  readonly sendMaxBytes?: number | undefined;
  /** The longest deadline that a client may ask for, in milliseconds, and the deadline of calls without one. @default none */
  readonly maxTimeoutMs?: number | undefined;
  /** Refuse Connect's unary requests that lack the header `Connect-Protocol-Version`. @default false: `curl` needs no special header */
  readonly requireConnectProtocolHeader?: boolean | undefined;
  /** Serve bidirectional streams over HTTP/1.1 too, with the response after the request. @default false */
  readonly allowHalfDuplexBidiOverHttp1?: boolean | undefined;
  /** Is told of every error that is hidden from the client, with its cause, and of handlers that outlive their call. @default prints to `console.error` */
  readonly onError?: ((error: unknown, call: { readonly spec: Spec; readonly peer: Peer }) => void) | undefined;
  /** Options that depend on the RPC; they replace those beside it. */
  readonly perMethod?: ((spec: Spec) => Omit<HandlerOptions, "perMethod">) | undefined;
}

/** Options of a service whose handlers need more context than a {@link HandlerContext}. */
export interface ContextHandlerOptions<Context extends HandlerContext> extends HandlerOptions {
  /** Makes the context from a call, after the interceptors ran and before the handler. */
  readonly context: (context: HandlerContext) => Awaitable<Context>;
}

/** A service to mount: what `createXxxHandler` of generated code returns, and `nodeHandler`, `fetchHandler` and `serve` take. */
export interface ServiceHandler {
  /** The full name: `"connectrpc.eliza.v1.ElizaService"`. */
  readonly typeName: string;
  /** The descriptor, for reflection and gateways. */
  readonly service: DescService;
  /** The specs of all RPCs. */
  readonly specs: readonly Spec[];
  /** @internal */
  readonly methods: ReadonlyMap<string, unknown>;
}
