import type { Router } from "../handler/router.js";
import { HeaderMap } from "../http/header-map.js";
import type { HttpClientStream, HttpRemote, HttpRequestHead, HttpResponseSink } from "../http/http-client.js";
import type { HttpFailure } from "../http/http-failure.js";
import type { HttpRequestSink, HttpServerRequest, HttpServerStream } from "../http/http-server.js";
import { type Deliveries, Lane } from "./lane.js";

/** HTTP/2's CANCEL (RFC 9113 section 7). */
const cancelCode = 8;

/** The origin of a server that has no address. */
export const inProcessOrigin: string = "http://in-process";

const remote: HttpRemote = { address: "in-process", httpVersion: undefined };

/** A request and its response: both sides, and the two lanes between them. */
export class InProcessStream {
  readonly router: Router;
  readonly head: HttpRequestHead;
  readonly client: HttpResponseSink;
  readonly deliveries: Deliveries;
  readonly requests: Lane;
  readonly responses: Lane;
  server: HttpRequestSink | undefined = undefined;
  status = 0;
  headers: HeaderMap | undefined = undefined;
  trailers: HeaderMap | undefined = undefined;
  over = false;

  constructor(router: Router, deliveries: Deliveries, head: HttpRequestHead, client: HttpResponseSink) {
    this.router = router;
    this.head = head;
    this.client = client;
    this.deliveries = deliveries;
    this.requests = new Lane(
      deliveries,
      {
        opened: () => this.accept(),
        data: (chunk) => this.server?.data(chunk),
        ended: () => this.server?.end(),
        drain: () => {
          if (!this.over) client.drain();
        },
      },
      true,
    );
    this.responses = new Lane(
      deliveries,
      {
        opened: () => {
          if (!this.over) client.head(this.status, this.headers as HeaderMap);
        },
        data: (chunk) => client.data(chunk),
        ended: () => this.finish(),
        drain: () => {
          if (!this.over) this.server?.drain();
        },
      },
      false,
    );
  }

  accept(): void {
    if (this.over) return;
    const { method, path, headers } = this.head;
    const request: HttpServerRequest = {
      method,
      path,
      url: inProcessOrigin + path,
      httpVersion: undefined,
      headers: new HeaderMap(headers),
      address: "in-process",
      tls: undefined,
      native: undefined,
      fullDuplex: true,
      trailers: true,
    };
    const stream = new ServerSide(this);
    const server = this.router.handle(request, stream) ?? this.router.notFound(request, stream);
    // A router may answer, or break the stream off, before it returns.
    this.server = server;
  }

  /** The client has taken the whole response. */
  finish(): void {
    this.over = true;
    this.requests.close();
    this.client.end(this.trailers);
    this.server?.closed();
  }

  /** One side breaks the stream off; the other is told in a turn of its own. */
  breakOff(tell: () => void): void {
    if (this.over) return;
    this.over = true;
    this.requests.close();
    this.responses.close();
    this.deliveries.schedule(tell);
  }
}

/** The client's side. */
export class ClientSide implements HttpClientStream {
  readonly stream: InProcessStream;
  opened = false;

  constructor(stream: InProcessStream) {
    this.stream = stream;
  }

  flushHead(): void {
    if (this.opened) return;
    this.opened = true;
    this.stream.requests.open();
  }

  write(bytes: Uint8Array): boolean {
    this.flushHead();
    return this.stream.requests.write(bytes);
  }

  end(bytes?: Uint8Array): void {
    this.flushHead();
    this.stream.requests.end(bytes);
  }

  cancel(): void {
    const { stream } = this;
    stream.breakOff(() => {
      stream.server?.error({ reason: "reset", resetCode: cancelCode, message: "the client canceled the call" });
      stream.server?.closed();
    });
  }

  pause(): void {
    this.stream.responses.pause();
  }

  resume(): void {
    this.stream.responses.resume();
  }

  remote(): HttpRemote {
    return remote;
  }
}

/** The server's side. */
class ServerSide implements HttpServerStream {
  readonly stream: InProcessStream;

  constructor(stream: InProcessStream) {
    this.stream = stream;
  }

  head(status: number, headers: HeaderMap): void {
    const { stream } = this;
    if (stream.over || stream.headers !== undefined) return;
    stream.status = status;
    stream.headers = headers;
    stream.responses.open();
  }

  write(bytes: Uint8Array): boolean {
    return this.stream.responses.write(bytes);
  }

  end(bytes?: Uint8Array, trailers?: HeaderMap): void {
    const { requests, responses } = this.stream;
    if (responses.ending || responses.closed) return;
    this.stream.trailers = trailers;
    responses.end(bytes);
    // As RST_STREAM NO_ERROR does: the client need not send the rest.
    requests.close();
  }

  respond(status: number, headers: HeaderMap, body?: Uint8Array, trailers?: HeaderMap): void {
    this.head(status, headers);
    this.end(body, trailers);
  }

  reset(code: number): void {
    const { stream } = this;
    const failure: HttpFailure = {
      reason: "reset",
      resetCode: code,
      message: `the server reset the call (code ${code})`,
    };
    stream.breakOff(() => {
      stream.client.error(failure);
      stream.server?.closed();
    });
  }

  pause(): void {
    this.stream.requests.pause();
  }

  resume(): void {
    this.stream.requests.resume();
  }
}
