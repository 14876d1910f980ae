import type { HeaderMap } from "./header-map.js";
import type { HttpFailure } from "./http-failure.js";
import type { PeerTls } from "./peer-tls.js";
import type { StreamBodies } from "./streamed-exchange.js";

/** A request's head. */
export interface HttpRequestHead {
  readonly method: "POST" | "GET";
  /** Path and query, from the root of the origin: `"/eliza.v1.ElizaService/Say?x=y"`. */
  readonly path: string;
  readonly headers: HeaderMap;
  /** The response's trailers are needed: without HTTP/2 the adapter fails the request as `unsupported`. */
  readonly needsTrailers: boolean;
  /** Response and request flow at the same time: an adapter or HTTP version that cannot fails the request as `unsupported`, with a hint. */
  readonly needsFullDuplex: boolean;
  /** It is sent again by itself: why it failed before. After a `stale` failure it needs a connection that no request had before; else this is for those who watch. */
  readonly again?: HttpFailure | undefined;
  /** @internal What streams its bodies over `fetch`. */
  readonly streamBodies?: StreamBodies | undefined;
}

/** Where an adapter delivers a response. Calls come in order: `head`, any number of `data`, then `end` or `error`. `error` may come at any time and is the last call. */
export interface HttpResponseSink {
  head(status: number, headers: HeaderMap): void;
  /** The sink may keep the chunk: adapters do not write to it again. */
  data(chunk: Uint8Array): void;
  /** The body ended cleanly. */
  end(trailers: HeaderMap | undefined): void;
  error(failure: HttpFailure): void;
  /** More can be written, after `write` returned false. */
  drain(): void;
}

/** The request's side of an exchange: what a transport drives. Nothing here throws; calls after the end are ignored. */
export interface HttpClientStream {
  /** Sends the head now, if it was not sent with the first bytes. */
  flushHead(): void;
  /** Sends bytes. False: wait for `drain()` before you write more. The adapter may keep the array until it is sent. */
  write(bytes: Uint8Array): boolean;
  /** Ends the request, with last bytes if given. A body given only here goes with its content-length. */
  end(bytes?: Uint8Array): void;
  /** Gives the exchange up (HTTP/2: RST_STREAM CANCEL). No sink method is called after it. */
  cancel(): void;
  /** Stops `data`. Safe to call at any time. */
  pause(): void;
  resume(): void;
  /** The connected address and the server's identity, once there is a connection. */
  remote(): HttpRemote | undefined;
}

/** What is known of the connection's other end. */
export interface HttpRemote {
  readonly address?: string;
  readonly httpVersion: "1.1" | "2" | undefined;
  readonly tls?: PeerTls;
}

/** The most that a response's headers, and its trailers, may have. */
export interface HeaderLimits {
  /** Names and values. */
  readonly maxHeaderBytes: number;
  readonly maxHeaderPairs: number;
}

/** What HTTP stacks take unless they are told otherwise. */
export const defaultHeaderLimits: HeaderLimits = { maxHeaderBytes: 16 * 1024, maxHeaderPairs: 128 };

/**
 * The seam under a transport: one HTTP stack, for one origin. Write one to put another stack (undici, a test double) under a transport.
 */
export interface HttpClient {
  /** `https://host:port` without a path. */
  readonly origin: string;
  /** What the stack takes of headers: trailers in bodies (Connect's streams, gRPC-Web) have the same limits. @default 16384 bytes, 128 pairs */
  readonly headerLimits?: HeaderLimits;
  /** Starts an exchange. Never throws: failures go to `sink.error`, never before `request` has returned. */
  request(head: HttpRequestHead, sink: HttpResponseSink): HttpClientStream;
  /** What an HTTP status in place of an RPC's answer says about HTTP, for people: the end of an error's text. */
  hint?(status: number, requestHeaders: HeaderMap): string | undefined;
  /** Closes idle connections and refuses new requests. */
  close?(): void;
}
