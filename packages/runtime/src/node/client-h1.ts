import http, { type Agent, type ClientRequest, type IncomingMessage } from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { headersFromRaw } from "../http/header-map.js";
import type { HttpClientStream, HttpRemote, HttpRequestHead, HttpResponseSink } from "../http/http-client.js";
import type { HttpFailure } from "../http/http-failure.js";
import type { ClientConfig } from "./client-options.js";
import { connectFailure, lostFailure, messageOf } from "./failure.js";
import { connectErrorCode } from "./h1-agent.js";
import { peerTls } from "./peer-certificate.js";
import { socketAddress } from "./socket-address.js";

/** The exchange stands on the request and response, so that listeners are plain functions. */
type OwnedRequest = ClientRequest & { exchange: H1ClientStream };
type OwnedResponse = IncomingMessage & { exchange: H1ClientStream };

/** An exchange over HTTP/1.1. */
export class H1ClientStream implements HttpClientStream {
  readonly config: ClientConfig;
  readonly agent: Agent;
  readonly requestHead: HttpRequestHead;
  readonly sink: HttpResponseSink;
  request: OwnedRequest | undefined;
  response: OwnedResponse | undefined;
  socket: Socket | undefined;
  /** What the socket had sent before this request. */
  bytesBefore: number;
  ended: boolean;
  paused: boolean;
  over: boolean;
  failed: unknown;

  constructor(config: ClientConfig, agent: Agent, head: HttpRequestHead, sink: HttpResponseSink) {
    this.config = config;
    this.agent = agent;
    this.requestHead = head;
    this.sink = sink;
    this.request = undefined;
    this.response = undefined;
    this.socket = undefined;
    this.bytesBefore = 0;
    this.ended = false;
    this.paused = false;
    this.over = false;
    this.failed = undefined;
  }

  flushHead(): void {
    if (this.ended || this.over) return;
    if (this.request === undefined) this.start(undefined);
    this.request?.flushHeaders();
  }

  write(bytes: Uint8Array): boolean {
    if (this.ended || this.over) return true;
    if (this.request === undefined) this.start(undefined);
    return this.request?.write(bytes) ?? true;
  }

  end(bytes?: Uint8Array): void {
    if (this.ended || this.over) return;
    this.ended = true;
    if (this.request === undefined) this.start(bytes?.byteLength ?? 0);
    this.request?.end(bytes);
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
    if (!this.config.secure) return { address, httpVersion: "1.1" };
    return { address, httpVersion: "1.1", tls: peerTls(socket as TLSSocket) };
  }

  /** @param length - of the body, when all of it is known */
  start(length: number | undefined): void {
    const { config, requestHead } = this;
    // A list of names and values in turn, which Node writes as it is.
    const headers = ["host", config.authority, ...requestHead.headers.list];
    if (requestHead.method !== "GET") {
      if (length === undefined) headers.push("transfer-encoding", "chunked");
      else headers.push("content-length", String(length));
    }
    let request: OwnedRequest;
    try {
      request = (config.secure ? https : http).request({
        agent: this.agent,
        host: config.host,
        port: config.port,
        method: requestHead.method,
        path: requestHead.path,
        headers,
        maxHeaderSize: config.maxHeaderBytes,
      }) as OwnedRequest;
    } catch (cause) {
      this.ended = true;
      queueMicrotask(() =>
        this.fail({ reason: "unsupported", message: `the request cannot be sent: ${messageOf(cause)}`, cause }),
      );
      return;
    }
    request.maxHeadersCount = config.maxHeaderPairs;
    request.exchange = this;
    this.request = request;
    request.on("socket", onSocket);
    request.on("response", onResponse);
    request.on("drain", onDrain);
    request.on("error", onRequestError);
    request.on("close", onClose);
  }

  onResponse(response: OwnedResponse): void {
    this.response = response;
    response.exchange = this;
    response.on("data", onData);
    response.on("end", onEnd);
    response.on("error", onResponseError);
    response.on("close", onClose);
    if (this.paused) response.pause();
    this.sink.head(response.statusCode ?? 0, headersFromRaw(response.rawHeaders));
  }

  onEnd(): void {
    const { response } = this;
    if (this.over || response === undefined || !response.complete) return;
    this.over = true;
    const { rawTrailers } = response;
    this.sink.end(rawTrailers.length === 0 ? undefined : headersFromRaw(rawTrailers));
    // The server answered before it had the whole request, and the connection is good for nothing else.
    if (!this.ended) this.request?.destroy();
  }

  onClose(): void {
    // A response may still have data to deliver after its request is closed.
    if (this.over || (this.response !== undefined && !this.response.destroyed)) return;
    this.fail(this.failureOf(this.failed));
  }

  failureOf(cause: unknown): HttpFailure {
    const code = (cause as { code?: unknown } | undefined)?.code;
    if (code === connectErrorCode) return connectFailure(this.config.origin, (cause as Error).cause);
    // llhttp's errors
    if (typeof code === "string" && code.startsWith("HPE_"))
      return { reason: "protocol", message: `the response is not legal HTTP/1.1: ${messageOf(cause)}`, cause };
    const { socket } = this;
    if (socket === undefined) return connectFailure(this.config.origin, cause ?? "the connection was closed");
    return lostFailure("the connection was lost", cause, socket.bytesWritten === this.bytesBefore);
  }

  fail(failure: HttpFailure): void {
    if (this.over) return;
    this.over = true;
    this.sink.error(failure);
  }
}

function onSocket(this: OwnedRequest, socket: Socket): void {
  this.exchange.socket = socket;
  this.exchange.bytesBefore = socket.bytesWritten;
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
