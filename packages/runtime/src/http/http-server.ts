import type { HeaderMap } from "./header-map.js";
import type { HttpFailure } from "./http-failure.js";
import type { PeerTls } from "./peer-tls.js";

/** A request as an adapter hands it to a router. */
export interface HttpServerRequest {
  readonly method: string;
  /** Path and query as they came: `"/eliza.v1.ElizaService/Say?x=y"`. */
  readonly path: string;
  /** Absolute URL, for people. */
  readonly url: string;
  /** `undefined` where nobody tells: hosts of `fetch` handlers do not, and in a process there is no HTTP. */
  readonly httpVersion: "1.1" | "2" | undefined;
  readonly headers: HeaderMap;
  /** The client's address. Asked for at most once, when somebody wants it. */
  readonly address: string;
  readonly tls: PeerTls | undefined;
  /** The adapter's own request object, which `HandlerContext.request` shows. */
  readonly native: unknown;
  /** Whether the response can be written while the request is still coming. */
  readonly fullDuplex: boolean;
  /** Whether the response can have trailers. */
  readonly trailers: boolean;
  /** The most bytes of header fields that the client takes in a head, or in trailers, as it has said (RFC 9113 section 6.5.2). @default no limit */
  readonly maxResponseHeaderBytes?: number | undefined;
  /** How long the host lets the call take, in milliseconds. Asked for once. @default no limit */
  readonly timeoutMs?: number | undefined;
}

/** The response's side of an exchange: what a handler call drives. Nothing here throws; calls after the end are ignored. */
export interface HttpServerStream {
  /** What is added to the fields of a head that goes out, in bytes as RFC 9113 section 6.5.2 counts them. @default nothing is */
  readonly addedHeadBytes?: number | undefined;
  /**
   * Sends the head.
   *
   * @param withoutTrailers - none will be given to `end`: HTTP/2 then ends the stream in the frame of the last bytes. Default: `false`
   */
  head(status: number, headers: HeaderMap, withoutTrailers?: boolean): void;
  /** Sends bytes. False: wait for `drain()` before you write more. The adapter may keep the array until it is sent. */
  write(bytes: Uint8Array): boolean;
  /**
   * Ends the response, with last bytes and trailers if given. When the request's body is not read to its end:
   * HTTP/2 sends RST_STREAM NO_ERROR after it; HTTP/1.1 answers with `Connection: close` (when the head is not sent yet), and discards at most 64 KiB for at most a second: then it destroys the socket, unless the rest came and the connection goes on.
   */
  end(bytes?: Uint8Array, trailers?: HeaderMap): void;
  /** The whole response at once. */
  respond(status: number, headers: HeaderMap, body?: Uint8Array, trailers?: HeaderMap): void;
  /** Breaks the exchange off (HTTP/2: RST_STREAM with the code, HTTP/1.1: destroys the socket). */
  reset(code: number): void;
  /** Stops `data`. A request starts paused: no byte of its body is read before `resume()`. */
  pause(): void;
  resume(): void;
}

/** Where an adapter delivers a request's body. `data`, then `end` or `error`; then `closed`, once, in any case. */
export interface HttpRequestSink {
  /**
   * The request is a stream whose end says that it is whole. Node's `http2` client and HAProxy end a request that they are
   * about to reset: an HTTP/2 adapter makes sure that no reset came with the end before it calls `end()`. @default false
   */
  readonly streaming?: boolean;
  data(chunk: Uint8Array): void;
  /** The body ended cleanly. */
  end(): void;
  /** The client gave up or the connection died, at any time before `closed`. */
  error(failure: HttpFailure): void;
  /** More can be written, after `write` returned false. */
  drain(): void;
  /** The exchange is over: the response was handed to the network, or it broke. Nothing follows. */
  closed(): void;
}
