import type { ClientHttp2Stream, IncomingHttpHeaders } from "node:http2";
import type { HeaderMap } from "../http/header-map.js";
import { headerBytes } from "../http/header-size.js";
import type { HttpClientStream, HttpRemote, HttpRequestHead, HttpResponseSink } from "../http/http-client.js";
import type { HttpFailure } from "../http/http-failure.js";
import { connectFailure, lostFailure, messageOf, resetFailure } from "../node/failure.js";
import { addOutgoing, incoming, OutgoingHeaders } from "../node/raw-headers.js";
import { now } from "../time.js";
import type { NodeHttp2Session } from "./session.js";

/** FRAME_SIZE_ERROR (RFC 9113 section 7): nghttp2 did not send a block of headers that is longer than it may be. */
const frameSizeError = 6;
/** What nghttp2 sends unless it is told otherwise. */
const defaultBlockLength = 65_536;

/** What Node gives beside the headers, against its types. */
type Raw = readonly string[] | undefined;

/** An exchange over `node:http2`. */
export class NodeHttp2Stream implements HttpClientStream {
  readonly session: NodeHttp2Session;
  readonly requestHead: HttpRequestHead;
  readonly sink: HttpResponseSink;
  /** Aborting a stream resets it with CANCEL, and closing it would end the request first. */
  readonly aborter: AbortController;
  stream: ClientHttp2Stream | undefined;
  headCame: boolean;
  trailers: HeaderMap | undefined;
  failed: unknown;
  started: boolean;
  ended: boolean;
  paused: boolean;
  over: boolean;

  constructor(session: NodeHttp2Session, head: HttpRequestHead, sink: HttpResponseSink) {
    this.session = session;
    this.requestHead = head;
    this.sink = sink;
    this.aborter = new AbortController();
    this.stream = undefined;
    this.headCame = false;
    this.trailers = undefined;
    this.failed = undefined;
    this.started = false;
    this.ended = false;
    this.paused = false;
    this.over = false;
  }

  flushHead(): void {
    if (!this.started && !this.over) this.start(undefined);
  }

  write(bytes: Uint8Array): boolean {
    this.flushHead();
    return this.ended || this.over ? true : (this.stream?.write(bytes) ?? true);
  }

  end(bytes?: Uint8Array): void {
    if (this.ended || this.over) return;
    this.ended = true;
    if (!this.started) this.start(bytes?.byteLength ?? 0);
    if (bytes !== undefined && bytes.byteLength > 0) this.stream?.end(bytes);
    else this.stream?.end();
  }

  cancel(): void {
    this.over = true;
    this.aborter.abort();
  }

  pause(): void {
    this.paused = true;
    this.stream?.pause();
  }

  resume(): void {
    this.paused = false;
    this.stream?.resume();
  }

  remote(): HttpRemote | undefined {
    return this.session.remote;
  }

  /** @param length - of the body, when all of it is known */
  start(length: number | undefined): void {
    this.started = true;
    const { method, path, headers, needsTrailers } = this.requestHead;
    const fields = new OutgoingHeaders();
    fields[":method"] = method;
    fields[":path"] = path;
    addOutgoing(fields, headers);
    if (length !== undefined && method === "POST" && !needsTrailers) fields["content-length"] = length;
    const tooLarge = this.tooLarge();
    if (tooLarge !== undefined) {
      queueMicrotask(() => this.fail(tooLarge));
      return;
    }
    let stream: ClientHttp2Stream;
    try {
      stream = this.session.request(fields, length === 0, this.aborter.signal);
    } catch (cause) {
      const message = `the request cannot be sent: ${messageOf(cause)}`;
      const failure: HttpFailure = this.session.usable
        ? { reason: "unsupported", message, cause }
        : lostFailure(message, cause, true);
      queueMicrotask(() => this.fail(failure));
      return;
    }
    this.stream = stream;
    stream.on("response", (head: IncomingHttpHeaders & { readonly ":status"?: number }, ...[, raw]: [number, Raw?]) => {
      const headers = incoming(head, raw);
      if (this.over || !this.takes(headers)) return;
      this.headCame = true;
      this.sink.head(head[":status"] ?? 0, headers);
    });
    stream.on("data", (chunk: Uint8Array) => {
      this.session.heardAt = now();
      if (!this.over) this.sink.data(chunk);
    });
    stream.on("trailers", (fields: IncomingHttpHeaders, ...[, raw]: [number, Raw?]) => {
      const trailers = incoming(fields, raw);
      if (!this.over && this.takes(trailers)) this.trailers = trailers;
    });
    stream.on("drain", () => {
      if (!this.over) this.sink.drain();
    });
    stream.on("frameError", (_, code) => {
      if (code === frameSizeError) this.fail(this.tooLongForNode());
    });
    stream.on("end", () => this.onEnd(stream));
    stream.on("error", (error) => {
      this.failed ??= error;
    });
    stream.on("close", () => this.fail(this.failureOf(stream)));
    if (this.paused) stream.pause();
  }

  /** Node ends the body of a stream that is reset too. */
  onEnd(stream: ClientHttp2Stream): void {
    if (this.over || stream.rstCode !== 0) return;
    this.over = true;
    this.sink.end(this.trailers);
  }

  /** Whether header fields that came are not too many: the call ends when they are. */
  takes({ list }: HeaderMap): boolean {
    const { session } = this;
    session.heardAt = now();
    const size = headerBytes(list);
    if (size <= session.maxHeaderBytes) return true;
    const message = `${size} bytes of header fields where ${session.maxHeaderBytes} are allowed`;
    this.fail({ reason: "limit", message });
    this.cancel();
    return false;
  }

  /** What a server makes of a request with so many header fields, as far as it has said so. */
  tooLarge(): HttpFailure | undefined {
    const { takesHeaderBytes } = this.session;
    const size = this.headSize();
    if (size <= takesHeaderBytes) return undefined;
    const message = `the request has ${size} bytes of header fields, and the server takes ${takesHeaderBytes}`;
    return { reason: "limit", message };
  }

  tooLongForNode(): HttpFailure {
    const most = this.session.config.session.maxSendHeaderBlockLength ?? defaultBlockLength;
    const message = `the request has ${this.headSize()} bytes of header fields, and node:http2 sends ${most} (maxSendHeaderBlockLength)`;
    return { reason: "limit", message };
  }

  /** The size of the request's header list. */
  headSize(): number {
    const { method, path, headers } = this.requestHead;
    const { protocol, host } = new URL(this.session.config.origin);
    const pseudo = [":method", method, ":scheme", protocol.slice(0, -1), ":authority", host, ":path", path];
    return headerBytes(pseudo) + headerBytes(headers.list);
  }

  failureOf({ rstCode, id }: ClientHttp2Stream): HttpFailure {
    const { session, failed } = this;
    // The server has said by now how much it takes.
    const tooLarge = this.headCame ? undefined : this.tooLarge();
    if (tooLarge !== undefined) return tooLarge;
    const { remote, failure, lost } = session;
    if (remote === undefined) {
      // Streams that wait are told before their session is.
      const { cause } = (failed ?? {}) as { readonly cause?: unknown };
      return connectFailure(session.config.origin, failure ?? cause ?? failed ?? "the connection was closed");
    }
    if (lost || session.session.destroyed)
      return lostFailure("the connection was lost", failure ?? failed, id === undefined);
    return rstCode === 0 ? lostFailure("the stream was closed early", failed) : resetFailure(rstCode ?? 0);
  }

  fail(failure: HttpFailure): void {
    if (this.over) return;
    this.over = true;
    this.sink.error(failure);
  }
}
