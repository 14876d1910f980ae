import type { ProtocolName } from "../call/peer.js";
import type { Envelopes } from "../call/single-receiver.js";
import type { Kind, Spec } from "../call/spec.js";
import type { ConnectError } from "../error/connect-error.js";
import type { Compression } from "../framing/compression.js";
import type { HeaderMap } from "../http/header-map.js";
import type { HeaderLimits } from "../http/http-client.js";
import type { Codec } from "../message/codec.js";

/**
 * The seam between the call layer and a protocol. Both halves are synchronous state machines that do
 * no I/O: the call layer moves bytes, takes envelopes apart, (de)compresses and (de)serialises;
 * the protocol knows heads, end-of-stream and status.
 *
 * Envelopes are the same in all three protocols: flags (1 byte), length (4 bytes, big endian), payload.
 * Flags 0 and 1 (compressed) are messages; every other flag goes to the protocol.
 */

/** How an exchange ended, as a client sees it. */
export interface CallEnd {
  /** Absent: the call succeeded. */
  readonly error: ConnectError | undefined;
  readonly trailers: HeaderMap;
}

// ---------------------------------------------------------------- client

/** What a client speaks. */
export interface ClientProtocol {
  readonly name: ProtocolName;
  /** The protocol ends its responses with HTTP trailers. */
  readonly needsTrailers: boolean;
  /** Ends the question of an error whether the server speaks it. @default it may be one of gRPC alone */
  readonly spoken?: string;
  /** Begins an exchange. One object for each attempt of a call. */
  open(setup: ClientSetup): ClientExchange;
}

export interface ClientSetup {
  readonly spec: Spec;
  /** Path of the RPC, with the base URL's path before it. */
  readonly path: string;
  readonly codec: Codec;
  /** The caller's headers. Not to be changed. */
  readonly headers: HeaderMap;
  /** Time left until the deadline, in milliseconds, not below 0. */
  readonly timeoutMs: number | undefined;
  readonly sendCompression: Compression | undefined;
  /** First is preferred. */
  readonly acceptCompression: readonly Compression[];
  /** What trailers that come in the body may have at most. */
  readonly headerLimits: HeaderLimits;
  /** Connect's exchange of a stream, which comes with the code of streams. */
  readonly connectStream?: ((setup: ClientSetup) => ClientExchange) | undefined;
}

export interface RequestHead {
  readonly method: "POST" | "GET";
  readonly path: string;
  readonly headers: HeaderMap;
}

export interface ClientExchange {
  /** What reads the envelopes that messages travel in, both ways: `envelopes`. `false` where they have none: Connect's unary. */
  readonly enveloped: Envelopes | false;
  /**
   * The request's head.
   *
   * @param compressed - for an exchange without envelopes: whether the body is compressed
   */
  requestHead(compressed: boolean): RequestHead;
  /**
   * For an exchange without envelopes: the whole request as a GET, when protocol, options and size allow it.
   * Absent when the exchange never uses GET.
   */
  getHead?(payload: Uint8Array, compressed: boolean): RequestHead | undefined;
  /** Takes the response's head and says how to read the body. */
  responseHead(status: number, headers: HeaderMap): ResponseBody;
  /**
   * Takes an envelope that is not a message: its flags, and its payload after decompression (flag bit 0).
   * It ends the messages: the call layer reads on to the end of the body and hands extra bytes to nobody but `end`.
   */
  endEnvelope(flags: number, payload: Uint8Array): void;
  /**
   * The body ended cleanly. Called once.
   *
   * @param trailers - HTTP's
   * @param body - of a response that `responseHead` called an `"error"`, decompressed
   * @param extraBytes - how many bytes came after the end-of-stream envelope; where no such envelope came, how many bytes the body had
   */
  end(trailers: HeaderMap | undefined, body: Uint8Array | undefined, extraBytes: number): CallEnd;
}

/** What a response's body is. `headers` are what the caller sees as response headers. */
export type ResponseBody =
  /** Envelopes; compressed ones by `compression`. */
  | { readonly type: "envelopes"; readonly headers: HeaderMap; readonly compression: Compression | undefined }
  /** One message without an envelope; compressed when there is a `compression`. */
  | { readonly type: "message"; readonly headers: HeaderMap; readonly compression: Compression | undefined }
  /** An error to be read whole, within the read limit, and given to `end`. */
  | { readonly type: "error"; readonly headers: HeaderMap; readonly compression: Compression | undefined }
  /** The response is unusable and the call fails with `error`; the body is not read. */
  | { readonly type: "failed"; readonly headers: HeaderMap; readonly error: ConnectError };

// ---------------------------------------------------------------- handler

/** What a server speaks. Its options belong to the value: no layer above knows a protocol by its name. */
export interface HandlerProtocol {
  readonly name: ProtocolName;
  /** The content types that a POST to an RPC of this kind may have: for `Accept-Post`. */
  contentTypes(kind: Kind, codecs: readonly Codec[]): string[];
  /** Whether a GET may call this RPC. */
  allowsGet(spec: Spec): boolean;
  /** Takes the request on if it is of this protocol (by method and content type), else `undefined`. */
  accept(request: HandlerRequest, setup: HandlerSetup): HandlerExchange | undefined;
  /**
   * Takes a request of this protocol on whose RPC is not known, to answer it with an error: its path is not served, or
   * it is refused before its path is looked up. Absent: such requests are answered in plain HTTP.
   */
  acceptUnknown?(request: HandlerRequest): HandlerExchange | undefined;
}

export interface HandlerRequest {
  readonly method: string;
  /** The query without its `?`; empty when there is none. */
  readonly query: string;
  readonly headers: HeaderMap;
}

export interface HandlerSetup {
  readonly spec: Spec;
  readonly codecs: readonly Codec[];
  /** First is preferred. */
  readonly compressions: readonly Compression[];
}

export interface HandlerExchange {
  readonly protocol: ProtocolName;
  readonly codec: Codec;
  /**
   * Messages travel in envelopes, both ways: all but Connect's unary. Without envelopes a request is one message, and the codec
   * says where each message of a stream of responses ends.
   */
  readonly enveloped: boolean;
  /** The protocol ends its responses with HTTP trailers. */
  readonly needsTrailers: boolean;
  /** What compressed request messages are compressed with. */
  readonly requestCompression: Compression | undefined;
  /** Without envelopes: the request's body is compressed. */
  readonly requestCompressed: boolean;
  /** What response messages may be compressed with. */
  readonly responseCompression: Compression | undefined;
  /** The client's deadline, in milliseconds from now. */
  readonly timeoutMs: number | undefined;
  /** The request is of this protocol, but cannot be served: what to answer. */
  readonly error: ConnectError | undefined;
  /** The request message of a GET, as it came in the URL. */
  readonly getPayload: Uint8Array | undefined;
  /** Undoes and does a text encoding of the bodies (gRPC-Web-text); absent where bodies are bytes. `decode` throws on bad input. */
  readonly transcoder?: BodyTranscoder;
  /** The head of a response in envelopes. `headers` are the handler's; the result is a new map. */
  responseHead(headers: HeaderMap): ResponseHead;
  /** The end of a response whose head is sent: a last envelope, or HTTP trailers. */
  responseEnd(error: ConnectError | undefined, trailers: HeaderMap): ResponseEnd;
  /**
   * A whole response, its head not sent yet: one message (in its envelope where the exchange has envelopes), or an error, or neither.
   *
   * @param compressed - without envelopes: whether `body` is compressed
   */
  respond(
    body: Uint8Array | undefined,
    compressed: boolean,
    error: ConnectError | undefined,
    headers: HeaderMap,
    trailers: HeaderMap,
  ): WholeResponse;
}

export interface BodyTranscoder {
  decode(chunk: Uint8Array): Uint8Array;
  /** The request's body ended. @throws ConnectError when it ended in the middle of a group. */
  decodeEnd(): void;
  encode(bytes: Uint8Array): Uint8Array;
}

export interface ResponseHead {
  readonly status: number;
  readonly headers: HeaderMap;
}

export interface ResponseEnd {
  /** Last bytes of the body. */
  readonly body: Uint8Array | undefined;
  /** HTTP trailers. */
  readonly trailers: HeaderMap | undefined;
}

export interface WholeResponse extends ResponseHead, ResponseEnd {}
