import { after } from "../time.js";
import type { BodyTarget } from "./body-reader.js";
import { type BodySource, BodyWriter } from "./body-writer.js";
import { joinBytes } from "./bytes.js";
import type { HttpFailure } from "./http-failure.js";
import { PausableBodyReader } from "./pausable-body-reader.js";
import { canStreamRequests } from "./request-streams.js";

/** An exchange over `fetch`, as the code sees it that streams its bodies. */
export interface StreamedHost extends BodyTarget {
  readonly request: { readonly method: string };
  readonly setup: {
    /** Whether the platform takes a stream as a request body; `undefined` until it was asked. */
    streams: boolean | undefined;
  };
  readonly started: boolean;
  readonly over: boolean;
  /** Sends the request. @param hint - what may be wrong when it fails without telling why */
  start(init: RequestInit, hint: string): void;
  /** Fails without a request. */
  refuse(failure: HttpFailure): void;
  /** More can be written. */
  drain(): void;
}

/**
 * Streams the bodies of an exchange over `fetch`. Calls that stream bring it along in the head of their request, so that a
 * client without such calls does not load it.
 */
export type StreamBodies = (host: StreamedHost) => StreamedExchange;

/** How much of a request is held to see whether it ends soon; its first piece may be larger. */
const holdMaxBytes = 64 * 1024;

class StreamedExchange implements BodySource {
  readonly host: StreamedHost;
  writer: BodyWriter | undefined = undefined;
  reader: PausableBodyReader | undefined = undefined;
  paused = false;
  /**
   * What was written before the request was started. A request that ends before the event loop turns goes in one piece,
   * although it was written in several: a server-streaming call, or a client stream out of an array. So it works where
   * request streams do not.
   */
  held: Uint8Array[] | undefined = undefined;
  heldBytes = 0;

  constructor(host: StreamedHost) {
    this.host = host;
  }

  // -------------------------------------------------------------- request

  needsFullDuplex(): void {
    this.host.refuse({
      reason: "unsupported",
      message:
        'fetch gives no response while the request is being sent, which a bidirectional call needs; where the platform does (Node, Bun, Deno, workerd), set duplex: "full"',
    });
  }

  flushHead(): void {
    const { host } = this;
    if (host.over || host.started || host.request.method === "GET") return;
    // Nobody was told to wait.
    if (!this.startStream() && this.writer !== undefined) this.writer.waiting = false;
  }

  write(bytes: Uint8Array): boolean {
    if (this.host.started) return this.writer?.write(bytes) ?? true;
    this.heldBytes += bytes.length;
    if (this.held === undefined) {
      this.held = [bytes];
      after(0, () => this.flushHead());
      return true;
    }
    this.held.push(bytes);
    return this.heldBytes < holdMaxBytes || this.startStream();
  }

  /** Gives the body of a request that goes in one piece. */
  wholeBody(last: Uint8Array | undefined): Uint8Array | undefined {
    const { held } = this;
    this.held = undefined;
    if (held === undefined) return last;
    if (last !== undefined) held.push(last);
    return joinBytes(held);
  }

  /** Returns whether more can be written. */
  startStream(): boolean {
    const { host } = this;
    host.setup.streams ??= canStreamRequests();
    if (!host.setup.streams) {
      host.refuse({
        reason: "unsupported",
        message:
          "this platform's fetch cannot stream a request body (Firefox and Safari cannot; Chromium can over HTTP/2): use unary or server-streaming calls here",
      });
      return true;
    }
    this.writer = new BodyWriter(this);
    // The Fetch standard asks for "half" with every stream, whatever the platform then does.
    const init = { method: "POST", body: this.writer.stream, duplex: "half" };
    host.start(init as RequestInit, " (browsers send request streams over HTTP/2 only)");
    const { held } = this;
    this.held = undefined;
    return held === undefined || this.writer.write(joinBytes(held));
  }

  drain(): void {
    this.host.drain();
  }

  taken(): void {
    // The end of the request needs no answer.
  }

  refused(): void {
    // The server answered early and the platform stopped sending: who waits to send may go on, into nothing.
    if (this.writer?.waiting === true) this.host.drain();
  }

  // -------------------------------------------------------------- response

  read(body: ReadableStream<Uint8Array>): PausableBodyReader {
    this.reader = new PausableBodyReader(body, this.host);
    this.reader.paused = this.paused;
    return this.reader;
  }

  pause(): void {
    this.paused = true;
    this.reader?.pause();
  }

  resume(): void {
    this.paused = false;
    this.reader?.resume();
  }
}

export const streamBodies: StreamBodies = (host) => new StreamedExchange(host);
