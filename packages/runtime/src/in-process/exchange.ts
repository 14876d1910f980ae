import type { Router } from "../handler/router.js";
import { HeaderMap } from "../http/header-map.js";
import type { HttpClientStream, HttpRemote, HttpRequestHead, HttpResponseSink } from "../http/http-client.js";
import type { HttpFailure } from "../http/http-failure.js";
import type { HttpRequestSink, HttpServerRequest, HttpServerStream } from "../http/http-server.js";
import { Lane } from "./lane.js";
import type { Turns } from "./turns.js";

/** HTTP/2's CANCEL (RFC 9113 section 7). */
const cancelCode = 8;

/** The origin of a server that has no address. */
export const inProcessOrigin: string = "http://in-process";

const remote: HttpRemote = { address: "in-process", httpVersion: "2" };

/** One exchange: both of its sides, and the two lanes between them. */
export class Exchange {
  readonly router: Router;
  readonly head: HttpRequestHead;
  readonly client: HttpResponseSink;
  readonly turns: Turns;
  readonly requests: Lane;
  readonly responses: Lane;
  server: HttpRequestSink | undefined = undefined;
  status = 0;
  headers: HeaderMap | undefined = undefined;
  trailers: HeaderMap | undefined = undefined;
  over = false;

  constructor(router: Router, turns: Turns, head: HttpRequestHead, client: HttpResponseSink) {
    this.router = router;
    this.head = head;
    this.client = client;
    this.turns = turns;
    this.requests = new Lane(
      turns,
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
      turns,
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
      httpVersion: "2",
      headers: new HeaderMap(headers),
      address: "in-process",
      tls: undefined,
      native: undefined,
      fullDuplex: true,
      trailers: true,
    };
    const stream = new ServerSide(this);
    const server = this.router.handle(request, stream) ?? this.router.notFound(request, stream);
    // A router may answer, or break the exchange off, before it returns.
    this.server = server;
  }

  /** The client has taken the whole response. */
  finish(): void {
    this.over = true;
    this.requests.close();
    this.client.end(this.trailers);
    this.server?.closed();
  }

  /** One side breaks the exchange off; the other is told in a turn of its own. */
  breakOff(tell: () => void): void {
    if (this.over) return;
    this.over = true;
    this.requests.close();
    this.responses.close();
    this.turns.schedule(tell);
  }
}

/** The client's side. */
export class ClientSide implements HttpClientStream {
  readonly exchange: Exchange;
  opened = false;

  constructor(exchange: Exchange) {
    this.exchange = exchange;
  }

  flushHead(): void {
    if (this.opened) return;
    this.opened = true;
    this.exchange.requests.open();
  }

  write(bytes: Uint8Array): boolean {
    this.flushHead();
    return this.exchange.requests.write(bytes);
  }

  end(bytes?: Uint8Array): void {
    this.flushHead();
    this.exchange.requests.end(bytes);
  }

  cancel(): void {
    const { exchange } = this;
    exchange.breakOff(() => {
      exchange.server?.error({ reason: "reset", resetCode: cancelCode, message: "the client canceled the call" });
      exchange.server?.closed();
    });
  }

  pause(): void {
    this.exchange.responses.pause();
  }

  resume(): void {
    this.exchange.responses.resume();
  }

  remote(): HttpRemote {
    return remote;
  }
}

/** The server's side. */
class ServerSide implements HttpServerStream {
  readonly exchange: Exchange;

  constructor(exchange: Exchange) {
    this.exchange = exchange;
  }

  head(status: number, headers: HeaderMap): void {
    const { exchange } = this;
    if (exchange.over || exchange.headers !== undefined) return;
    exchange.status = status;
    exchange.headers = headers;
    exchange.responses.open();
  }

  write(bytes: Uint8Array): boolean {
    return this.exchange.responses.write(bytes);
  }

  end(bytes?: Uint8Array, trailers?: HeaderMap): void {
    const { requests, responses } = this.exchange;
    if (responses.ending || responses.closed) return;
    this.exchange.trailers = trailers;
    responses.end(bytes);
    // As RST_STREAM NO_ERROR does: the client need not send the rest.
    requests.close();
  }

  respond(status: number, headers: HeaderMap, body?: Uint8Array, trailers?: HeaderMap): void {
    this.head(status, headers);
    this.end(body, trailers);
  }

  reset(code: number): void {
    const { exchange } = this;
    const failure: HttpFailure = {
      reason: "reset",
      resetCode: code,
      message: `the server reset the call (code ${code})`,
    };
    exchange.breakOff(() => {
      exchange.client.error(failure);
      exchange.server?.closed();
    });
  }

  pause(): void {
    this.exchange.requests.pause();
  }

  resume(): void {
    this.exchange.requests.resume();
  }
}
