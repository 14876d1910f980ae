import type { DescService } from "@bufbuild/protobuf";
import type { ContextValues } from "../call/context-values.js";
import type { Interceptor } from "../call/interceptor.js";
import type { Peer } from "../call/peer.js";
import type { Spec } from "../call/spec.js";
import type { Compression } from "../framing/compression.js";
import type { Awaitable } from "../http/awaitable.js";
import type { HeaderMap } from "../http/header-map.js";
import type { Codec } from "../message/codec.js";
import type { HandlerProtocol } from "../protocol/protocol.js";

/**
 * What a handler knows of the call that it serves, and how it speaks of itself.
 *
 * A class, and of types alone: its members are not the object's own, and TypeScript knows of classes that a copy by
 * `{ ...context }` would lack them. What the option `context` is given can be copied.
 */
export declare abstract class HandlerContext {
  abstract get spec(): Spec;
  abstract get peer(): Peer;
  abstract get requestHeaders(): HeaderMap;
  /** Sent with the first message, or by {@link HandlerContext.sendHeaders}; a change after that throws. */
  abstract get responseHeaders(): HeaderMap;
  abstract get responseTrailers(): HeaderMap;
  /** Sends the response's headers now, in a streaming response; in a unary one they go with the message. */
  abstract sendHeaders(): void;
  /** Whether to compress the response messages from the next one on; `undefined` leaves it to `compressMinBytes`. */
  abstract get compress(): boolean | undefined;
  abstract set compress(value: boolean | undefined);
  /** Whether the request message that was read last came compressed. */
  abstract get requestCompressed(): boolean;
  /** Aborts when the call is over early: the client gave up, the deadline passed, the connection died, an interceptor ended it. */
  abstract get signal(): AbortSignal;
  /** Aborts when the server begins to drain: end long streams then. */
  abstract get drainSignal(): AbortSignal;
  /** All services of the same server, or of the same `nodeHandler` or `fetchHandler`, this one among them: for health and reflection. */
  abstract get services(): readonly ServiceHandler[];
  /** Time left until the client's deadline, in milliseconds, not below 0; `undefined` without a deadline. */
  abstract timeoutMs(): number | undefined;
  abstract get values(): ContextValues;
  /** `"POST"`, or `"GET"` for a Connect GET. */
  abstract get httpMethod(): string;
  /** The request's URL. */
  abstract get url(): string;
  /** The adapter's own request object. `nodeRequest(context)` of `./node` and `fetchRequest(context)` of `./fetch` give it its type. */
  abstract get request(): unknown;
}

/**
 * Options of the RPCs of a service; a server takes the same for all of its services.
 *
 * An RPC's options come from four places, in this order: the server, the server's `perMethod`, the service, the service's
 * `perMethod`. The later replaces the earlier, option by option; interceptors add up.
 */
export interface HandlerOptions {
  /** The first is the outermost. Those of all four places run: the server's outside of the service's, `perMethod`'s inside of those beside it. */
  readonly interceptors?: readonly Interceptor[] | undefined;
  /** The protocols to serve; the first that knows a request answers it. @default Connect, gRPC and gRPC-Web */
  readonly protocols?: readonly HandlerProtocol[] | undefined;
  /** The serialisations to accept. @default `[binary(), json()]` */
  readonly codecs?: readonly Codec[] | undefined;
  /** The compressions, first is preferred; exactly this list is used. @default gzip, where the platform has it */
  readonly compressions?: readonly Compression[] | undefined;
  /**
   * Compress response messages from this size on, in bytes, when the client accepts a compression; from 0 to 4294967295; 0 compresses all, also empty ones.
   *
   * @default 16384 for clients on other machines; clients on this one, told by their address, get everything as it is
   */
  readonly compressMinBytes?: number | undefined;
  /** The largest request message to accept, in bytes from 0 to 4294967295, after decompression. @default 4194304 */
  readonly readMaxBytes?: number | undefined;
  /** What a request message may take in memory, in bytes, by an estimate of its objects, lists and strings; `Infinity` is no limit. @default 16 times `readMaxBytes`, and 65536 at least */
  readonly decodedMaxBytes?: number | undefined;
  /** The largest response message to send, in bytes from 0 to 4294967295, before compression. @default 4294967295 */
  readonly sendMaxBytes?: number | undefined;
  /**
   * The most metadata of a response, in bytes from 0 to 4294967295: headers, trailers and an error's metadata together, each field
   * with its name, its value and 32 bytes. Beyond it the call ends with `resource_exhausted`. Clients and proxies often take 16 KiB or 8 KiB.
   *
   * @default 8192
   */
  readonly sendMaxHeaderBytes?: number | undefined;
  /** The most fields of a response's metadata, counted and limited like its bytes, from 0 to 65535. Clients of ours take 128. @default 100 */
  readonly sendMaxHeaderPairs?: number | undefined;
  /** The longest deadline that a client may ask for, in milliseconds from 1, and the deadline of calls without one; `Infinity` is none. @default none */
  readonly maxTimeoutMs?: number | undefined;
  /** Serve bidirectional streams over HTTP/1.1 too, with the response after the request. @default false */
  readonly allowHalfDuplexBidiOverHttp1?: boolean | undefined;
  /** Called with every error that is hidden from the client, and with an error for handlers that still run after their call. @default prints to `console.error` */
  readonly onError?: ((error: unknown, call: { readonly spec: Spec; readonly peer: Peer }) => void) | undefined;
  /** Options that depend on the RPC; they replace those beside it, and its interceptors run inside of those. Asked once for each RPC, when it is mounted. */
  readonly perMethod?: ((spec: Spec) => Omit<HandlerOptions, "perMethod">) | undefined;
}

/** Options of a service whose handlers need more context than a {@link HandlerContext}. */
export interface ContextHandlerOptions<Context extends HandlerContext> extends HandlerOptions {
  /**
   * Makes the context from a call, after the interceptors ran and before the handler. What it throws fails the call.
   *
   * The call can be added to (`Object.assign(call, { patient })`) or copied (`{ ...call, patient }`). `compress` counts when
   * it is set on the copy; the copy's `requestCompressed` is that of the time when it was made.
   */
  readonly context: (call: { [Member in keyof HandlerContext]: HandlerContext[Member] }) => Awaitable<Context>;
}

/** A service to mount: what `createXxxHandler` of generated code returns, and `nodeHandler`, `fetchHandler` and `serve` take. */
export interface ServiceHandler {
  /** The full name: `"connectrpc.eliza.v1.ElizaService"`. */
  readonly typeName: string;
  /**
   * The descriptor, for reflection and gateways. With generated codecs it is imported when it is asked for first, and then
   * protobuf-es with it: until that is done there is a promise.
   */
  readonly descriptor: () => Awaitable<DescService>;
  /** The specs of all RPCs. */
  readonly specs: readonly Spec[];
  /** @internal */
  readonly methods: ReadonlyMap<string, unknown>;
}
