import type { Agent, ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { headersFromRaw } from "../../http/header-map.js";
import { fieldBytes, headerBytes } from "../../http/header-size.js";
import type { HttpClientStream, HttpRemote, HttpRequestHead, HttpResponseSink } from "../../http/http-client.js";
import type { HttpFailure } from "../../http/http-failure.js";
import { now } from "../../time.js";
import { builtin } from "../builtin.js";
import { connectFailure, lostFailure, messageOf, mistakenServer, silentServer } from "../failure.js";
import { asText, maxJoined } from "../latin-text.js";
import { peerTls } from "../peer-certificate.js";
import { endRequestWith, flushHead } from "../platform/outgoing-head.js";
import { guardSocket } from "../platform/socket.js";
import { socketAddress } from "../socket-address.js";
import { tell } from "./events.js";
import { connectErrorCode } from "./h1-agent.js";
import type { ClientConfig } from "./options.js";

/** The exchange stands on the request and response, so that listeners are plain functions. */
type OwnedRequest = ClientRequest & { exchange: H1ClientStream };
type OwnedResponse = IncomingMessage & { exchange: H1ClientStream };

/** Whose exchanges they are. */
export interface H1Client {
  readonly config: ClientConfig;
  readonly agent: Agent;
  /** For a request whose kept connection was lost: the same without connections that are kept. */
  readonly agentOfNew: Agent;
  /** The server has answered in HTTP/1.1 before. */
  answered: boolean;
  /** When a response ended last. */
  endedAt: number;
  /** Closes the connections that are kept for later requests. */
  dropIdle(): void;
}

/** What `:status` would count. */
const statusBytes = fieldBytes([":status", "200"], 0);

/** An exchange over HTTP/1.1. */
export class H1ClientStream implements HttpClientStream {
  readonly client: H1Client;
  readonly requestHead: HttpRequestHead;
  readonly sink: HttpResponseSink;
  request: OwnedRequest | undefined;
  response: OwnedResponse | undefined;
  socket: Socket | undefined;
  /** The connection had an earlier request. */
  kept: boolean;
  /** What the socket had sent before this request. */
  bytesBefore: number;
  /** What had come on it before. */
  readBefore: number;
  ended: boolean;
  paused: boolean;
  /** Most requests are sent at once. */
  hearsDrain: boolean;
  over: boolean;
  failed: unknown;

  constructor(client: H1Client, head: HttpRequestHead, sink: HttpResponseSink) {
    this.client = client;
    this.requestHead = head;
    this.sink = sink;
    this.request = undefined;
    this.response = undefined;
    this.socket = undefined;
    this.kept = false;
    this.bytesBefore = 0;
    this.readBefore = 0;
    this.ended = false;
    this.paused = false;
    this.hearsDrain = false;
    this.over = false;
    this.failed = undefined;
  }

  flushHead(): void {
    if (this.ended || this.over) return;
    if (this.request === undefined) this.start(undefined);
    if (this.request !== undefined) flushHead(this.request, this.requestHead.headers.list);
  }

  write(bytes: Uint8Array): boolean {
    if (this.ended || this.over) return true;
    if (this.request === undefined) this.start(undefined);
    if (this.request?.write(bytes) !== false) return true;
    if (!this.hearsDrain) this.request.on("drain", onDrain);
    this.hearsDrain = true;
    return false;
  }

  end(bytes?: Uint8Array): void {
    if (this.ended || this.over) return;
    this.ended = true;
    if (this.request === undefined) this.start(bytes?.byteLength ?? 0);
    const { request } = this;
    if (request === undefined) return;
    if (bytes === undefined || bytes.byteLength > maxJoined || request.headersSent) request.end(bytes);
    else endRequestWith(request, asText(bytes));
  }

  cancel(): void {
    if (this.over) return;
    this.over = true;
    this.request?.destroy();
  }

  pause(): void {
    this.paused = true;
    this.response?.pause();
  }

  resume(): void {
    this.paused = false;
    this.response?.resume();
  }

  remote(): HttpRemote | undefined {
    const { socket } = this;
    if (socket === undefined) return undefined;
    const address = socketAddress(socket);
    if (!this.client.config.secure) return { address, httpVersion: "1.1" };
    return { address, httpVersion: "1.1", tls: peerTls(socket as TLSSocket) };
  }

  /** @param length - of the body, when all of it is known */
  start(length: number | undefined): void {
    const { requestHead } = this;
    const { config } = this.client;
    // A list of names and values in turn, which Node writes as it is.
    const headers = ["host", config.authority, ...requestHead.headers.list];
    if (requestHead.method !== "GET") {
      if (length === undefined) headers.push("transfer-encoding", "chunked");
      else headers.push("content-length", String(length));
    }
    let request: OwnedRequest;
    try {
      request = builtin(config.secure ? "node:https" : "node:http").request({
        agent: requestHead.again?.stale === true ? this.client.agentOfNew : this.client.agent,
        host: config.host,
        port: config.port,
        method: requestHead.method,
        path: requestHead.path,
        headers,
        // Twice ours, so that it is ours that answers.
        maxHeaderSize: 2 * config.maxHeaderBytes,
      }) as OwnedRequest;
    } catch (cause) {
      this.ended = true;
      queueMicrotask(() =>
        this.fail({ reason: "unsupported", message: `the request cannot be sent: ${messageOf(cause)}`, cause }),
      );
      return;
    }
    // Node drops without a word what is above, and the trailers with it: we count.
    request.maxHeadersCount = 0;
    request.exchange = this;
    this.request = request;
    request.on("socket", onSocket);
    request.on("response", onResponse);
    request.on("error", onRequestError);
    request.on("close", onClose);
  }

  onResponse(response: OwnedResponse): void {
    this.response = response;
    this.client.answered = true;
    response.exchange = this;
    response.on("data", onData);
    response.on("end", onEnd);
    response.on("error", onResponseError);
    response.on("close", onClose);
    if (this.paused) response.pause();
    // HTTP/2 counts the status as a field.
    if (this.isTooLarge(response.rawHeaders, statusBytes, 1)) return;
    this.sink.head(response.statusCode ?? 0, headersFromRaw(response.rawHeaders));
  }

  onEnd(): void {
    const { response } = this;
    if (this.over || response === undefined || !response.complete) return;
    const { rawTrailers } = response;
    if (this.isTooLarge(rawTrailers, 0, 0)) return;
    this.over = true;
    this.client.endedAt = now();
    this.sink.end(rawTrailers.length === 0 ? undefined : headersFromRaw(rawTrailers));
    // The server answered before it had the whole request, and the connection is good for nothing else.
    if (!this.ended || this.request?.writableFinished === false) this.request?.destroy();
  }

  /** Ends the exchange when a head or trailers are more than this side takes. */
  isTooLarge(fields: readonly string[], moreBytes: number, morePairs: number): boolean {
    const { maxHeaderBytes, maxHeaderPairs } = this.client.config;
    const bytes = headerBytes(fields) + moreBytes;
    const pairs = fields.length / 2 + morePairs;
    if (bytes <= maxHeaderBytes && pairs <= maxHeaderPairs) return false;
    const message =
      bytes > maxHeaderBytes
        ? `${bytes} bytes of header fields where ${maxHeaderBytes} are allowed`
        : `more than ${maxHeaderPairs} header fields`;
    this.fail({ reason: "limit", message });
    this.request?.destroy();
    return true;
  }

  onClose(): void {
    // A response may still have data to deliver after its request is closed.
    if (this.over || (this.response !== undefined && !this.response.destroyed)) return;
    this.fail(this.failureOf(this.failed));
  }

  failureOf(cause: unknown): HttpFailure {
    const code = (cause as { code?: unknown } | undefined)?.code;
    const { origin, secure } = this.client.config;
    if (code === connectErrorCode) return connectFailure(origin, (cause as Error).cause);
    if (code === "HPE_HEADER_OVERFLOW") {
      const message = `more bytes of header fields than the ${this.client.config.maxHeaderBytes} that are allowed`;
      return { reason: "limit", message, cause };
    }
    // llhttp's errors
    if (typeof code === "string" && code.startsWith("HPE_")) {
      const { rawPacket } = cause as { readonly rawPacket?: Uint8Array };
      const mistaken = rawPacket && this.response === undefined ? mistakenServer(rawPacket, "1.1") : undefined;
      if (mistaken !== undefined) return connectFailure(origin, mistaken);
      return { reason: "protocol", message: `the response is not legal HTTP/1.1: ${messageOf(cause)}`, cause };
    }
    const { socket } = this;
    if (socket === undefined) return connectFailure(origin, cause ?? "the connection was closed");
    const unsent = socket.bytesWritten === this.bytesBefore;
    if (this.kept && socket.bytesRead === this.readBefore) {
      // Those that were kept as long are likely to end as well.
      this.client.dropIdle();
      return { ...lostFailure("the connection was lost", cause, unsent), stale: true };
    }
    if (secure || unsent || socket.bytesRead > 0 || this.client.answered)
      return lostFailure("the connection was lost", cause, unsent);
    return { reason: "lost", message: `the connection was lost: ${silentServer["1.1"]}`, cause };
  }

  fail(failure: HttpFailure): void {
    if (this.over) return;
    this.over = true;
    this.sink.error(failure);
  }
}

/** Connections that had a request. */
const used = new WeakSet<Socket>();

function onSocket(this: OwnedRequest, socket: Socket): void {
  const { exchange } = this;
  // It may come from an agent of the user's.
  guardSocket(socket);
  exchange.socket = socket;
  exchange.bytesBefore = socket.bytesWritten;
  exchange.readBefore = socket.bytesRead;
  // Node does not call it reused when the request has waited for it, because the agent may have no more connections.
  exchange.kept = this.reusedSocket || used.has(socket);
  used.add(socket);
  if (exchange.kept) tell("connection-reused", exchange.client.config.origin, exchange.remote());
}

function onResponse(this: OwnedRequest, response: IncomingMessage): void {
  if (this.exchange.over) response.resume();
  else this.exchange.onResponse(response as OwnedResponse);
}

function onDrain(this: OwnedRequest): void {
  if (!this.exchange.over) this.exchange.sink.drain();
}

/** `close` follows. */
function onRequestError(this: OwnedRequest, error: unknown): void {
  this.exchange.failed ??= error;
}

function onResponseError(this: OwnedResponse, error: unknown): void {
  this.exchange.failed ??= error;
}

function onClose(this: OwnedRequest | OwnedResponse): void {
  this.exchange.onClose();
}

function onData(this: OwnedResponse, chunk: Uint8Array): void {
  if (!this.exchange.over) this.exchange.sink.data(chunk);
}

function onEnd(this: OwnedResponse): void {
  this.exchange.onEnd();
}
